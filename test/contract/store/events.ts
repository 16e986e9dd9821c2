// What is published, and to whom, within one process and beyond.
import { describe, expect, it } from 'vitest'
import { SESSION_TOPIC, type SessionStore } from '../../../src/session/store.ts'
import { storeKey } from '../../support/records.ts'
import { A_KEY, type AtStore, LAG_MS } from './at-store.ts'

export function eventPromises(at: AtStore, scope: SessionStore['scope']): void {
  describe('events', () => {
    it('reach every subscriber of their topic, once and in order', async () => {
      const first = at.hear('news')
      const second = at.hear('news')
      const other = at.hear('__proto__')

      for (const message of ['1', '2', '__proto__', '']) await at.store.publish('news', message)
      await at.store.publish('toString', 'nobody listens')
      await at.advance(LAG_MS)

      expect(first).toEqual(['1', '2', '__proto__', ''])
      expect(second).toEqual(first)
      expect(other).toEqual([])
    })

    it('stop at once for whoever unsubscribes', async () => {
      const heard: string[] = []
      const listen = (message: string) => heard.push(message)
      const unsubscribe = at.store.subscribe('news', listen)
      const other = at.hear('news')
      await at.store.publish('news', '1')
      await at.advance(LAG_MS)

      unsubscribe()
      unsubscribe()
      await at.store.publish('news', '2')
      await at.advance(LAG_MS)

      expect(heard).toEqual(['1'])
      expect(other).toEqual(['1', '2'])
    })

    it('reach the others when one subscriber throws', async () => {
      at.store.subscribe('news', () => {
        throw new Error('a subscriber of its own kind')
      })
      const heard = at.hear('news')

      await at.store.publish('news', '1')
      await at.store.publish('news', '2')
      await at.advance(LAG_MS)

      expect(heard).toEqual(['1', '2'])
    })

    it('tell of each record that was replaced or ended, and of no other', async () => {
      const heard = at.hear(SESSION_TOPIC)
      const replaced = await at.add(storeKey('replaced'))
      await at.add(storeKey('ended'))
      await at.add(storeKey('ended by sub'), { sub: 'bea' })
      const touched = await at.add(storeKey('touched'))

      await at.store.replace(storeKey('replaced'), { ...replaced, revision: 2 })
      await at.store.replace(storeKey('replaced'), { ...replaced, revision: 2 })
      await at.store.touch(storeKey('touched'), {
        seenAt: at.now() + 1,
        idleAt: touched.idleAt + 1,
      })
      await at.store.delete(storeKey('ended'), 'signed_out', at.now())
      await at.store.delete(storeKey('ended'), 'signed_out', at.now())
      await at.store.deleteBy({ provider: 'main', sub: 'bea' }, 'revoked', at.now())
      await at.advance(LAG_MS)

      // Of one record they come in order; of several, in any.
      expect(heard.toSorted()).toEqual(['ended', 'ended by sub', 'replaced'])
    })

    it('are known to arrive, a second ago at most', async () => {
      await at.advance(60_000)
      expect(at.store.provenAt).toBeGreaterThanOrEqual(at.now() - LAG_MS)
    })
  })

  describe('beside another on the same data', () => {
    it('is beside nobody exactly when its scope is the process', () => {
      expect(at.store.scope).toBe(scope)
      expect(at.peer === undefined).toBe(scope === 'process')
      expect(at.store.provenAt === Infinity).toBe(at.store.scope === 'process')
    })

    // A process alone with its data has nobody to disagree with.
    if (scope === 'process') return

    async function peer(): Promise<SessionStore> {
      if (!at.peer) throw new Error('open gave no peer')
      return at.peer()
    }

    it('sees its records', async () => {
      const other = await peer()
      const added = await at.add(A_KEY)

      expect(await other.get(A_KEY)).toStrictEqual(added)
      expect(await other.add(A_KEY, at.record())).toBe(false)
      expect(await other.delete(A_KEY, 'revoked', at.now())).toStrictEqual(added)
      expect((await at.store.get(A_KEY))?.reason).toBe('revoked')
    })

    it('lets one of two win, for replacements, leases, codes and jobs', async () => {
      const other = await peer()
      const added = await at.add(A_KEY)
      const payload = new Uint8Array(1)
      await at.store.put('code', payload, at.now() + 60_000)
      const job = { queue: 'mail', id: 'one', payload, dueAt: at.now(), endsAt: at.now() + 60_000 }
      await at.store.enqueue(job)
      const both = async <T>(ask: (from: SessionStore) => Promise<T>) =>
        (await Promise.all([...Array(10)].flatMap(() => [ask(at.store), ask(other)]))).filter(
          Boolean,
        )

      const next = { ...added, revision: 2 }
      expect(await both((from) => from.replace(A_KEY, next))).toHaveLength(1)
      expect(await both((from) => from.lease('refresh', 60_000))).toHaveLength(1)
      expect(await both((from) => from.take('code'))).toHaveLength(1)
      expect(await both((from) => from.claim('mail', 60_000))).toHaveLength(1)
    })

    it('hears what it publishes, ends and replaces within a second, once and in order', async () => {
      const other = await peer()
      const records = at.hear(SESSION_TOPIC, other)
      const news = at.hear('news', other)
      const own = at.hear('news')
      const added = await at.add(A_KEY)

      await at.store.publish('news', '1')
      await other.publish('news', '2')
      await at.store.replace(A_KEY, { ...added, revision: 2 })
      await at.store.publish('news', '3')
      await at.store.delete(A_KEY, 'signed_out', at.now())
      await at.advance(LAG_MS)

      expect(news).toEqual(['1', '2', '3'])
      expect(own).toEqual(['1', '2', '3'])
      expect(records).toEqual([A_KEY, A_KEY])
    })

    it('hears nothing of what was before it came', async () => {
      await at.store.publish('news', 'old')
      const other = await peer()
      const heard = at.hear('news', other)

      await at.store.publish('news', 'fresh')
      await at.advance(LAG_MS)

      expect(heard).toEqual(['fresh'])
    })

    it('goes on when the other closes', async () => {
      const other = await peer()
      await at.add(A_KEY)

      await other.close()

      expect(await at.store.get(A_KEY)).toBeDefined()
      await at.add(storeKey('another'))
    })
  })
}
