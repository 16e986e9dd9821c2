// What the Redis driver promises beyond the contract: what it keeps and for how long, whom it believes, what a full one still does.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { type SessionStore, StoreUnreachableError } from '../../src/session/store.ts'
import { openRedisStore } from '../../src/session/stores/redis.ts'
import { manualClock } from '../support/clock.ts'
import { recordAt, sealedFor, storeKey } from '../support/records.ts'
import { type StandaloneRedis, startCluster, startRedis } from '../support/redis.ts'
import { type RedisStores, redisStores } from '../support/redis-stores.ts'

const KEY = storeKey('k'.repeat(43))
const MINUTE = 60_000

describe('the redis session store', () => {
  let server: StandaloneRedis
  let stores: RedisStores
  let store: SessionStore
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    await server.command('FLUSHALL')
    stores = redisStores(server.url)
    store = await stores.open()
    return () => stores[Symbol.asyncDispose]()
  })

  const now = () => stores.clock.now()
  const name = (key: string) => `${stores.place.prefix}{${key}}`
  const keys = async () => (await server.command('KEYS', '*')) as string[]

  it('writes nothing that Redis would keep for good', async () => {
    const payload = new Uint8Array(1)
    await store.add(KEY, recordAt(now(), { providerSid: 's1', endsAt: now() + MINUTE }))
    await store.replace(KEY, recordAt(now(), { revision: 2, endsAt: now() + 2 * MINUTE }))
    await store.touch(KEY, { seenAt: now() + 1, idleAt: now() + 31 * MINUTE })
    await store.add(storeKey('ended'), recordAt(now()))
    await store.delete(storeKey('ended'), 'signed_out', now())
    await store.put('code', payload, now() + MINUTE)
    await store.lease('refresh', MINUTE)
    const job = { queue: 'mail', payload, dueAt: now(), endsAt: now() + MINUTE }
    await store.enqueue({ ...job, id: 'one' })
    await store.enqueue({ ...job, id: 'two' })
    await store.claim('mail', 2 * MINUTE)
    await store.ping()

    const written = await keys()
    expect(written.length).toBeGreaterThan(9)
    for (const key of written) {
      const left = Number(await server.command('PTTL', key))
      expect([key, left > 0, left <= 13 * 60 * MINUTE]).toEqual([key, true, true])
    }
    const left = Number(await server.command('PTTL', name(KEY)))
    expect(left).toBeGreaterThan(2 * MINUTE)
    expect(left).toBeLessThanOrEqual(3 * MINUTE)
    expect(written.every((key) => key.startsWith(stores.place.prefix))).toBe(true)
  })

  it('keeps a tombstone a day and a minute', async () => {
    await store.add(KEY, recordAt(now(), { endsAt: now() + 30 * 24 * 60 * MINUTE }))
    await store.delete(KEY, 'signed_out', now())

    const left = Number(await server.command('PTTL', name(KEY)))
    expect(left).toBeGreaterThan(24 * 60 * MINUTE)
    expect(left).toBeLessThanOrEqual(24 * 60 * MINUTE + MINUTE)
  })

  it('forgets in its index whoever has ended, and ends', async () => {
    for (let n = 0; n < 300; n += 1) {
      await store.add(storeKey(`k${n}`), recordAt(now(), { endsAt: now() + MINUTE }))
    }
    await stores.advance(3 * MINUTE)
    await store.add(KEY, recordAt(now()))
    for (let n = 0; n < 3; n += 1) await store.add(storeKey(`l${n}`), recordAt(now()))

    const members = (await server.command(
      'ZCARD',
      `${stores.place.prefix}sub:4:main3:ada`,
    )) as number
    expect(members).toBe(4)
    expect(await store.count()).toBe(4)
    await store.delete(KEY, 'signed_out', now())
    expect(await store.count()).toBe(3)
  })

  it('ends and lists every live session, whatever the index has too many', async () => {
    await store.add(KEY, recordAt(now(), { providerSid: 's1' }))
    await store.add(storeKey('lost'), recordAt(now()))
    await store.add(storeKey('ended'), recordAt(now()))
    const old = (await server.command('GET', name('ended'))) as string
    await store.delete(storeKey('ended'), 'signed_out', now())
    const tombstone = await server.command('DUMP', name('ended')).catch(() => old)
    expect(tombstone).toBeDefined()
    // As an eviction does, and a process that died between two writes.
    await server.command('DEL', name('lost'))
    const sub = `${stores.place.prefix}sub:4:main3:ada`
    await server.command('ZADD', sub, now() + MINUTE, 'ended')
    await server.command('ZADD', sub, now() + MINUTE, 'never written')

    const { sessions } = await store.list({ provider: 'main', sub: 'ada' })

    expect(sessions.map(({ key }) => key)).toEqual([KEY])
    expect(await server.command('ZSCORE', sub, 'ended')).toBeNull()
    expect((await store.list({ all: true })).sessions).toHaveLength(1)
    expect(await store.deleteBy({ provider: 'main', sub: 'ada' }, 'revoked', now())).toEqual([KEY])
  })

  it('names a session in the index before its record is there', async () => {
    const sub = `${stores.place.prefix}sub:4:main3:ada`
    // No index can be written: nor is the record.
    await server.command('SET', sub, 'not a set')

    await expect(store.add(KEY, recordAt(now()))).rejects.toThrow(StoreUnreachableError)

    expect(await server.command('EXISTS', name(KEY))).toBe(0)
  })

  it('keeps a session in the index when its end moves, later or sooner', async () => {
    const added = recordAt(now(), { endsAt: now() + 2 * MINUTE })
    await store.add(KEY, added)
    await store.replace(KEY, { ...added, revision: 2, endsAt: now() + 10 * MINUTE })
    await stores.advance(5 * MINUTE)
    await store.add(storeKey('other'), recordAt(now()))

    expect(await store.count()).toBe(2)
    await store.replace(KEY, { ...added, revision: 3, endsAt: now() + MINUTE })
    expect((await store.list({ provider: 'main', sub: 'ada' })).sessions).toHaveLength(2)
    await stores.advance(2 * MINUTE)
    expect((await store.list({ provider: 'main', sub: 'ada' })).sessions).toHaveLength(1)
  })

  it('hands out no record that says it is another session’s', async () => {
    await store.add(KEY, recordAt(now(), { sub: 'ada' }))
    const other = storeKey('another')
    await server.command('COPY', name(KEY), name(other))

    await expect(store.get(other)).rejects.toThrow(StoreUnreachableError)
    await expect(store.delete(other, 'signed_out', now())).rejects.toThrow(StoreUnreachableError)

    expect((await store.get(KEY))?.sub).toBe('ada')
    expect(stores.errors.map((error) => (error as { code?: string }).code)).toContain(
      'REPLY_MISMATCH',
    )
  })

  it('refuses bytes that are no record', async () => {
    for (const bytes of ['', 'x', 'c1a', `c1a${'0'.repeat(61)}`]) {
      await server.command('SET', name(KEY), bytes)
      await expect(store.get(KEY)).rejects.toThrow(StoreUnreachableError)
    }
  })

  it('drops its connections where they are distrusted, and goes on with others', async () => {
    await store.add(KEY, recordAt(now()))
    const idOf = async () => {
      const list = String(await server.command('CLIENT', 'LIST'))
      return list
        .split('\n')
        .filter((line) => /name=coatcheck .*sub=0/.test(line))
        .join()
    }
    const before = await idOf()

    store.distrust?.(KEY)

    expect(await store.get(KEY)).toBeDefined()
    expect(before.split(' ')[0]).not.toBe((await idOf()).split(' ')[0])
  })

  it('goes on for those who are signed in when Redis is full, and takes nobody new', async () => {
    const added = recordAt(now(), { sealed: sealedFor(KEY, 1) })
    await store.add(KEY, added)
    await store.add(storeKey('leaving'), recordAt(now()))
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    try {
      const full = { message: 'Redis is full', cause: { code: 'OOM' } }
      await expect(store.add(storeKey('late'), added)).rejects.toMatchObject(full)
      await expect(store.put('code', new Uint8Array(1), now() + MINUTE)).rejects.toMatchObject(full)
      await expect(store.ping()).rejects.toMatchObject(full)

      expect(await store.get(KEY)).toBeDefined()
      expect(await store.list({ all: true })).toMatchObject({ sessions: [{}, {}] })
      expect(await store.lease('refresh', MINUTE)).toBeDefined()
      expect(await store.replace(KEY, { ...added, revision: 2 })).toBe(true)
      await store.touch(KEY, { seenAt: now() + 5, idleAt: now() + 31 * MINUTE })
      expect(await store.get(KEY)).toMatchObject({ revision: 2, seenAt: now() + 5 })
      expect(await store.delete(storeKey('leaving'), 'signed_out', now())).toBeDefined()
    } finally {
      await server.command('CONFIG', 'SET', 'maxmemory', '0')
    }

    await store.ping()
    expect(await store.add(storeKey('late'), added)).toBe(true)
  })

  it('gives a lease to nobody else, however wrong the clock of a machine is', async () => {
    const ahead = { ...systemClock, now: () => systemClock.now() + 60 * MINUTE }
    const onError = (error: unknown) => stores.errors.push(error)
    const options = { place: stores.place, random: systemRandom, onError }
    const wrong = await openRedisStore({ ...options, clock: ahead, timer: ahead })
    const right = await openRedisStore({ ...options, clock: systemClock, timer: systemClock })
    try {
      const held = await right.lease('refresh', MINUTE)
      expect(held).toBeDefined()
      expect(await wrong.lease('refresh', MINUTE)).toBeUndefined()

      await held?.release()
      expect(await wrong.lease('refresh', 200)).toBeDefined()
      expect(await right.lease('refresh', MINUTE)).toBeUndefined()
    } finally {
      await wrong.close()
      await right.close()
    }
  })

  it('moves in pages through thousands of one moment', async () => {
    const moment = now()
    const names = Array.from({ length: 2500 }, (_, n) => `k${n}`)
    await Promise.all(names.map((key) => store.add(storeKey(key), recordAt(moment))))
    const found: string[] = []
    let after: string | undefined
    do {
      const page = await store.list({ all: true }, { limit: 500, ...(after ? { after } : {}) })
      found.push(...page.sessions.map(({ key }) => key))
      after = page.next
    } while (after !== undefined)

    expect(found).toHaveLength(names.length)
    expect(new Set(found)).toEqual(new Set(names))
    expect(await store.count()).toBe(names.length)
  })
})

