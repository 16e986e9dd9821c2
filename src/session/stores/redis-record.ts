// A session record as one value of Redis, and back: a head that scripts read and change in place, the facts, the sealed bytes.
import { parseJson } from '../../lib/parse-json.ts'
import type { EndReason, SessionRecord, StoreKey } from '../session.ts'

/**
 * Counted from 0, each number in decimal digits with leading zeros:
 * `c1` · 2 state (a, p or e) · 3 revision · 13 seenAt · 28 idleAt · 43 endsAt · 58 bytes of facts · 64 facts · the rest.
 * The facts are JSON and begin with the store key, so that a value says whose it is. The rest is the sealed bytes,
 * or the reason of an end.
 */
const HEAD_BYTES = 64
const MARK = 'c1'

const states = { active: 'a', pending: 'p', ended: 'e' } as const

type Facts = [
  key: string,
  provider: string,
  sub: string,
  providerSid: string | null,
  ref: string,
  device: string,
  createdAt: number,
]

export function encodeRecord(key: StoreKey, record: SessionRecord): Buffer {
  const { provider, sub, providerSid = null, ref, device, createdAt } = record
  const list: Facts = [key, provider, sub, providerSid, ref, device, createdAt]
  const facts = Buffer.from(JSON.stringify(list))
  const head = [
    MARK,
    states[record.state],
    digits(record.revision, 10),
    digits(record.seenAt, 15),
    digits(record.idleAt, 15),
    digits(record.endsAt, 15),
    digits(facts.length, 6),
  ].join('')
  const rest = record.state === 'ended' ? Buffer.from(record.reason ?? '') : record.sealed
  return Buffer.concat([Buffer.from(head, 'latin1'), facts, rest])
}

/** `undefined` where the bytes are no record of `key`: somebody else's, cut off, or of another make. */
export function decodeRecord(key: StoreKey, value: Buffer): SessionRecord | undefined {
  const head = value.toString('latin1', 0, HEAD_BYTES)
  const parts = HEAD.exec(head)
  if (!parts) return undefined
  const [, letter, revision, seenAt, idleAt, endsAt, length] = parts
  const state = stateOf(letter)
  const restAt = HEAD_BYTES + Number(length)
  const facts = factsIn(value.toString('utf8', HEAD_BYTES, restAt))
  if (!state || facts?.[0] !== key) return undefined
  const [, provider, sub, providerSid, ref, device, createdAt] = facts
  const rest = value.subarray(restAt)
  return {
    version: 1,
    revision: Number(revision),
    state,
    ...(state === 'ended' ? { reason: rest.toString('latin1') as EndReason } : {}),
    provider,
    sub,
    ...(providerSid === null ? {} : { providerSid }),
    ref,
    device,
    createdAt,
    seenAt: Number(seenAt),
    idleAt: Number(idleAt),
    endsAt: Number(endsAt),
    sealed: state === 'ended' ? new Uint8Array(0) : new Uint8Array(rest),
  }
}

const HEAD = /^c1([ape])(\d{10})(\d{15})(\d{15})(\d{15})(\d{6})$/

/** A whole number of a fixed width, as the head and the scripts have it. */
export function digits(value: number, width: number): string {
  const most = 10 ** width - 1
  return `${Math.min(most, Math.max(0, Math.trunc(value)))}`.padStart(width, '0')
}

function stateOf(letter: string | undefined): SessionRecord['state'] | undefined {
  if (letter === 'a') return 'active'
  if (letter === 'p') return 'pending'
  return letter === 'e' ? 'ended' : undefined
}

function factsIn(json: string): Facts | undefined {
  try {
    const facts = parseJson(json)
    return Array.isArray(facts) && facts.length === 7 ? (facts as Facts) : undefined
  } catch {
    return undefined
  }
}
