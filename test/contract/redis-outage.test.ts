// Redis away, silent, frozen, killed, taken over by its replica: what is answered meanwhile, and what is there afterwards.
import { setTimeout as pace } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import type { StoreKey } from '../../src/session/session.ts'
import {
  ANY_RECORD,
  SESSION_TOPIC,
  type SessionStore,
  StoreUnreachableError,
} from '../../src/session/store.ts'
import { openMuteLink } from '../support/mute-link.ts'
import { patience, timed } from '../support/promised.ts'
import { recordAt, storeKey } from '../support/records.ts'
import { startCluster, startRedis, startSentinel } from '../support/redis.ts'
import { eventually, type RedisServer } from '../support/redis-process.ts'
import { redisStores } from '../support/redis-stores.ts'

const KEY = storeKey('k'.repeat(43))
const AWAY_MS = 800
const AT_ONCE = 10

/** So many calls, one after the other: how each failed, and how long that took in all. */
async function failures(call: () => Promise<unknown>) {
  return timed(async () => {
    const errors: unknown[] = []
    for (let n = 0; n < AT_ONCE; n += 1) errors.push((await failure(call())).error)
    return errors
  })
}

/** How it failed, and how long that took. */
async function failure(work: Promise<unknown>) {
  const caught = work.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  const { answer: error, ms } = await timed(() => caught)
  return { error, ms }
}

function hear(store: SessionStore): string[] {
  const heard: string[] = []
  store.subscribe(SESSION_TOPIC, (message) => heard.push(message))
  return heard
}

/** Milliseconds until it takes writes again. */
async function recovery(store: SessionStore): Promise<number> {
  const back = () => eventually('a store that takes writes', () => store.ping().then(() => true))
  return (await timed(back)).ms
}

/** How many messages it has been told to publish. */
async function beatsOf(node: RedisServer): Promise<number> {
  const line = (await node.info('commandstats')).get('cmdstat_publish') ?? ''
  return Number(/calls=(\d+)/.exec(line)?.[1] ?? 0)
}

/** Session after session; what was acknowledged. */
function keepWriting(store: SessionStore) {
  const acknowledged: { key: StoreKey; ended: boolean }[] = []
  const others: unknown[] = []
  let stopped = false
  const writing = Array.from({ length: 4 }, async (_, lane) => {
    for (let n = 0; !stopped; n += 1) {
      const key = storeKey(`lane-${lane}-${n}`)
      try {
        if (await store.add(key, recordAt(Date.now()))) acknowledged.push({ key, ended: false })
        if (n % 2 === 0) {
          await store.delete(key, 'signed_out', Date.now())
          acknowledged.push({ key, ended: true })
        }
      } catch (error) {
        if (!(error instanceof StoreUnreachableError)) others.push(error)
        // No wait for anything: the pace of somebody who tries again.
        await pace(5)
      }
    }
  })
  return {
    acknowledged,
    others,
    async stop() {
      stopped = true
      await Promise.all(writing)
    },
  }
}