describe('two stores in one redis', () => {
  it('know nothing of each other when their prefixes differ', async () => {
    await using server = await startRedis()
    await using ones = redisStores(server.url, { prefix: 'one:' })
    await using others = redisStores(server.url, { prefix: 'other:' })
    const [one, other] = [await ones.open(), await others.open()]
    const heard: string[] = []
    other.subscribe('news', (message) => heard.push(message))
    await one.add(KEY, recordAt(ones.clock.now()))
    await one.publish('news', '1')
    await other.publish('news', '2')
    await others.advance(1000)

    expect(await other.get(KEY)).toBeUndefined()
    expect(await other.count()).toBe(0)
    expect(await other.lease('refresh', 1000)).toBeDefined()
    expect(await one.lease('refresh', 1000)).toBeDefined()
    expect(heard).toEqual(['2'])
  })
})

describe('a slot of a redis cluster that moves', () => {
  it('takes nothing away: reads, replacements, leases and events go on', async () => {
    await using cluster = await startCluster()
    await using stores = redisStores(cluster.url)
    const clock = manualClock(Date.now())
    const store = await stores.open(clock)
    const heard: string[] = []
    store.subscribe('session', (key) => heard.push(key))
    const added = recordAt(clock.now())
    await store.add(KEY, added)
    const slot = Number(
      await cluster.nodes[0]?.command('CLUSTER', 'KEYSLOT', `${stores.place.prefix}{${KEY}}`),
    )
    const from = await cluster.nodeOf(slot)
    const to = cluster.nodes.find((node) => node !== from)
    if (!to) throw new Error('a cluster of one')

    await cluster.moveSlot(slot, to)

    expect(await store.get(KEY)).toStrictEqual(added)
    expect(await store.replace(KEY, { ...added, revision: 2 })).toBe(true)
    await cluster.moveSlot(slot, from)
    expect(await store.delete(KEY, 'signed_out', clock.now())).toMatchObject({ revision: 2 })
    clock.advance(300)
    await expect.poll(() => heard).toEqual([KEY, KEY])
    expect(stores.errors).toEqual([])
  })
})
