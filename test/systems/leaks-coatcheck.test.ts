// The leak finder finds nothing at Coatcheck, whatever keeps the sessions, and each fault that is put into it.
import { describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { type GatewaySettings, startGateway, type TestGateway } from '../support/gateway.ts'
import { leaksOf } from '../support/leaks.ts'
import { startRedis } from '../support/redis.ts'
import { redisStores } from '../support/redis-stores.ts'
import { startSteadyClock } from '../support/steady-clock.ts'
import { openTestStore } from '../support/stores.ts'
import { startUpstream, type TestUpstreamOptions } from '../support/upstream.ts'

// The longest has a minute and a half to ask for all that it asks for.
vi.setConfig({ testTimeout: 240_000 })

describe.each(['memory', 'sqlite', 'redis'] as const)('Coatcheck, sessions in %s', (kind) => {
  it('gives everybody their own, and all of it is verified', async () => {
    await using stores = await openStore(kind)
    await using it = await setUp(stores.store)

    const { verdict, phases } = await leaksOf(it.gateway, { timeouts: PATIENT })

    expect(verdict).toMatchObject({ outcome: 'clean', leaks: 0, thrownOut: 0 })
    expect(verdict.sentence).toMatch(/^CLEAN: all \d+ answers belonged to whoever asked/)
    // Three phases under load, 40 requests of each user in each.
    expect(verdict.verified).toBeGreaterThan(6 * 40 * 2)
    expect(phases.map(({ name }) => name)).toEqual([
      'one-after-another',
      'simultaneous-sign-in',
      'steady',
      'sign-out',
      'reuse',
    ])
  })
})

describe('Coatcheck without its guard', () => {
  it('is clean as long as nothing else is wrong', async () => {
    await using it = await setUp(undefined, { options: { guard: false } })

    const { verdict } = await leaksOf(it.gateway)

    expect(verdict.outcome).toBe('clean')
  })

  it('is found out where tokens change places in memory', async () => {
    await using it = await setUp(undefined, { options: { guard: false } })
    swapTokensEvery(it.gateway, 25)

    const { verdict } = await leaksOf(it.gateway, { timeouts: SHORT })

    expect(verdict).toMatchObject({ outcome: 'leak' })
    expect(verdict.leaks).toBeGreaterThan(0)
  })

  it('is found out where memory is asked under the wrong key', async () => {
    await using it = await setUp(undefined, { options: { guard: false } })
    misplace(it.gateway)

    const { verdict } = await leaksOf(it.gateway)

    expect(verdict).toMatchObject({ outcome: 'leak' })
    expect(verdict.leaks).toBeGreaterThan(0)
  })

  it('is found out where renewed tokens are written to another session', async () => {
    // Short enough to be renewed within the run, in which nothing is wrong until everybody is known.
    await using it = await setUp(undefined, { options: { guard: false } }, { accessMs: 2000 })
    // Of a busy machine's time only so much as is worked in: the run is never cut short before they are renewed.
    using clock = startSteadyClock()
    let broken = false

    const { verdict } = await leaksOf(
      it.gateway,
      { rate: 400, requests: 100, timeouts: SHORT },
      {
        clock,
        onProgress({ title }) {
          if (broken || title === FIRST_TITLE) return
          broken = true
          writeToOthers(it.gateway)
        },
      },
    )

    expect(broken).toBe(true)
    expect(verdict).toMatchObject({ outcome: 'leak' })
    expect(verdict.leaks + verdict.thrownOut).toBeGreaterThan(0)
  })
})

/** Ends when all has been asked, however long that takes. */
const PATIENT = { requestMs: 20_000, restartMs: 20_000, totalMs: 90_000 }
/** What depends on timing has no shortest history: there is no use in looking for it to the end. */
const SHORT = { requestMs: 5_000, restartMs: 20_000, totalMs: 14_000 }

const FIRST_TITLE = 'One after another'

async function openStore(kind: 'memory' | 'sqlite' | 'redis') {
  if (kind !== 'redis') return openTestStore(kind, systemClock)
  const server = await startRedis()
  const stores = redisStores(server.url)
  return {
    store: await stores.open(systemClock),
    async [Symbol.asyncDispose]() {
      await stores[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

async function setUp(
  store?: SessionStore,
  settings: Partial<GatewaySettings> = {},
  upstreamOptions: TestUpstreamOptions = {},
) {
  const upstream = await startUpstream(upstreamOptions)
  const gateway = await startGateway({
    routes: [{ prefix: '/api', upstream: upstream.url }],
    ...settings,
    options: { ...(store ? { store } : {}), ...settings.options },
  })
  return {
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

/** With every so manieth look into memory, two sessions there get each other's tokens. */
function swapTokensEvery(gateway: TestGateway, looks: number): void {
  const { near } = gateway.app.coatcheck
  const { get } = near
  let count = 0
  Object.assign(near, {
    get(ticket: Parameters<typeof get>[0]) {
      if (++count % looks === 0) {
        const [first, second] = near.all()
        if (first && second) {
          near.put({ ...first, content: second.content })
          near.put({ ...second, content: first.content })
        }
      }
      return get(ticket)
    },
  })
}

/** Whoever asks memory is given what was put there last. */
function misplace(gateway: TestGateway): void {
  const { near } = gateway.app.coatcheck
  const { put, get } = near
  let last: Parameters<typeof put>[0] | undefined
  Object.assign(near, {
    put(session: Parameters<typeof put>[0]) {
      last = session
      put(session)
    },
    get: (ticket: Parameters<typeof get>[0]) => get(ticket) && last,
  })
}

/** What one session was renewed with is written to another. */
function writeToOthers(gateway: TestGateway): void {
  const { sessions, near } = gateway.app.coatcheck
  const { replaceTokens } = sessions
  Object.assign(sessions, {
    replaceTokens(...[session, ...rest]: Parameters<typeof replaceTokens>) {
      const { storeKey } = session.ticket
      const other = near.all().find(({ ticket }) => ticket.storeKey !== storeKey)
      return replaceTokens(other ?? session, ...rest)
    },
  })
}
