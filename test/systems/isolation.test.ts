// Owner in, owner out: ten thousand requests of fifty people, and seeded faults that the same check finds.
import { describe, expect, it } from 'vitest'
import type { StoreKey } from '../../src/session/session.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { type ManualClock, manualClock } from '../support/clock.ts'
import { runCrowd } from '../support/crowd.ts'
import { type Dice, openDice } from '../support/dice.ts'
import { type GatewaySettings, startGateway, type TestGateway } from '../support/gateway.ts'
import { openTestStore, type StoreKind, storeKinds } from '../support/stores.ts'
import { startUpstream } from '../support/upstream.ts'

const HOUR = 3_600_000

describe.each(storeKinds)('fifty people at once, on %s', (kind) => {
  it('get 10,000 answers: each belongs to its asker, and nobody valid is thrown out', async () => {
    await using it = await setUp(kind)

    const report = await it.run({ people: 50, requestsEach: 200, atOnce: 200 })

    const { foreign, foreignUpstream, thrownOut, revived } = report
    expect({ foreign, foreignUpstream, thrownOut, revived }).toEqual({
      foreign: [],
      foreignUpstream: [],
      thrownOut: [],
      revived: [],
    })
    // What was promised did take place.
    expect(report.own.size).toBe(50)
    expect(Math.min(...report.own.values())).toBeGreaterThan(0)
    expect(report.signOuts).toBeGreaterThan(50)
    expect(report.revoked).toBeGreaterThan(20)
    expect(report.refused.afterSignOut).toBeGreaterThan(50)
    expect(report.refused.byUpstream).toBeGreaterThan(1000)
    expect(it.upstream.refreshes.length).toBeGreaterThan(100)
    expect(it.upstream.reuses).toBe(0)
    expect(await it.metric('leak_prevented_total')).toBe(0)
    expect(await it.metric('records_unsealable_total')).toBe(0)
  })
})

const SMALL = { people: 10, requestsEach: 40, atOnce: 20 }

describe.each(storeKinds)('tokens that change places in memory, on %s', (kind) => {
  it('never leave: the guard counts each, and no answer is foreign', async () => {
    await using it = await setUp(kind, {}, alwaysBelieved)

    const report = await it.run({ ...SMALL, disturb: () => swapTokens(it.gateway, it.dice) })

    expect([report.foreign, report.foreignUpstream]).toEqual([[], []])
    expect(await it.metric('leak_prevented_total')).toBeGreaterThan(0)
  })

  it('are found by this check where there is no guard', async () => {
    await using it = await setUp(kind, { options: { guard: false } }, alwaysBelieved)

    const report = await it.run({ ...SMALL, disturb: () => swapTokens(it.gateway, it.dice) })

    expect(report.foreign.length).toBeGreaterThan(0)
    expect(report.foreignUpstream.length).toBeGreaterThan(0)
  })
})

describe.each(storeKinds)('a store that gives one the record of another, on %s', (kind) => {
  it('leads to no foreign answer: the seal does not open, it is counted, and cookies are kept', async () => {
    let swapping = false
    await using it = await setUp(kind, { nearCache: { sessions: 0 } }, (store, dice) =>
      swapReplies(store, dice, () => swapping),
    )

    const report = await it.run({
      ...SMALL,
      disturb() {
        swapping = true
      },
    })

    expect([report.foreign, report.foreignUpstream]).toEqual([[], []])
    expect(report.thrownOut.length).toBeGreaterThan(0)
    expect(report.cookiesCleared).toBe(0)
    expect(await it.metric('records_unsealable_total')).toBeGreaterThan(0)
  })
})

describe.each(storeKinds)('sessions looked up under the wrong key, on %s', (kind) => {
  it('are found by this check where there is no guard', async () => {
    await using it = await setUp(kind, { options: { guard: false } }, alwaysBelieved)
    misplace(it.gateway)

    const report = await it.run(SMALL)

    expect(report.foreign.length).toBeGreaterThan(0)
    expect(report.foreignUpstream.length).toBeGreaterThan(0)
  })

  it('are stopped by the guard', async () => {
    await using it = await setUp(kind, {}, alwaysBelieved)
    misplace(it.gateway)

    const report = await it.run(SMALL)

    expect([report.foreign, report.foreignUpstream]).toEqual([[], []])
    expect(await it.metric('leak_prevented_total')).toBeGreaterThan(0)
  })
})

async function setUp(
  kind: StoreKind,
  settings: Partial<GatewaySettings> = {},
  wrap: (store: SessionStore, dice: Dice) => SessionStore = (store) => store,
) {
  const clock: ManualClock = manualClock()
  const dice = openDice()
  console.log(`isolation on ${kind}: COATCHECK_SEED=${dice.seed}`)
  // Well beyond what counts as young, so that one that expires on its way up is renewed and sent again.
  const accessMs = () => 75_000 + dice.roll(60_000)
  const upstream = await startUpstream({ clock, accessMs, rotation: true, keep: 50_000 })
  const opened = await openTestStore(kind, clock)
  // The clock runs much faster than the machine.
  const patience = { connectMs: HOUR, responseMs: HOUR, idleMs: HOUR, providerMs: HOUR }
  const gateway = await startGateway({
    routes: [{ prefix: '/api', upstream: upstream.url }],
    limits: { signInPerAddress: 1e9, signInPerAccount: 1e9, windowMs: 60_000 },
    timeouts: patience,
    outages: { timeoutMs: HOUR, graceMs: 0 },
    provider: { timeoutMs: HOUR },
    ...settings,
    options: { clock, store: wrap(opened.store, dice), ...settings.options },
  })
  return {
    gateway,
    upstream,
    dice,
    run(size: { people: number; requestsEach: number; atOnce: number; disturb?: () => void }) {
      return runCrowd({ gateway, upstream, clock, dice, ...size })
    },
    async metric(name: string): Promise<number> {
      const { text } = await gateway.app.coatcheck.metrics.render()
      return Number(new RegExp(`^coatcheck_${name} (\\d+)$`, 'm').exec(text)?.[1])
    },
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await opened[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

/** Two sessions in memory get each other's tokens. */
function swapTokens(gateway: TestGateway, dice: Dice): void {
  const { near } = gateway.app.coatcheck
  const [first, second] = dice.shuffle(near.all())
  if (!first || !second) return
  near.put({ ...first, content: second.content })
  near.put({ ...second, content: first.content })
}

/** The clock outruns the beats of a real Redis, without which nothing in memory would be used at all. */
function alwaysBelieved(store: SessionStore): SessionStore {
  return new Proxy(store, {
    get(target, property) {
      if (property === 'provenAt') return Number.POSITIVE_INFINITY
      const value = Reflect.get(target, property)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Every other reply is the record of another key. */
function swapReplies(store: SessionStore, dice: Dice, active: () => boolean): SessionStore {
  const keys: StoreKey[] = []
  return new Proxy(store, {
    get(target, property) {
      if (property === 'add') {
        return (...[key, record]: Parameters<SessionStore['add']>) => {
          keys.push(key)
          return target.add(key, record)
        }
      }
      if (property === 'get') {
        return (key: StoreKey) => target.get(active() && dice.roll(2) === 0 ? dice.pick(keys) : key)
      }
      const value = Reflect.get(target, property)
      return typeof value === 'function' ? value.bind(target) : value
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
