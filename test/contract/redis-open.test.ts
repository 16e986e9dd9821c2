// Opening a Redis: what it may be, and the one sentence when it cannot be used: where, what is wrong, what to do.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisStoreConfig } from '../../src/config/config.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { openRedisStore } from '../../src/session/stores/redis.ts'
import { unfit } from '../../src/session/stores/redis-about.ts'
import { freePort } from '../support/free-port.ts'
import { recordAt, storeKey } from '../support/records.ts'
import { type ClusterRedis, startCluster, startRedis, startSentinel } from '../support/redis.ts'
import { redisPlace, redisStores } from '../support/redis-stores.ts'

async function openAt(place: RedisStoreConfig) {
  const onError = () => {}
  const times = { clock: systemClock, timer: systemClock, openMs: 2000 }
  const options = { ...times, random: systemRandom, onError }
  const store = await openRedisStore({ ...options, place })
  return { store, about: store.about, [Symbol.asyncDispose]: () => store.close() }
}

/** The sentence with which opening it fails; the canary is a password. */
async function refusalOf(url: string, over: Partial<RedisStoreConfig> = {}): Promise<string> {
  const error: unknown = await openAt(redisPlace(url, over)).then(
    (opened) => opened[Symbol.asyncDispose]().then(() => 'it was opened'),
    (cause: unknown) => cause,
  )
  const text = error instanceof Error ? error.message : String(error)
  expect(text).not.toContain('canary')
  expect(text).not.toContain('\n')
  return text
}

const tls = { tls: 'verified' } as const

describe('opening a redis store', () => {
  const stack = new AsyncDisposableStack()
  let plain: Awaited<ReturnType<typeof startRedis>>
  let secret: Awaited<ReturnType<typeof startRedis>>
  let encrypted: Awaited<ReturnType<typeof startRedis>>
  beforeAll(async () => {
    plain = stack.use(await startRedis())
    secret = stack.use(await startRedis({ password: 'canary-right' }))
    encrypted = stack.use(await startRedis({ tls: true }))
  })
  afterAll(() => stack.disposeAsync())

  it('wants user and password where the server does', async () => {
    const where = `Redis at 127.0.0.1:${secret.port}`
    const mend = 'write them into the URL as redis://user:password@host'

    expect(await refusalOf(`redis://127.0.0.1:${secret.port}`)).toBe(
      `${where} refuses the sign-in without a password: ${mend}`,
    )
    expect(await refusalOf(`redis://:canary-wrong@127.0.0.1:${secret.port}`)).toBe(
      `${where} refuses the user name or password: ${mend}`,
    )
    await using opened = await openAt(redisPlace(secret.url))
    await opened.store.ping()
  })

  it('says where nobody listens, answers or speaks Redis', async () => {
    const free = await freePort()
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    const web = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    }).listen(0, '127.0.0.1')
    await Promise.all([once(silent, 'listening'), once(web, 'listening')])
    const portOf = (server: typeof silent) => (server.address() as { port: number }).port

    expect(await refusalOf(`redis://:canary@127.0.0.1:${free}`)).toBe(
      `Redis at 127.0.0.1:${free} refuses connections: start it, or mend host and port`,
    )
    expect(await refusalOf('redis://nobody.invalid')).toBe(
      'Redis at nobody.invalid:6379 is a name that nobody knows: mend the host in the URL',
    )
    expect(await refusalOf(`redis://127.0.0.1:${portOf(silent)}`, { timeoutMs: 100 })).toMatch(
      / does not answer: mend host and port/,
    )
    expect(await refusalOf(`redis://127.0.0.1:${portOf(web)}`)).toMatch(
      / does not speak Redis: mend host and port$/,
    )
    silent.close()
    web.close()
  })

  it('tells a database that does not exist from the first', async () => {
    expect(await refusalOf(`${plain.url}/99`)).toMatch(
      /has no database 99: choose another number at the end of the URL/,
    )
    await using opened = await openAt(redisPlace(`${plain.url}/3`))
    await opened.store.add(storeKey('k'), recordAt(Date.now()))
    expect((await plain.info('keyspace')).get('db3')).toContain('keys=')
  })

  it('names both mends where no known authority signed the certificate, and takes either', async () => {
    expect(await refusalOf(encrypted.url)).toBe(
      `Redis at 127.0.0.1:${encrypted.port} shows a certificate that no known authority signed: ` +
        'set store.tls (or COATCHECK_REDIS_TLS) to the file of its certificate authority, ' +
        'or, where there is none to be had (Heroku), to unverified',
    )
    for (const choice of ['unverified', { ca: encrypted.ca ?? '' }] as const) {
      await using opened = await openAt(redisPlace(encrypted.url, { tls: choice }))
      await opened.store.ping()
    }
  })

  it('tells TLS from plain on both sides', async () => {
    expect(await refusalOf(`rediss://127.0.0.1:${plain.port}`, tls)).toMatch(
      /does not (speak|answer).* redis:\/\/ (instead of rediss:\/\/|where it has no TLS)/,
    )
    expect(await refusalOf(`redis://127.0.0.1:${encrypted.port}`)).toMatch(
      /closes the connection without a word: .* rediss:\/\/ where it wants TLS|does not speak Redis/,
    )
  })

  it('wants a Redis of 6.2, or a Valkey', () => {
    const complaint = (version: string) =>
      unfit(new Map([['redis_version', version]]), redisPlace('redis://cache'))

    expect(['6.2.0', '6.10.1', '7.0.15', '8.4.0', '10.0.0'].map(complaint)).toEqual(
      Array(5).fill(undefined),
    )
    expect(complaint('6.0.16')).toBe(
      'Redis at cache:6379 is version 6.0.16: Coatcheck needs Redis 6.2 or later, or Valkey',
    )
    expect(unfit(new Map(), redisPlace('redis://cache'))).toBeUndefined()
  })

  it('says what it is, what it uses of what is allowed, and warns where it evicts', async () => {
    await using evicting = await startRedis({
      config: [
        ['maxmemory-policy', 'volatile-ttl'],
        ['maxclients', '77'],
        ['rename-command', 'CONFIG', ''],
      ],
    })
    await using opened = await openAt(redisPlace(evicting.url))

    expect(opened.about?.place).toMatch(
      new RegExp(`^(redis|valkey) \\d+\\.\\d+\\.\\d+ 127\\.0\\.0\\.1:${evicting.port}$`),
    )
    expect(opened.about?.detail).toBe('2 connections, of 77 allowed')
    expect(opened.about?.warnings).toEqual([
      'Redis evicts sessions when it is full (maxmemory-policy volatile-ttl), which signs people out: set it to noeviction',
    ])
    const clients = String(await evicting.command('CLIENT', 'LIST'))
    expect(clients.match(/name=coatcheck /g)).toHaveLength(2)
    await using quiet = await openAt(redisPlace(plain.url))
    expect(quiet.about?.warnings).toEqual([])
  })

  it('names what a user may not do', async () => {
    await plain.command('ACL', 'SETUSER', 'poor', 'on', '>canary', '~*', '&none', '+@all')
    const url = `redis://poor:canary@127.0.0.1:${plain.port}`

    expect(await refusalOf(url)).toMatch(
      /does not let this user do what sessions need .*: allow it \+@all on the keys and channels/,
    )
    const rights = ['~test-*', '&test-*', '+@all', '-@admin', '-@dangerous']
    await plain.command('ACL', 'SETUSER', 'rich', 'on', '>canary', ...rights)
    await using opened = await openAt(redisPlace(url.replace('poor', 'rich')))
    await opened.store.ping()
    expect(opened.about?.detail).toBe('2 connections, limit unknown')
  })
})