describe('a redis store in trouble', { timeout: 90_000 }, () => {
  it('takes no disconnection by the server for an outage', async () => {
    await using server = await startRedis()
    await using stores = redisStores(server.url, { timeoutMs: AWAY_MS })
    const store = await stores.open(systemClock)
    const heard = hear(store)
    await store.add(KEY, recordAt(Date.now()))

    for (let round = 0; round < 20; round += 1) {
      await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      if (round % 2 === 0) expect(await store.get(KEY)).toBeDefined()
      else expect(await store.add(storeKey(`k${round}`), recordAt(Date.now()))).toBe(true)
    }
    expect(heard).toEqual([])
    await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await expect.poll(() => heard).toEqual([ANY_RECORD])
    expect(stores.errors).toEqual([])
  })

  it('takes no hang-up by the server, for being idle, for an outage', async () => {
    await using server = await startRedis()
    await using stores = redisStores(server.url, { timeoutMs: AWAY_MS })
    // Of its own clock, which stands still: it says nothing by itself, and so is idle.
    const store = await stores.open()
    await store.add(KEY, recordAt(stores.clock.now()))
    const connections = async () => {
      const lines = String(await server.command('CLIENT', 'LIST', 'TYPE', 'normal')).split('\n')
      const others = lines.filter((line) => line !== '' && !line.includes('cmd=client|list'))
      return others.map((line) => /^id=\d+/.exec(line)?.[0])
    }
    const [own] = await connections()

    await server.command('CONFIG', 'SET', 'timeout', '1')
    await eventually('a hang-up', async () => !(await connections()).includes(own))

    expect(own).toBeDefined()
    expect(await store.get(KEY)).toBeDefined()
    expect(stores.errors).toEqual([])
  })

  it('answers within its time while Redis is frozen, believes no events, and recovers', async () => {
    await using server = await startRedis()
    await using stores = redisStores(server.url, { timeoutMs: AWAY_MS })
    const store = await stores.open(systemClock)
    await store.add(KEY, recordAt(Date.now()))
    await eventually('a beat', () => store.provenAt > Date.now() - 500)

    server.freeze()
    const frozenAt = Date.now()
    const calls = await Promise.all([
      failure(store.get(KEY)),
      failure(store.add(storeKey('late'), recordAt(Date.now()))),
      failure(store.lease('refresh', 1000)),
    ])
    const next = await failure(store.get(KEY))
    await eventually('an outage that is known', () => stores.errors.length > 0)
    const later = await failures(() => store.ping())

    for (const { error, ms } of [...calls, next]) {
      expect(error).toBeInstanceOf(StoreUnreachableError)
      expect(ms).toBeLessThan(patience(1000))
    }
    for (const error of later.answer) expect(error).toBeInstanceOf(StoreUnreachableError)
    expect(later.ms).toBeLessThan((AT_ONCE * AWAY_MS) / 2)
    expect(store.provenAt).toBeLessThanOrEqual(frozenAt)
    server.thaw()
    expect(await recovery(store)).toBeLessThan(patience(2000))
    expect(await store.get(KEY)).toBeDefined()
    await eventually('events again', () => store.provenAt > Date.now() - 500)
    expect(stores.errors.length).toBeLessThanOrEqual(2)
    expect(stores.errors.every((error) => error instanceof StoreUnreachableError)).toBe(true)
  })

  it('leaves nobody’s lease behind that was asked for while Redis was frozen', async () => {
    await using server = await startRedis()
    await using stores = redisStores(server.url, { timeoutMs: AWAY_MS })
    const asker = await stores.open(systemClock)
    const other = await stores.open(systemClock)
    const leased = (store: SessionStore) => store.lease('refresh', 60_000)
    // A script that it knows is run as soon as it thaws.
    await (await leased(asker))?.release()

    server.freeze()
    const asked = await failure(leased(asker))
    server.thaw()
    await recovery(other)

    expect(asked.error).toBeInstanceOf(StoreUnreachableError)
    await eventually('a lease', async () => (await leased(other)) !== undefined)
    // Nobody takes it away again.
    await recovery(asker)
    expect(await leased(asker)).toBeUndefined()
  })

  it('fails at once while Redis is gone, and finds all that it acknowledged when it is back', async () => {
    await using server = await startRedis({ config: [['appendfsync', 'always']] })
    await using stores = redisStores(server.url, { timeoutMs: AWAY_MS })
    const store = await stores.open(systemClock)
    const heard = hear(store)
    const writer = keepWriting(store)
    await eventually('some sessions', () => writer.acknowledged.length > 200)

    await server.kill9()
    await eventually('an outage that is known', () => stores.errors.length > 0)
    const refused = await failures(() => store.get(KEY))
    heard.length = 0
    await server.restart()
    const ms = await recovery(store)
    await writer.stop()

    for (const error of refused.answer) expect(error).toBeInstanceOf(StoreUnreachableError)
    expect(refused.ms).toBeLessThan((AT_ONCE * AWAY_MS) / 2)
    expect(ms).toBeLessThan(patience(2000))
    await expect.poll(() => heard[0]).toBe(ANY_RECORD)
    const ended = new Set(writer.acknowledged.filter((one) => one.ended).map(({ key }) => key))
    for (const { key } of writer.acknowledged) {
      const state = (await store.get(key))?.state
      if (ended.has(key)) expect(state).toBe('ended')
      else expect(state).toBeDefined()
    }
    expect(writer.others).toEqual([])
    const { sessions } = await store.list({ provider: 'main', sub: 'ada' }, { limit: 500 })
    expect(sessions.every(({ key }) => !ended.has(key))).toBe(true)
  })

  it('opens another link for events when the one it has has gone silent', async () => {
    await using server = await startRedis()
    await using link = await openMuteLink(server)
    await using stores = redisStores(`redis://127.0.0.1:${link.port}`)
    const store = await stores.open(systemClock)
    const heard = hear(store)

    expect(link.mute((sent) => /subscribe/i.test(sent))).toBe(1)
    const { ms } = await timed(() => eventually('another link', () => heard.length > 0))

    expect(new Set(heard)).toEqual(new Set([ANY_RECORD]))
    expect(ms).toBeLessThan(patience(2500))
    await eventually('events again', () => store.provenAt > Date.now() - 500)
  })

  it('destroys a connection whose answer came too late, and never reads on', async () => {
    await using server = await startRedis()
    await using link = await openMuteLink(server)
    await using stores = redisStores(`redis://127.0.0.1:${link.port}`, { timeoutMs: 1000 })
    const store = await stores.open(systemClock)
    await store.add(KEY, recordAt(Date.now()))

    link.mute((sent) => /evalsha/i.test(sent) && !/subscribe/i.test(sent))
    const { error, ms } = await failure(store.get(KEY))

    expect(error).toBeInstanceOf(StoreUnreachableError)
    expect(ms).toBeLessThan(patience(1000))
    await eventually('an answer by another one', async () => (await store.get(KEY)) !== undefined)
  })

  it('follows the sentinels to another master, and resurrects nobody', async () => {
    await using redis = await startSentinel()
    await using stores = redisStores(redis.url, { timeoutMs: AWAY_MS })
    const store = await stores.open(systemClock)
    const heard = hear(store)
    const writer = keepWriting(store)
    await eventually('some sessions', () => writer.acknowledged.length > 200)

    await redis.failover()
    const ms = await recovery(store)
    await writer.stop()

    expect(ms).toBeLessThan(patience(2000))
    expect(writer.others).toEqual([])
    await eventually('another link', () => heard.includes(ANY_RECORD))
    await store.add(KEY, recordAt(Date.now()))
    const master = await redis.currentMaster()
    expect(await master.command('EXISTS', `${stores.place.prefix}{${KEY}}`)).toBe(1)
    await eventually('events again', () => store.provenAt > Date.now() - 500)
  })

  it('goes on with the rest of a cluster when one node is frozen, without believing its events', async () => {
    await using cluster = await startCluster()
    await using stores = redisStores(cluster.url, { timeoutMs: AWAY_MS })
    const store = await stores.open(systemClock)
    const keys = Array.from({ length: 24 }, (_, n) => storeKey(`k${n}`))
    for (const key of keys) await store.add(key, recordAt(Date.now()))
    const [frozen, ...others] = cluster.nodes

    frozen?.freeze()
    const frozenAt = Date.now()
    const calls = await Promise.all(keys.map((key) => failure(store.get(key))))
    const failed = calls.filter(({ error }) => error !== undefined)

    expect(failed.length).toBeGreaterThan(0)
    expect(failed.length).toBeLessThan(keys.length)
    expect(
      failed.every(
        ({ error, ms }) => error instanceof StoreUnreachableError && ms < patience(1000),
      ),
    ).toBe(true)
    const sent = await Promise.all(others.map(beatsOf))
    await eventually('more beats of the others', async () => {
      const now = await Promise.all(others.map(beatsOf))
      return now.every((count, i) => count > (sent[i] ?? 0) + 1)
    })
    expect(store.provenAt).toBeLessThanOrEqual(frozenAt + 50)
    frozen?.thaw()
    await eventually('every node again', async () => {
      await Promise.all(keys.map((key) => store.get(key)))
      return store.provenAt > Date.now() - 500
    })
  })
})
