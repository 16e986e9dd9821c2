// The SQLite driver keeps the contract, and its own promises: what it batches, sweeps away, tells others and shares.
import { describe, expect, it } from 'vitest'
import { SESSION_TOPIC, type SessionStore, StoreUnreachableError } from '../../src/session/store.ts'
import { manualClock } from '../support/clock.ts'
import { recordAt, storeKey } from '../support/records.ts'
import { settle, sqlitePlace } from '../support/sqlite.ts'
import { storeContract } from './store.contract.ts'

storeContract('sqlite', 'host', async () => {
  const place = await sqlitePlace()
  return {
    store: await place.open(),
    clock: place.clock,
    advance: place.advance,
    peer: () => place.open(),
    dispose: async () => place[Symbol.asyncDispose](),
  }
})

const KEY = storeKey('k'.repeat(43))

/** Lets the store take one small step after the other; never ends while `enough` is not true. */
async function settleUntil(store: SessionStore, enough: () => boolean): Promise<void> {
  while (!enough()) await settle([store])
}

describe('the sqlite session store', () => {
  it('keeps everything but time across a restart', async () => {
    await using place = await sqlitePlace()
    const first = await place.open()
    const now = place.clock.now()
    const added = recordAt(now, { providerSid: 'sid-1' })
    const job = { queue: 'mail', id: 'one', payload: Uint8Array.of(7), dueAt: now, endsAt: now + 9 }
    await first.add(KEY, added)
    await first.add(storeKey('ended'), recordAt(now))
    await first.delete(storeKey('ended'), 'revoked', now)
    await first.put('code', Uint8Array.of(8), now + 1000)
    await first.enqueue(job)
    await first.lease('refresh', 1000)
    await first.close()

    const second = await place.open()

    expect(await second.get(KEY)).toStrictEqual(added)
    expect((await second.get(storeKey('ended')))?.reason).toBe('revoked')
    expect(await second.take('code')).toStrictEqual(Uint8Array.of(8))
    expect(await second.claim('mail', 1000)).toMatchObject(job)
    expect(await second.lease('refresh', 1000)).toBeUndefined()
  })

  it('writes touches once a second, and those it still has when it closes', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    const { seenAt, idleAt } = recordAt(place.clock.now())
    await store.add(KEY, recordAt(place.clock.now()))
    const seen = () => place.peek('SELECT seen_at FROM sessions')

    await store.touch(KEY, { seenAt: seenAt + 5, idleAt })
    await place.advance(999)
    expect(seen()).toBe(seenAt)
    await place.advance(1)
    expect(seen()).toBe(seenAt + 5)

    await store.touch(KEY, { seenAt: seenAt + 9, idleAt })
    await store.close()
    expect(seen()).toBe(seenAt + 9)
  })

  it('sweeps away what has ended, however much, and nothing else', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    const now = place.clock.now()
    const ending = Array.from({ length: 300 }, (_, index) => `ending-${index}`)
    const payload = new Uint8Array(1)
    await Promise.all(
      ending.flatMap((name) => [
        store.add(storeKey(name), recordAt(now, { endsAt: now + 5000 })),
        store.put(name, payload, now + 5000),
        store.lease(name, 5000),
        store.enqueue({ queue: 'mail', id: name, payload, dueAt: now, endsAt: now + 5000 }),
      ]),
    )
    await store.add(KEY, recordAt(now))
    const tables = ['sessions', 'codes', 'leases', 'jobs']
    const rows = () => tables.map((table) => place.peek(`SELECT count(*) FROM ${table}`))
    expect(rows()).toEqual([301, 300, 300, 300])

    await place.advance(10_000)
    await settleUntil(store, () => rows().join() === '1,0,0,0')

    expect(place.errors).toEqual([])
    expect(await store.get(KEY)).toBeDefined()
  })

  it('forgets events after a minute, and counts on from the last', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    const heard: string[] = []
    store.subscribe('news', (message) => heard.push(message))
    for (let n = 1; n <= 120; n += 1) await store.publish('news', `${n}`)

    await place.advance(59_000)
    await settle([store])
    expect(place.peek('SELECT count(*) FROM changes')).toBe(120)
    await place.advance(10_000)
    await settleUntil(store, () => place.peek('SELECT count(*) FROM changes') === 1)

    await store.publish('news', 'next')
    expect(place.peek('SELECT max(seq) FROM changes')).toBe(121)
    expect(heard).toHaveLength(121)
  })

  it('tells whoever slept while events were forgotten that any record may have changed', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    const slow = manualClock(place.clock.now())
    const sleeper = await place.open(slow)
    const heard: string[] = []
    sleeper.subscribe(SESSION_TOPIC, (message) => heard.push(message))
    for (const name of ['one', 'two', 'three']) {
      await store.add(storeKey(name), recordAt(place.clock.now()))
      await store.delete(storeKey(name), 'signed_out', place.clock.now())
    }
    await place.advance(70_000)
    await settleUntil(store, () => place.peek('SELECT count(*) FROM changes') === 1)

    slow.jump(70_000)

    expect(heard).toEqual(['*', 'three'])
  })

  it('hears of others every 50 ms, and says when it last did', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    const clock = manualClock(place.clock.now())
    const other = await place.open(clock)
    const start = clock.now()
    const heard: string[] = []
    other.subscribe('news', (message) => heard.push(message))
    await store.publish('news', '1')

    clock.advance(49)
    expect([heard, other.provenAt - start]).toEqual([[], 0])
    clock.advance(1)
    expect([heard, other.provenAt - start]).toEqual([['1'], 50])
  })

  it('hears of thousands in small portions, and proves nothing before it has heard them all', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    const clock = manualClock(place.clock.now())
    const other = await place.open(clock)
    const start = clock.now()
    const heard: string[] = []
    other.subscribe('news', (message) => heard.push(message))
    const sent = Array.from({ length: 1200 }, (_, index) => `${index}`)
    await Promise.all(sent.map((message) => store.publish('news', message)))

    clock.advance(50)
    expect([heard.length, other.provenAt - start]).toEqual([500, 0])
    clock.advance(2)

    expect([heard, other.provenAt - start]).toEqual([sent, 52])
  })

  it('lets nobody else fail when one write of a batch cannot be done', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    const record = recordAt(place.clock.now())
    const impossible = { ...record, sub: {} as string }

    const outcomes = await Promise.allSettled([
      store.add(storeKey('before'), record),
      store.add(storeKey('impossible'), impossible),
      store.add(storeKey('after'), record),
    ])

    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: true },
      { status: 'rejected', reason: expect.any(StoreUnreachableError) },
      { status: 'fulfilled', value: true },
    ])
    expect(await store.count()).toBe(2)
  })

  it('reports what a subscriber throws', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    const mistake = new Error('a mistake of the subscriber')
    store.subscribe('news', () => {
      throw mistake
    })

    await store.publish('news', '1')

    expect(place.errors).toEqual([mistake])
  })
})
