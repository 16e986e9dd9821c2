// Leases, and codes that are taken once.
import { describe, expect, it } from 'vitest'
import { storeKey } from '../../support/records.ts'
import { type AtStore, STRANGE_NAMES } from './at-store.ts'

export function lockPromises(at: AtStore): void {
  describe('leases', () => {
    it('gives one of many who ask at once', async () => {
      const leases = await Promise.all(
        Array.from({ length: 50 }, () => at.store.lease('refresh', 1000)),
      )

      expect(leases.filter(Boolean)).toHaveLength(1)
    })

    it('keeps leases of different keys apart', async () => {
      for (const key of STRANGE_NAMES) expect(await at.store.lease(key, 1000)).toBeDefined()
      for (const key of STRANGE_NAMES) expect(await at.store.lease(key, 1000)).toBeUndefined()
    })

    it('lapses by itself', async () => {
      await at.store.lease('refresh', 1000)
      await at.advance(500)
      expect(await at.store.lease('refresh', 1000)).toBeUndefined()

      await at.advance(500)

      expect(await at.store.lease('refresh', 1000)).toBeDefined()
    })

    it('lasts longer when renewed, counted from the renewal', async () => {
      const lease = await at.store.lease('refresh', 1000)
      await at.advance(500)

      expect(await lease?.renew(1000)).toBe(true)

      await at.advance(700)
      expect(await at.store.lease('refresh', 1000)).toBeUndefined()
      await at.advance(300)
      expect(await at.store.lease('refresh', 1000)).toBeDefined()
    })

    it('is free at once when released', async () => {
      const lease = await at.store.lease('refresh', 60_000)

      await lease?.release()

      expect(await at.store.lease('refresh', 60_000)).toBeDefined()
      expect(await lease?.renew(1000)).toBe(false)
    })

    it('is not renewed once it has lapsed', async () => {
      const lease = await at.store.lease('refresh', 500)
      await at.advance(500)

      expect(await lease?.renew(1000)).toBe(false)
      expect(await at.store.lease('refresh', 1000)).toBeDefined()
    })

    it('is neither renewed nor released by who lost it', async () => {
      const lost = await at.store.lease('refresh', 500)
      await at.advance(500)
      const held = await at.store.lease('refresh', 60_000)

      expect(await lost?.renew(1000)).toBe(false)
      await lost?.release()

      expect(await at.store.lease('refresh', 1000)).toBeUndefined()
      expect(await held?.renew(1000)).toBe(true)
    })
  })

  describe('codes', () => {
    const value = Uint8Array.from({ length: 256 }, (_, index) => index)

    it('gives what was put, once', async () => {
      await at.store.put('code', value, at.now() + 1000)

      expect(await at.store.take('code')).toStrictEqual(value)
      expect(await at.store.take('code')).toBeUndefined()
    })

    it('gives it to one of a thousand', async () => {
      await at.store.put('code', value, at.now() + 60_000)

      const taken = await Promise.all(Array.from({ length: 1000 }, () => at.store.take('code')))

      expect(taken.filter(Boolean)).toStrictEqual([value])
    })

    it('does not put over what is there', async () => {
      expect(await at.store.put('code', value, at.now() + 1000)).toBe(true)
      expect(await at.store.put('code', Uint8Array.of(6), at.now() + 1000)).toBe(false)

      expect(await at.store.take('code')).toStrictEqual(value)
    })

    it('gives nothing to whoever is late, and takes another in its place', async () => {
      await at.store.put('code', value, at.now() + 500)
      await at.advance(500)

      expect(await at.store.take('code')).toBeUndefined()
      await at.store.put('again', value, at.now() + 500)
      await at.advance(500)
      expect(await at.store.put('again', Uint8Array.of(7), at.now() + 500)).toBe(true)
      expect(await at.store.take('again')).toStrictEqual(Uint8Array.of(7))
    })

    it('keeps codes apart, from each other and from records', async () => {
      for (const code of STRANGE_NAMES) expect(await at.store.take(code)).toBeUndefined()
      for (const code of STRANGE_NAMES) await at.store.put(code, Buffer.from(code), at.now() + 1000)

      expect(await at.store.get(storeKey('__proto__'))).toBeUndefined()
      for (const code of STRANGE_NAMES) {
        expect(Buffer.from((await at.store.take(code)) ?? []).toString()).toBe(code)
      }
    })

    it('keeps an empty value', async () => {
      await at.store.put('code', new Uint8Array(0), at.now() + 1000)

      expect(await at.store.take('code')).toStrictEqual(new Uint8Array(0))
    })
  })
}
