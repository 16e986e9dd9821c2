// What sessions cost in Redis: memory for each, and the server's own time and bytes for each thing that is done to one.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { systemClock } from '../../src/lib/clock.ts'
import type { SessionRecord, StoreKey } from '../../src/session/session.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { recordAt } from '../support/records.ts'
import { redisStores } from '../support/redis-stores.ts'
import { startRedisBeside } from './redis.ts'

export interface RedisCost {
  readonly what: string
  /** Of the server's one thread, for each. */
  readonly serverMicros: number
  readonly sentBytes: number
  readonly receivedBytes: number
}

export interface RedisScale {
  readonly sessions: number
  readonly sealedBytes: number
  readonly bytesEach: number
  readonly costs: readonly RedisCost[]
}

const SESSIONS = 100_000
const AT_ONCE = 500
const OPERATIONS = 20_000
/** Two tokens of about 500 B, name and claims. */
const SEALED_BYTES = 1200

export async function measureRedisScale(): Promise<RedisScale> {
  await using stack = new AsyncDisposableStack()
  const dir = mkdtempSync(join(tmpdir(), 'coatcheck-redis-'))
  stack.defer(() => rmSync(dir, { recursive: true, force: true }))
  const url = await startRedisBeside(dir)
  const client = new Redis(url)
  stack.defer(() => client.disconnect())
  const store = await stack.use(redisStores(url)).open(systemClock)

  const before = await number(client, 'memory', 'used_memory')
  const people = Array.from({ length: SESSIONS }, (_, i) => person(i))
  await each(people, ([key, record]) => store.add(key, record))
  const after = await number(client, 'memory', 'used_memory')

  const some = people.slice(0, OPERATIONS)
  const costs: RedisCost[] = []
  for (const [what, work] of works(store)) {
    costs.push(await costOf(client, what, some, work))
  }
  return {
    sessions: SESSIONS,
    sealedBytes: SEALED_BYTES,
    bytesEach: (after - before) / SESSIONS,
    costs,
  }
}

type Person = readonly [key: StoreKey, record: SessionRecord]

function person(i: number): Person {
  const key = randomBytes(32).toString('base64url') as StoreKey
  const sealed = new Uint8Array(randomBytes(SEALED_BYTES))
  return [key, recordAt(Date.now(), { sub: `user-${i}`, ref: `ref-${i}`, sealed })]
}

/** In an order in which each finds what it needs. */
function works(store: SessionStore): ReadonlyArray<readonly [string, (one: Person) => unknown]> {
  return [
    ['read', ([key]) => store.get(key)],
    [
      'slide the idle deadline',
      ([key, { seenAt, idleAt }]) =>
        store.touch(key, { seenAt: seenAt + 1000, idleAt: idleAt + 1000 }),
    ],
    [
      'renew: lease, read, replace, release',
      async ([key, record]) => {
        const lease = await store.lease(key, 25_000)
        await store.get(key)
        await store.replace(key, { ...record, revision: record.revision + 1 })
        await lease?.release()
      },
    ],
    ['end', ([key]) => store.delete(key, 'signed_out', Date.now())],
  ]
}

async function costOf(
  client: Redis,
  what: string,
  people: readonly Person[],
  work: (one: Person) => unknown,
): Promise<RedisCost> {
  const from = await counters(client)
  await each(people, work)
  const to = await counters(client)
  const per = (name: keyof typeof from) => (to[name] - from[name]) / people.length
  return {
    what,
    serverMicros: per('micros'),
    sentBytes: per('output'),
    receivedBytes: per('input'),
  }
}

/** CPU of the main thread: what a shard has one of. */
async function counters(client: Redis) {
  const seconds =
    (await number(client, 'cpu', 'used_cpu_user_main_thread')) +
    (await number(client, 'cpu', 'used_cpu_sys_main_thread'))
  return {
    micros: seconds * 1e6,
    output: await number(client, 'stats', 'total_net_output_bytes'),
    input: await number(client, 'stats', 'total_net_input_bytes'),
  }
}

async function number(client: Redis, section: string, name: string): Promise<number> {
  const text = await client.info(section)
  const [, value] = new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text) ?? []
  if (value === undefined) throw new Error(`this Redis does not tell ${name}`)
  return Number(value)
}

async function each(people: readonly Person[], work: (one: Person) => unknown): Promise<void> {
  for (let at = 0; at < people.length; at += AT_ONCE) {
    await Promise.all(people.slice(at, at + AT_ONCE).map(work))
  }
}
