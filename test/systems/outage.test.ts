// A store that goes away signs nobody out and lets nobody in; requests are told within a second, and it is back soon
// after the store is.
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { login, refusal } from '../support/deployment.ts'
import { type GatewaySettings, type Person, startGateway } from '../support/gateway.ts'
import type { Answer } from '../support/http.ts'
import { send } from '../support/http.ts'
import { type House, houses } from '../support/outages.ts'
import { patience, timed } from '../support/promised.ts'
import { startUpstream } from '../support/upstream.ts'

/** Every request asks the store. */
const NO_MEMORY = { nearCache: { sessions: 0 } }
/** The longest that a request waits for the store. */
const AWAY_MS = 800
const PROMISED = { tellMs: 1000, backMs: 2000 }
const GRACE_MS = 6000
/** Requests of one browser, one after the other. */
const WAITS = 20
const AWAY = [503, 'store_unreachable']

async function setUp(house: House, settings: Partial<GatewaySettings> = {}) {
  const upstream = await startUpstream({ keep: 50_000 })
  const open = await house.open()
  const gateway = await startGateway({
    routes: [{ prefix: '/api', upstream: upstream.url }],
    operators: { host: '127.0.0.1', port: 0 },
    outages: { timeoutMs: AWAY_MS, graceMs: 0 },
    ...settings,
    options: { clock: systemClock, store: open.store },
  })
  return {
    upstream,
    gateway,
    ...open,
    events: () =>
      gateway.log.flatMap((line) => {
        const { event } = JSON.parse(line)
        return String(event).startsWith('outage_') ? [event] : []
      }),
    operators: (path: string) => send(gateway.operatorsUrl ?? '', path),
    async [Symbol.asyncDispose]() {
      await open.back()
      await gateway.close()
      await open[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

/** Asks until the answer is `status`; resolves to how long that took. */
async function until(status: number, call: () => Promise<Answer>, limitMs = 20_000) {
  const since = performance.now()
  for (;;) {
    const { status: got } = await call()
    const ms = performance.now() - since
    if (got === status || ms > limitMs) return ms
    await pause(10)
  }
}

describe.each(houses.gone)('a store that is gone: $name', (house) => {
  it('is told within a second by every endpoint; cookies stay, nothing goes up, nobody is signed out', async () => {
    await using it = await setUp(house, NO_MEMORY)
    const { gateway, upstream } = it
    const ada = await gateway.signIn('ada')
    expect((await ada.get('/api/notes')).status).toBe(200)
    const arrived = upstream.requests.filter(({ path }) => path === '/notes').length

    await it.away()
    const calls: Record<string, () => Promise<Answer>> = {
      get: () => ada.get('/api/notes'),
      post: () => ada.send('/api/notes', { method: 'POST', json: { text: 'hello' } }),
      session: () => ada.get('/auth/session'),
      login: () => gateway.send('/auth/login', login()),
      loginAgain: () => ada.send('/auth/login', login()),
      also: () => gateway.send('/api/login', login()),
      logout: () => ada.send('/auth/logout', { method: 'POST' }),
    }
    const told: Record<string, number> = {}
    for (const [name, call] of Object.entries(calls)) {
      const { answer, ms } = await timed(call)
      expect([name, ...refusal(answer)]).toEqual([name, ...AWAY])
      expect(answer.headers, name).not.toHaveProperty('set-cookie')
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
      expect(ms, name).toBeLessThan(patience(PROMISED.tellMs))
      told[name] = Math.round(ms)
    }
    const asked = upstream.requests.filter(({ path }) => path === '/login').length
    for (let count = 0; count < 20; count++) await gateway.send('/auth/login', login())
    const health = await timed(() => gateway.send('/auth/health'))
    const [live, ready] = [await it.operators('/livez'), await timed(() => it.operators('/readyz'))]

    expect([health.answer.status, live.status, ready.answer.status]).toEqual([503, 200, 503])
    expect(Math.max(health.ms, ready.ms)).toBeLessThan(patience(PROMISED.tellMs))
    console.log(`told ${house.name}: ${JSON.stringify(told)}`)
    expect(upstream.requests.filter(({ path }) => path === '/notes').length).toBe(arrived)
    // Nobody's password goes anywhere for a session that cannot be kept.
    expect(upstream.requests.filter(({ path }) => path === '/login').length).toBe(asked)

    await it.back()
    await until(200, () => ada.get('/api/notes'))
    expect((await ada.get('/auth/session')).json()).toMatchObject({ authenticated: true })
  })

  it('costs a thousand requests no thousand waits, and is over within two seconds of its return', async () => {
    await using it = await setUp(house, NO_MEMORY)
    const { gateway } = it
    const people = await Promise.all(Array.from({ length: 20 }, (_, i) => gateway.signIn(`p${i}`)))
    const ask = (person: Person | undefined) => () => person?.get('/api/notes') ?? missing()

    await it.away()
    const first = await timed(ask(people[0]))
    for (let count = 0; count < 5; count++) await ask(people[1])()
    const since = performance.now()
    const storm = new Set<number>()
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        for (let count = 0; count < WAITS; count++) {
          storm.add((await ask(people[i % people.length])()).status)
        }
      }),
    )
    const stormMs = performance.now() - since
    await it.back()
    const back = await Promise.all(people.map((person) => until(200, ask(person))))

    expect(refusal(first.answer)).toEqual(AWAY)
    expect(first.ms).toBeLessThan(patience(PROMISED.tellMs))
    expect([...storm]).toEqual([503])
    // Half of what as many waits one after another would be.
    expect(stormMs).toBeLessThan((WAITS * AWAY_MS) / 2)
    expect(Math.max(...back)).toBeLessThan(patience(PROMISED.backMs))
    const told = { first: first.ms, stormMs, back: Math.max(...back) }
    console.log(`outage ${house.name}: ${JSON.stringify(told, (_, v) => v?.toFixed?.(0) ?? v)}`)
    await expect.poll(it.events).toEqual(['outage_began', 'outage_ended'])
    const { text } = await gateway.app.coatcheck.metrics.render()
    expect(text).toMatch(/^coatcheck_store_outages_total\{lost="everything"\} 1$/m)
  })
})

// They wait, and no more.
describe.concurrent.each(houses.bridged)('a store that is gone for a while: $name', (house) => {
  it('is bridged by grace for those in memory, for as long as it lasts; an end here stays an end', async () => {
    await using it = await setUp(house, { outages: { timeoutMs: AWAY_MS, graceMs: GRACE_MS } })
    const { gateway } = it
    const [ada, bob, eve] = [
      await gateway.signIn('ada'),
      await gateway.signIn('bob'),
      await gateway.signIn('eve'),
    ]
    for (const one of [ada, bob, eve]) expect((await one.get('/api/notes')).status).toBe(200)
    gateway.app.coatcheck.near.drop(
      gateway.app.coatcheck.near.all().find(({ record }) => record.sub === 'eve')?.ticket
        .storeKey ?? missing(),
    )

    await it.away()
    const since = performance.now()
    const signOut = await bob.send('/auth/logout', { method: 'POST' })
    // How long it lasts is what is tested: after two seconds it still does.
    await pause(Math.max(0, 2000 - (performance.now() - since)))
    const within = await Promise.all([ada, bob, eve].map((one) => one.get('/api/notes')))
    const servedMs = performance.now() - since
    await until(503, () => ada.get('/api/notes'))
    const overMs = performance.now() - since
    await it.back()
    await until(200, () => ada.get('/api/notes'))

    expect(refusal(signOut)).toEqual(AWAY)
    if (servedMs < GRACE_MS - 2000)
      expect(within.map(({ status }) => status)).toEqual([200, 503, 503])
    // The last that was heard may be a moment old when it goes.
    expect(overMs).toBeGreaterThan(GRACE_MS - 2500)
    expect(overMs).toBeLessThan(GRACE_MS + patience(PROMISED.tellMs))
    // Whether the store heard of it is the store's to say; the browser still has its cookie either way.
    expect([200, 401]).toContain((await bob.get('/api/notes')).status)
    expect((await eve.get('/api/notes')).status).toBe(200)
  })
})

describe.each(houses.full)('a store that is full: $name', (house) => {
  it('refuses sign-ins, and goes on serving who is signed in', async () => {
    await using it = await setUp(house, NO_MEMORY)
    const { gateway } = it
    const ada = await gateway.signIn('ada')

    await it.fill()
    const signIns = []
    for (let count = 0; count < 5; count++) {
      signIns.push(refusal(await gateway.send('/auth/login', login())))
    }
    const served = await Promise.all(Array.from({ length: 50 }, () => ada.get('/api/notes')))
    const session = await ada.get('/auth/session')
    const signOut = await ada.send('/auth/logout', { method: 'POST' })
    await it.back()
    await until(200, () => gateway.send('/auth/login', login()))

    expect(signIns).toEqual(Array(5).fill(AWAY))
    expect(new Set(served.map(({ status }) => status))).toEqual(new Set([200]))
    expect(session.json()).toMatchObject({ authenticated: true })
    expect(signOut.status).toBe(house.full === 'ends' ? 204 : 503)
    await expect.poll(it.events).toEqual(['outage_began', 'outage_ended'])
  })
})

function missing(): never {
  throw new Error('nobody is there')
}
