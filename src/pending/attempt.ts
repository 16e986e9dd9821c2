// One attempt to sign in by a link: as the job that outlives this process, and as the id that a validator completes it
// by. Both are sealed: who reads the store learns no link, and who knows an id learns nothing and cannot make one up.
import { hash, hkdfSync } from 'node:crypto'
import type { StoreKey } from '../session/session.ts'
import type { Keyring } from './keyring.ts'

/** Where an outcome goes: nothing else leads there. */
export interface Address {
  /** Of kind confirm. */
  readonly provider: string
  readonly storeKey: StoreKey
  /** 32 bytes: what the browser alone opens. */
  readonly publicKey: Uint8Array
  /** Epoch ms. */
  readonly until: number
}

export interface Attempt extends Address {
  readonly id: string
  /** Out of the link. */
  readonly token: string
}

export interface AttemptCodec {
  idOf(address: Address): string
  /** `undefined` for every id that we did not make. */
  addressOf(id: string): Address | undefined
  jobOf(attempt: Attempt): Uint8Array
  attemptIn(job: Uint8Array): Attempt | undefined
}

const ID = /^[A-Za-z0-9_-]{100,400}$/

export function createAttemptCodec(keys: { readonly ids: Keyring; readonly jobs: Keyring }) {
  const codec: AttemptCodec = {
    idOf: (address) => keys.ids.seal(bytesOf(address)).toString('base64url'),
    addressOf(id) {
      if (!ID.test(id)) return undefined
      const bytes = Buffer.from(id, 'base64url')
      // Base64 has spare bits at its end: an id is spelled in one way only.
      const plain = bytes.toString('base64url') === id ? keys.ids.open(bytes) : undefined
      return plain && addressIn(plain)
    },
    jobOf: ({ token, id, ...address }) =>
      keys.jobs.seal(
        Buffer.from(JSON.stringify({ token, id, a: bytesOf(address).toString('base64url') })),
      ),
    attemptIn(job) {
      const plain = keys.jobs.open(job)
      if (!plain) return undefined
      const { token, id, a } = JSON.parse(plain.toString()) as Record<'token' | 'id' | 'a', string>
      return { ...addressIn(Buffer.from(a, 'base64url')), id, token }
    },
  }
  return codec
}

/** Where a Pusher-compatible service tells the outcome: known to this gateway and to this browser. */
export function channelOf(publicKey: Uint8Array): string {
  const name = hkdfSync('sha256', publicKey, '', 'coatcheck pending channel', 24)
  return `coatcheck-${Buffer.from(name).toString('hex')}`
}

/** Tells a link from another without keeping it. */
export function markOf(provider: string, token: string): string {
  return hash('sha256', `${provider} ${token}`, 'base64url')
}

function bytesOf({ provider, storeKey, publicKey, until }: Address): Buffer {
  const head = Buffer.alloc(6)
  head.writeUIntBE(until, 0, 6)
  const key = Buffer.from(storeKey, 'base64url')
  return Buffer.concat([head, key, publicKey, Buffer.from(provider)])
}

function addressIn(bytes: Buffer): Address {
  return {
    until: bytes.readUIntBE(0, 6),
    storeKey: bytes.subarray(6, 38).toString('base64url') as StoreKey,
    publicKey: bytes.subarray(38, 70),
    provider: bytes.subarray(70).toString(),
  }
}
