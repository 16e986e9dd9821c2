import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src/lib/random.ts'
import { createSealer } from '../../../src/session/seal.ts'
import type { SessionKey, StoreKey } from '../../../src/session/session.ts'
import { createTicket } from '../../../src/session/ticket.ts'

const sealer = createSealer(systemRandom)
const { key, storeKey } = createTicket(systemRandom)
const place = { storeKey, revision: 3, endsAt: 1_900_000_000_000 }
const plain = Buffer.from('access token of ada')

describe('a seal', () => {
  it('opens with its own key in its own place', () => {
    expect(sealer.unseal(sealer.seal(plain, key, place), key, place)).toEqual(plain)
  })

  it('does not open with another key, for another session, revision or end', () => {
    const sealed = sealer.seal(plain, key, place)
    const other = createTicket(systemRandom)

    expect(sealer.unseal(sealed, other.key, place)).toBeUndefined()
    expect(sealer.unseal(sealed, key, { ...place, storeKey: other.storeKey })).toBeUndefined()
    expect(sealer.unseal(sealed, key, { ...place, revision: 2 })).toBeUndefined()
    expect(sealer.unseal(sealed, key, { ...place, endsAt: place.endsAt + 1 })).toBeUndefined()
  })

  it('does not open after any one bit was flipped, nor cut short', () => {
    const sealed = sealer.seal(plain, key, place)

    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const forged = Buffer.from(sealed)
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(sealer.unseal(forged, key, place)).toBeUndefined()
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(sealer.unseal(sealed.subarray(0, length), key, place)).toBeUndefined()
    }
  })

  it('never shows its content and never looks the same twice', () => {
    const seals = Array.from({ length: 1000 }, () => sealer.seal(plain, key, place))

    const nonces = new Set(
      seals.map((sealed) => Buffer.from(sealed.subarray(0, 24)).toString('hex')),
    )
    expect(nonces.size).toBe(1000)
    expect(seals.some((sealed) => Buffer.from(sealed).includes('access'))).toBe(false)
  })

  it('takes whatever stands in a store for what it is: bytes', () => {
    const nobody = '' as StoreKey
    expect(sealer.unseal(new Uint8Array(0), key, { ...place, storeKey: nobody })).toBeUndefined()
    expect(() => sealer.seal(plain, 'short' as SessionKey, place)).toThrow()
  })
})
