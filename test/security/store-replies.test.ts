// L-2 of what can go wrong: a store's replies that are late, lost, doubled, cut or exchanged make nobody somebody else,
// and sign nobody out.
import { setImmediate } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { createNearCache } from '../../src/session/near.ts'
import { createSealer } from '../../src/session/seal.ts'
import type { OpenSession } from '../../src/session/session.ts'
import { createSessions } from '../../src/session/sessions.ts'
import { StoreUnreachableError } from '../../src/session/store.ts'
import { openRedisStore } from '../../src/session/stores/redis.ts'
import { openDice } from '../support/dice.ts'
import { eventually, startRedis } from '../support/redis.ts'
import { redisPlace } from '../support/redis-stores.ts'
import { type Mishap, startRespMiddleman } from '../support/resp-middleman.ts'

const LONGER = process.env.COATCHECK_LONG === '1' ? 10 : 1
const LONG_MS = 60_000 * LONGER
const PEOPLE = 500
const WORKERS = 50
const DAY = 24 * 3_600_000

async function setUp(timeoutMs: number) {
  const dice = openDice()
  console.log(`replies: COATCHECK_SEED=${dice.seed}`)
  const redis = await startRedis()
  const middleman = await startRespMiddleman(redis)
  const errors: unknown[] = []
  const store = await openRedisStore({
    place: redisPlace(`redis://127.0.0.1:${middleman.port}`, { timeoutMs }),
    clock: systemClock,
    timer: systemClock,
    random: systemRandom,
    onError: (error) => errors.push(error),
  })
  let unsealable = 0
  const sessions = createSessions({
    store,
    sealer: createSealer(systemRandom),
    near: createNearCache(0),
    clock: systemClock,
    random: systemRandom,
    idleMs: DAY,
    lifetimeMs: DAY,
    events: { touchFailed: (error) => errors.push(error), unsealable: () => unsealable++ },
  })
  const people: Array<{ name: string; session: OpenSession; renewed: number; tries: number }> = []
  for (let index = 0; index < PEOPLE; index++) {
    const name = `p${index}`
    const tokens = { access: tokenOf(name, 0), issuedAt: 0 }
    const details = { provider: 'main', sub: name, claims: {}, tokens, device: 'a test' }
    // Where time is short a first try may fail.
    await eventually(`a session for ${name}`, async () => {
      people.push({ name, session: await sessions.start(details), renewed: 0, tries: 0 })
      return true
    })
  }
  return {
    dice,
    middleman,
    store,
    sessions,
    people,
    errors,
    unsealable: () => unsealable,
    /** Replies that the driver saw were not its own. */
    mismatches: () => errors.filter((error) => codeOf(error) === 'REPLY_MISMATCH').length,
    async [Symbol.asyncDispose]() {
      sessions.close()
      await store.close()
      await middleman[Symbol.asyncDispose]()
      await redis[Symbol.asyncDispose]()
    },
  }
}

type House = Awaited<ReturnType<typeof setUp>>
type Someone = House['people'][number]

/** Everybody asks, renews and is seen, each person by one worker, so that what must be there is known. */
async function goOn(it: House, operations: number) {
  const { sessions, store, people, dice } = it
  const foreign: string[] = []
  const lost: string[] = []
  let done = 0
  let unreachable = 0

  async function find(someone: Someone) {
    const { name, session } = someone
    const found = await sessions.find(session.ticket)
    if (found.kind !== 'active') lost.push(`${name}: ${found.kind}`)
    else judge(found.session, someone)
  }

  function judge(found: OpenSession, { name, renewed }: Someone) {
    const { access } = found.content.tokens.main ?? { access: 'none' }
    const number = Number(access.split('.')[2])
    if (found.record.sub !== name || access !== tokenOf(name, number)) {
      foreign.push(`${name}: ${found.record.sub} ${access}`)
    } else if (number < renewed) lost.push(`${name}: ${number}, acknowledged ${renewed}`)
  }

  async function renew(someone: Someone) {
    const number = ++someone.tries
    const tokens = { access: tokenOf(someone.name, number), issuedAt: 0 }
    const replaced = await sessions.replaceTokens(someone.session, 'main', tokens)
    if (replaced.kind !== 'replaced') lost.push(`${someone.name}: renewal ${replaced.kind}`)
    else Object.assign(someone, { session: replaced.session, renewed: number })
  }

  const act = (someone: Someone) => {
    const kind = dice.roll(10)
    if (kind < 7) return find(someone)
    if (kind < 9) {
      const times = { seenAt: Date.now(), idleAt: Date.now() + DAY }
      return store.touch(someone.session.ticket.storeKey, times)
    }
    return renew(someone)
  }

  await Promise.all(
    Array.from({ length: WORKERS }, async (_, worker) => {
      const own = people.filter((_, index) => index % WORKERS === worker)
      while (done < operations) {
        done++
        try {
          await act(dice.pick(own))
        } catch (error) {
          if (!(error instanceof StoreUnreachableError)) throw error
          unreachable++
          // As a browser's next request would: not in the same breath.
          await setImmediate()
        }
      }
    }),
  )
  return { foreign, lost, unreachable, done }
}