describe('opening what is not what its address says', () => {
  let cluster: ClusterRedis
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(() => cluster[Symbol.asyncDispose]())

  it('takes one node of a cluster for the cluster', async () => {
    const [first] = cluster.nodes
    await using stores = redisStores(first?.url ?? '')
    const store = await stores.open()
    const keys = Array.from({ length: 30 }, (_, n) => storeKey(`k${n}`))

    for (const key of keys) await store.add(key, recordAt(stores.clock.now()))

    expect(await store.count()).toBe(30)
    expect(store.about?.place).toMatch(/\(cluster\)$/)
    expect(store.about?.detail).toMatch(/^4 connections to 3 nodes, of \d+ allowed$/)
    const sizes = await Promise.all(cluster.nodes.map((node) => node.command('DBSIZE')))
    expect(sizes.every((size) => Number(size) > 0)).toBe(true)
  })

  it('tells servers, sentinels and clusters apart', async () => {
    await using sentinel = await startSentinel()
    const [guard] = sentinel.sentinels
    const at = `127.0.0.1:${guard?.port}`

    expect(await refusalOf(`redis://${at}`)).toBe(
      `Redis at ${at} is a Sentinel: write redis+sentinel://${at}/<name of its master>`,
    )
    expect(await refusalOf(`redis+sentinel://${at}/other`)).toBe(
      `No sentinel at ${at} knows a master named other: mend the name at the end of the URL, or start them`,
    )
    expect(await refusalOf(`redis+cluster://127.0.0.1:${sentinel.master.port}`)).toMatch(
      /is no cluster: write redis:\/\/ instead of redis\+cluster:\/\//,
    )
  })
})
