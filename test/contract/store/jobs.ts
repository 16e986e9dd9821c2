// Jobs: claimed, finished, given back.
import { describe, expect, it } from 'vitest'
import type { ClaimedJob, NewJob } from '../../../src/session/store.ts'
import type { AtStore } from './at-store.ts'

export function jobPromises(at: AtStore): void {
  describe('jobs', () => {
    const job = (id: string, over: Partial<NewJob> = {}): NewJob => ({
      queue: 'mail',
      id,
      payload: Buffer.from(id),
      dueAt: at.now(),
      endsAt: at.now() + 60_000,
      ...over,
    })

    async function claim(queue = 'mail', ms = 1000): Promise<ClaimedJob> {
      const claimed = await at.store.claim(queue, ms)
      if (!claimed) throw new Error('no job was due')
      return claimed
    }

    it('gives a job as it was added, and says how often', async () => {
      const added = job('one', { payload: Uint8Array.of(0, 255) })

      expect(await at.store.enqueue(added)).toBe(true)

      expect(await at.store.claim('mail', 1000)).toStrictEqual({
        ...added,
        attempts: 1,
        claim: expect.any(String),
      })
    })

    it('gives the job due first, and none before it is due', async () => {
      await at.store.enqueue(job('third', { dueAt: at.now() + 500 }))
      await at.store.enqueue(job('second', { dueAt: at.now() - 1 }))
      await at.store.enqueue(job('first', { dueAt: at.now() - 2 }))

      expect((await claim()).id).toBe('first')
      expect((await claim()).id).toBe('second')
      expect(await at.store.claim('mail', 1000)).toBeUndefined()
      await at.advance(500)
      expect((await claim()).id).toBe('third')
    })

    it('gives one job to one of many who ask', async () => {
      await at.store.enqueue(job('one'))

      const claimed = await Promise.all(
        Array.from({ length: 50 }, () => at.store.claim('mail', 1000)),
      )

      expect(claimed.filter(Boolean)).toHaveLength(1)
    })

    it('keeps queues apart, and knows an id once in each', async () => {
      expect(await at.store.enqueue(job('one'))).toBe(true)
      expect(await at.store.enqueue(job('one', { payload: Uint8Array.of(1) }))).toBe(false)
      expect(await at.store.enqueue(job('one', { queue: '__proto__' }))).toBe(true)

      expect(await at.store.claim('sms', 1000)).toBeUndefined()
      expect((await claim('__proto__')).queue).toBe('__proto__')
      expect(Buffer.from((await claim()).payload).toString()).toBe('one')
    })

    it('is done once, and may come again after that', async () => {
      await at.store.enqueue(job('one'))
      const claimed = await claim()
      expect(await at.store.enqueue(job('one'))).toBe(false)

      expect(await at.store.done(claimed)).toBe(true)

      expect(await at.store.done(claimed)).toBe(false)
      await at.advance(1000)
      expect(await at.store.claim('mail', 1000)).toBeUndefined()
      expect(await at.store.enqueue(job('one'))).toBe(true)
    })

    it('comes to another when the claim lapses, who alone may finish it', async () => {
      await at.store.enqueue(job('one'))
      const lapsed = await claim('mail', 500)
      expect(await at.store.claim('mail', 500)).toBeUndefined()
      await at.advance(500)

      const held = await claim('mail', 60_000)

      expect(held.attempts).toBe(2)
      expect(await at.store.done(lapsed)).toBe(false)
      expect(await at.store.retry(lapsed, at.now())).toBe(false)
      expect(await at.store.done(held)).toBe(true)
    })

    it('may still be finished after the claim lapsed, while nobody else has it', async () => {
      await at.store.enqueue(job('one'))
      const claimed = await claim('mail', 500)
      await at.advance(500)

      expect(await at.store.done(claimed)).toBe(true)
      expect(await at.store.claim('mail', 500)).toBeUndefined()
    })

    it('waits for its next turn when given back', async () => {
      await at.store.enqueue(job('one'))
      const claimed = await claim('mail', 60_000)

      expect(await at.store.retry(claimed, at.now() + 500)).toBe(true)

      expect(await at.store.claim('mail', 1000)).toBeUndefined()
      expect(await at.store.done(claimed)).toBe(false)
      await at.advance(500)
      expect(await claim()).toMatchObject({ id: 'one', attempts: 2, dueAt: at.now() })
    })

    it('is given to nobody from its end on, yet whoever holds it may finish it', async () => {
      await at.store.enqueue(job('held', { endsAt: at.now() + 500 }))
      await at.store.enqueue(job('left', { endsAt: at.now() + 500, dueAt: at.now() + 1 }))
      const held = await claim('mail', 1000)

      await at.advance(500)

      expect(await at.store.claim('mail', 1000)).toBeUndefined()
      expect(await at.store.done(held)).toBe(true)
      expect(await at.store.enqueue(job('left'))).toBe(true)
    })

    it('is forgotten when both its end and its claim are past', async () => {
      await at.store.enqueue(job('one', { endsAt: at.now() + 500 }))
      const claimed = await claim('mail', 500)
      await at.advance(500)

      expect(await at.store.done(claimed)).toBe(false)
      expect(await at.store.enqueue(job('one'))).toBe(true)
    })
  })
}