/** Swaps one pair on each connection, and tells how many of them the driver did not see. */
function swapOneByOne({ middleman, dice, mismatches }: House) {
  const { injected } = middleman
  const unseen = { count: 0 }
  let last = { connection: 0, swaps: 0, seen: 0 }
  let replies = 0
  middleman.judge = ({ command, connection }) => {
    replies++
    if (command !== 'evalsha') return undefined
    if (connection <= last.connection) {
      // Given up long ago, unless nobody saw that it should be.
      if (replies < 1000) return undefined
      if (mismatches() === last.seen && injected.swap > last.swaps) unseen.count++
    }
    if (dice.roll(100) > 0) return undefined
    last = { connection, swaps: injected.swap, seen: mismatches() }
    replies = 0
    return { kind: 'swap' }
  }
  return unseen
}

describe('100,000 operations', () => {
  it(
    'through somebody who exchanges replies: each exchange is seen, and nobody is another or signed out',
    async () => {
      await using it = await setUp(800)
      const { middleman } = it
      // Until Redis knows every script its first replies are all alike.
      await goOn(it, 500)
      const unseen = swapOneByOne(it)

      const told = await goOn(it, 100_000 * LONGER)
      const { injected } = middleman

      console.log(`replies: ${JSON.stringify({ ...told, injected, seen: it.mismatches() })}`)
      expect([told.foreign, told.lost]).toEqual([[], []])
      expect(injected.swap).toBeGreaterThan(50)
      expect(unseen.count).toBe(0)
      expect(it.mismatches()).toBeGreaterThanOrEqual(injected.swap)
      expect(it.unsealable()).toBe(0)
    },
    LONG_MS,
  )
})

describe('replies that are late, lost, doubled or cut', () => {
  it(
    'lead nobody to another, lose no acknowledged renewal and sign nobody out',
    async () => {
      await using it = await setUp(300)
      const { middleman, dice } = it
      const mishaps: ReadonlyArray<() => Mishap> = [
        () => ({ kind: 'delay', ms: 200 + dice.roll(300) }),
        () => ({ kind: 'drop' }),
        () => ({ kind: 'duplicate' }),
        () => ({ kind: 'swap' }),
        () => ({ kind: 'cut', bytes: dice.roll(120) }),
      ]
      middleman.judge = ({ command }) =>
        command === 'evalsha' && dice.roll(100) === 0 ? dice.pick(mishaps)() : undefined

      const told = await goOn(it, 6_000 * LONGER)
      middleman.judge = () => undefined
      const after = await goOn(it, 2_000)

      console.log(`storm: ${JSON.stringify({ ...told, injected: middleman.injected })}`)
      expect([told.foreign, told.lost]).toEqual([[], []])
      expect([after.foreign, after.lost]).toEqual([[], []])
      for (const count of Object.values(middleman.injected)) expect(count).toBeGreaterThan(0)
      expect(told.unreachable).toBeGreaterThan(0)
    },
    LONG_MS,
  )
})

it('this way of spoiling replies gives people the values of others where replies go by their place', async () => {
  const dice = openDice()
  await using redis = await startRedis()
  await using middleman = await startRespMiddleman(redis)
  const client = new Redis({ host: '127.0.0.1', port: middleman.port })
  await Promise.all(Array.from({ length: WORKERS }, (_, owner) => client.set(`k${owner}`, owner)))
  middleman.judge = ({ command }) =>
    command === 'get' && dice.roll(100) === 0 ? { kind: 'swap' } : undefined
  let foreign = 0

  await Promise.all(
    Array.from({ length: WORKERS }, async (_, owner) => {
      for (let count = 0; count < 100; count++) {
        if ((await client.get(`k${owner}`)) !== `${owner}`) foreign++
      }
    }),
  )
  client.disconnect()

  expect(middleman.injected.swap).toBeGreaterThan(10)
  expect(foreign).toBe(middleman.injected.swap * 2)
})

function tokenOf(name: string, number: number): string {
  return `tok.${name}.${number}`
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
