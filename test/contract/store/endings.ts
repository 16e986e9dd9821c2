// How records end: one by one, and all that match.
import { beforeEach, describe, expect, it } from 'vitest'
import type { SessionFilter } from '../../../src/session/store.ts'
import { storeKey } from '../../support/records.ts'
import { A_KEY, type AtStore } from './at-store.ts'

export function endingPromises(at: AtStore): void {
  describe('delete', () => {
    it('hands out the record as it was, and leaves a tombstone', async () => {
      const added = await at.add(A_KEY, { revision: 3, providerSid: 'sid-1' })
      const moment = at.now()

      expect(await at.store.delete(A_KEY, 'revoked', moment)).toStrictEqual(added)

      expect(await at.store.get(A_KEY)).toStrictEqual({
        ...added,
        revision: 4,
        state: 'ended',
        reason: 'revoked',
        sealed: new Uint8Array(0),
      })
    })

    it('happens once: the first reason stays, and nothing is added in its place', async () => {
      await at.add(A_KEY)

      const ended = await Promise.all(
        Array.from({ length: 20 }, () => at.store.delete(A_KEY, 'signed_out', at.now())),
      )

      expect(ended.filter(Boolean)).toHaveLength(1)
      expect(await at.store.delete(A_KEY, 'revoked', at.now())).toBeUndefined()
      expect((await at.store.get(A_KEY))?.reason).toBe('signed_out')
      expect(await at.store.add(A_KEY, at.record())).toBe(false)
    })

    it('finds nothing to end where there is nothing', async () => {
      expect(await at.store.delete(A_KEY, 'signed_out', at.now())).toBeUndefined()
      expect(await at.store.get(A_KEY)).toBeUndefined()
    })

    it('is never undone by a replacement, whichever revision it carries', async () => {
      const added = await at.add(A_KEY)
      await at.store.delete(A_KEY, 'signed_out', at.now())

      for (const revision of [1, 2, 3, 4]) {
        expect(await at.store.replace(A_KEY, { ...added, revision })).toBe(false)
      }
      expect((await at.store.get(A_KEY))?.state).toBe('ended')
    })

    it('wins over a replacement at the same time, in either order', async () => {
      for (let round = 0; round < 20; round += 1) {
        const key = storeKey(`round-${round}`)
        const added = await at.add(key)
        const replace = () => at.store.replace(key, { ...added, revision: 2 })
        const end = () => at.store.delete(key, 'signed_out', at.now())

        await Promise.all(round % 2 === 0 ? [replace(), end()] : [end(), replace()])

        expect((await at.store.get(key))?.state).toBe('ended')
      }
    })

    it('keeps a tombstone a day at most, and no longer than the record', async () => {
      const day = 24 * 60 * 60_000
      await at.add(storeKey('long'), { endsAt: at.now() + 30 * day })
      await at.add(storeKey('short'), { endsAt: at.now() + 600 })
      const moment = at.now()
      await at.store.delete(storeKey('long'), 'signed_out', moment)
      await at.store.delete(storeKey('short'), 'signed_out', moment)

      await at.advance(600)

      expect((await at.store.get(storeKey('long')))?.endsAt).toBe(moment + day)
      expect(await at.store.get(storeKey('short'))).toBeUndefined()
      await at.add(storeKey('short'))
    })
  })

  describe('deleteBy', () => {
    const ended = async (key: string) => (await at.store.get(storeKey(key)))?.state === 'ended'

    beforeEach(async () => {
      await at.add(storeKey('ada-1'), { sub: 'ada', providerSid: 's1' })
      await at.add(storeKey('ada-2'), { sub: 'ada', providerSid: 's2' })
      await at.add(storeKey('bea-1'), { sub: 'bea', providerSid: 's1' })
      await at.add(storeKey('other'), { sub: 'ada', providerSid: 's1', provider: 'other' })
      await at.add(storeKey('plain'), { sub: 'cyd' })
    })

    it.each<[SessionFilter, string[]]>([
      [{ provider: 'main', sub: 'ada' }, ['ada-1', 'ada-2']],
      [{ provider: 'main', providerSid: 's1' }, ['ada-1', 'bea-1']],
      [{ provider: 'main', sub: 'nobody' }, []],
      [{ all: true }, ['ada-1', 'ada-2', 'bea-1', 'other', 'plain']],
    ])('ends every live record that matches %j and no other', async (filter, keys) => {
      expect((await at.store.deleteBy(filter, 'revoked', at.now())).sort()).toEqual(keys)

      for (const key of ['ada-1', 'ada-2', 'bea-1', 'other', 'plain']) {
        expect(await ended(key)).toBe(keys.includes(key))
      }
      expect(await at.store.deleteBy(filter, 'revoked', at.now())).toEqual([])
    })

    it('leaves tombstones their first reason', async () => {
      await at.store.delete(storeKey('ada-1'), 'signed_out', at.now())

      expect(
        await at.store.deleteBy({ provider: 'main', sub: 'ada' }, 'revoked', at.now()),
      ).toEqual(['ada-2'])
      expect((await at.store.get(storeKey('ada-1')))?.reason).toBe('signed_out')
    })

    it('ends many', async () => {
      const keys = Array.from({ length: 230 }, (_, index) => `many-${index}`)
      await Promise.all(keys.map((key) => at.add(storeKey(key), { sub: 'many' })))

      const endedKeys = await at.store.deleteBy(
        { provider: 'main', sub: 'many' },
        'revoked',
        at.now(),
      )

      expect(new Set(endedKeys)).toEqual(new Set(keys))
      expect(endedKeys).toHaveLength(keys.length)
      expect(await at.store.count()).toBe(5)
    })
  })
}
