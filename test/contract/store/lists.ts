// What a store shows of its live records.
import { describe, expect, it } from 'vitest'
import type { SessionFilter } from '../../../src/session/store.ts'
import { storeKey } from '../../support/records.ts'
import { A_KEY, type AtStore } from './at-store.ts'

export function listPromises(at: AtStore): void {
  async function pagesOf(filter: SessionFilter, limit?: number) {
    const pages: string[][] = []
    let after: string | undefined
    do {
      const page = { ...(after === undefined ? {} : { after }), ...(limit ? { limit } : {}) }
      const { sessions, next } = await at.store.list(filter, page)
      pages.push(sessions.map(({ key }) => key))
      after = next
    } while (after !== undefined)
    return pages
  }

  describe('list and count', () => {
    it('shows live records, oldest first, without their sealed bytes', async () => {
      const moment = at.now()
      const young = await at.add(storeKey('young'), { createdAt: moment - 1, providerSid: 'sid-1' })
      await at.add(storeKey('old'), { createdAt: moment - 3, state: 'pending' })
      await at.add(storeKey('middle'), { createdAt: moment - 2, idleAt: moment })
      await at.add(storeKey('ended'))
      await at.store.delete(storeKey('ended'), 'signed_out', moment)

      const { sessions, next } = await at.store.list({ all: true })

      expect(sessions.map(({ key }) => key)).toEqual(['old', 'middle', 'young'])
      expect(sessions[2]?.record).toStrictEqual({ ...young, sealed: new Uint8Array(0) })
      expect(next).toBeUndefined()
      expect(await at.store.count()).toBe(3)
    })

    it('shows what matches and nothing else', async () => {
      await at.add(storeKey('1'), { sub: 'ada', providerSid: 's1' })
      await at.add(storeKey('2'), { sub: 'ada', provider: 'other', providerSid: 's1' })
      await at.add(storeKey('3'), { sub: 'bea', providerSid: 's1' })
      await at.add(storeKey('4'), { sub: 'ada' })

      expect((await pagesOf({ provider: 'main', sub: 'ada' })).flat()).toEqual(['1', '4'])
      expect((await pagesOf({ provider: 'main', providerSid: 's1' })).flat()).toEqual(['1', '3'])
      expect((await pagesOf({ provider: 'other', sub: 'bea' })).flat()).toEqual([])
    })

    it('finds a record by what its last replacement says', async () => {
      await at.add(A_KEY, { sub: 'ada' })
      await at.store.replace(A_KEY, at.record({ revision: 2, sub: 'bea', providerSid: 's1' }))

      expect((await pagesOf({ provider: 'main', sub: 'ada' })).flat()).toEqual([])
      expect((await pagesOf({ provider: 'main', sub: 'bea' })).flat()).toEqual([A_KEY])
      expect((await pagesOf({ provider: 'main', providerSid: 's1' })).flat()).toEqual([A_KEY])
    })

    it('comes in pages that are full, in order and without repetition', async () => {
      const moment = at.now()
      const keys = Array.from({ length: 25 }, (_, index) => `k${index}`)
      for (const [index, key] of keys.entries()) {
        // Several of one moment, so that order needs more than the time.
        await at.add(storeKey(key), { createdAt: moment + Math.floor(index / 4) })
      }

      const pages = await pagesOf({ all: true }, 10)

      expect(pages.map((page) => page.length)).toEqual([10, 10, 5])
      expect(new Set(pages.flat())).toEqual(new Set(keys))
    })

    it('holds a hundred a page unless told otherwise', async () => {
      const keys = Array.from({ length: 101 }, (_, index) => storeKey(`k${index}`))
      await Promise.all(keys.map((key) => at.add(key)))

      expect((await pagesOf({ all: true })).map((page) => page.length)).toEqual([100, 1])
    })

    it('neither skips nor repeats when records come and go between two pages', async () => {
      const moment = at.now()
      for (const n of [1, 2, 3, 4, 5, 6])
        await at.add(storeKey(`k${n}`), { createdAt: moment + n * 10 })
      const first = await at.store.list({ all: true }, { limit: 3 })

      await at.add(storeKey('earlier'), { createdAt: moment })
      await at.add(storeKey('later'), { createdAt: moment + 100 })
      await at.store.delete(storeKey('k3'), 'signed_out', moment)
      await at.store.delete(storeKey('k5'), 'signed_out', moment)
      const second = await at.store.list({ all: true }, { limit: 3, after: first.next ?? '' })

      expect(first.sessions.map(({ key }) => key)).toEqual(['k1', 'k2', 'k3'])
      expect(second.sessions.map(({ key }) => key)).toEqual(['k4', 'k6', 'later'])
      expect(second.next).toBeUndefined()
    })

    it('has nothing after a place that it never named', async () => {
      await at.add(A_KEY)

      for (const after of ['', 'nonsense', "' OR 1"]) {
        expect(await at.store.list({ all: true }, { after })).toEqual({ sessions: [] })
      }
    })
  })
}
