// How a store answers and how it ends.
import { describe, expect, it } from 'vitest'
import { StoreUnreachableError } from '../../../src/session/store.ts'
import { storeKey } from '../../support/records.ts'
import { A_KEY, type AtStore } from './at-store.ts'

export function closingPromises(at: AtStore): void {
  describe('ping and close', () => {
    it('answers while it is open', async () => {
      await expect(at.store.ping()).resolves.toBeUndefined()
    })

    it('finishes what was asked for before it closes', async () => {
      const asked = Promise.all([
        ...Array.from({ length: 300 }, (_, index) =>
          at.store.add(storeKey(`k${index}`), at.record()),
        ),
      ])

      await at.store.close()

      expect((await asked).every(Boolean)).toBe(true)
    })

    it('rejects every call once it is closed, and closes again without complaint', async () => {
      await at.add(A_KEY)
      const lease = await at.store.lease('refresh', 60_000)
      const payload = new Uint8Array(1)
      const job = { queue: 'mail', id: 'one', payload, dueAt: at.now(), endsAt: at.now() + 60_000 }
      await at.store.enqueue(job)
      const claimed = await at.store.claim('mail', 60_000)
      const heard = at.hear('news')

      await Promise.all([at.store.close(), at.store.close()])
      await at.store.close()

      const calls: Array<() => Promise<unknown>> = [
        () => at.store.get(A_KEY),
        () => at.store.add(A_KEY, at.record()),
        () => at.store.replace(A_KEY, at.record({ revision: 2 })),
        () => at.store.touch(A_KEY, { seenAt: at.now(), idleAt: at.now() }),
        () => at.store.delete(A_KEY, 'signed_out', at.now()),
        () => at.store.deleteBy({ all: true }, 'signed_out', at.now()),
        () => at.store.list({ all: true }),
        () => at.store.count(),
        () => at.store.lease('another', 1000),
        async () => lease?.renew(1000),
        async () => lease?.release(),
        () => at.store.put('code', payload, at.now() + 1000),
        () => at.store.take('code'),
        () => at.store.enqueue({ ...job, id: 'two' }),
        () => at.store.claim('mail', 1000),
        async () => claimed && at.store.done(claimed),
        async () => claimed && at.store.retry(claimed, at.now()),
        () => at.store.publish('news', '1'),
        () => at.store.ping(),
      ]
      for (const call of calls) await expect(call()).rejects.toThrow(StoreUnreachableError)
      at.store.subscribe('news', (message) => heard.push(message))()
      expect(heard).toEqual([])
    })
  })
}
