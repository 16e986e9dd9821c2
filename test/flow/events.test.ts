// GET /auth/events: the present state first, then what becomes of the session, for the one it belongs to.
import { describe, expect, it } from 'vitest'
import { manualClock } from '../support/clock.ts'
import { openEvents } from '../support/event-stream.ts'
import { type GatewaySettings, type Person, startGateway } from '../support/gateway.ts'
import { codeOf } from '../support/problem-code.ts'
import { startUpstream, type TestUpstreamOptions } from '../support/upstream.ts'

const MINUTE = 60_000

async function setUp(
  settings: Partial<GatewaySettings> = {},
  upstreamOptions: TestUpstreamOptions = {},
) {
  const clock = manualClock()
  const resources = new AsyncDisposableStack()
  const upstream = resources.use(await startUpstream({ clock, ...upstreamOptions }))
  const gateway = resources.use(
    await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url }],
      ...settings,
      options: { clock, ...settings.options },
    }),
  )
  return {
    clock,
    upstream,
    gateway,
    open: (who: Person | undefined, headers?: Record<string, string>) =>
      openEvents(gateway.port, gateway.host, who?.cookie, headers),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

describe('every connect', () => {
  it('begins with the present state, whatever the browser says it has seen', async () => {
    await using set = await setUp()
    const ada = await set.gateway.signIn('ada')

    await using events = await set.open(ada, { 'last-event-id': '17' })
    const { data } = await events.event('session.state')

    expect(data).toEqual((await ada.get('/auth/session')).json())
    expect(events.status).toBe(200)
    expect(events.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-accel-buffering': 'no',
    })
    expect(events.text).not.toMatch(/^id:/m)
  })

  it('ends at once where there is nothing to wait for, and the browser comes again later', async () => {
    await using set = await setUp()

    await using events = await set.open(undefined)
    await events.ended

    expect(events.events).toMatchObject([{ event: 'session.state', data: { state: 'absent' } }])
    expect(events.text).toContain('retry: 30000\n\n')
  })

  it('is refused to other sites, whatever they ask of our own pages', async () => {
    await using set = await setUp({ csrf: 'strict' })
    const headers = { 'x-csrf': '1' }
    const answer = await set.gateway.send('/auth/login', {
      method: 'POST',
      headers,
      json: { username: 'ada', password: 'x' },
    })
    const ada = set.gateway.person(String(answer.headers['set-cookie']?.[0]).split(';')[0] ?? '')

    const elsewhere = await ada.get('/auth/events', {
      headers: { cookie: ada.cookie, 'sec-fetch-site': 'cross-site' },
    })
    await using events = await set.open(ada)

    expect(codeOf(elsewhere)).toBe('csrf_refused')
    expect((await events.event('session.state')).data).toMatchObject({ sub: 'ada' })
  })

  it('is limited for each session, and says so', async () => {
    await using set = await setUp({
      live: { pingMs: 25_000, idleMs: 50_000, maxMessage: 1024, perSession: 2, perProcess: 10 },
    })
    const ada = await set.gateway.signIn('ada')
    await using one = await set.open(ada)
    await using two = await set.open(ada)
    await Promise.all([one, two].map((stream) => stream.event('session.state')))

    const third = await ada.get('/auth/events')

    expect([third.status, codeOf(third)]).toEqual([429, 'too_many_connections'])
    expect(set.gateway.app.coatcheck.live.counts.events).toBe(2)
  })
})

describe('a stream', () => {
  it('says when the session ended, and why', async () => {
    await using set = await setUp()
    const ada = await set.gateway.signIn('ada')
    await using events = await set.open(ada)
    await events.event('session.state')

    await ada.send('/auth/logout', { method: 'POST' })
    const { data } = await events.event('session.ended')
    await events.ended

    expect(data).toEqual({ why: 'signed_out' })
    expect(set.gateway.app.coatcheck.live.counts.events).toBe(0)
  })

  it('ends when somebody else signs in here, and says no name', async () => {
    await using set = await setUp()
    const ada = await set.gateway.signIn('ada')
    await using events = await set.open(ada)
    await events.event('session.state')

    await ada.send('/auth/login', { method: 'POST', json: { username: 'bob', password: 'x' } })
    const { data } = await events.event('session.changed')
    await events.ended

    expect(data).toEqual({})
    expect(events.text).not.toContain('bob')
    expect(events.text).toContain('retry: 500\n\n')
  })

  it('says when the tokens were renewed', async () => {
    await using set = await setUp({}, { accessMs: 10 * MINUTE })
    const ada = await set.gateway.signIn('ada')
    await using events = await set.open(ada)
    const { data: before } = await events.event('session.state')

    set.clock.advance(11 * MINUTE)
    await ada.get('/api/notes')
    const { data } = await events.event('session.refreshed')

    expect(data.tokens.main.expiresAt).toBeGreaterThan(before.tokens.main.expiresAt)
    expect(events.text).not.toMatch(/eyJ/)
  })

  it('says that the end is near, once, and that it came', async () => {
    await using set = await setUp({ session: { idleMs: 5 * MINUTE, lifetimeMs: 60 * MINUTE } })
    const ada = await set.gateway.signIn('ada')
    await using events = await set.open(ada)
    await events.event('session.state')
    await turns()

    set.clock.advance(4 * MINUTE)
    const { data } = await events.event('session.ending')
    set.clock.advance(30_000)
    await turns()
    set.clock.advance(30_000)
    const ended = await events.event('session.ended')

    expect(data).toEqual({ seconds: 60 })
    expect(ended.data).toEqual({ why: 'idle' })
    expect(events.events.filter(({ event }) => event === 'session.ending')).toHaveLength(1)
  })

  it('does not keep a session from becoming idle, and hears of requests that do', async () => {
    await using set = await setUp({ session: { idleMs: 5 * MINUTE, lifetimeMs: 60 * MINUTE } })
    const ada = await set.gateway.signIn('ada')
    await using events = await set.open(ada)
    await events.event('session.state')
    await turns()

    set.clock.advance(3 * MINUTE)
    await ada.get('/api/notes')
    set.clock.advance(1 * MINUTE)
    await turns()
    const early = events.events.map(({ event }) => event)
    set.clock.advance(3 * MINUTE)
    await events.event('session.ending')

    expect(early).toEqual(['session.state'])
  })

  it('ends with a token that nothing can renew', async () => {
    await using set = await setUp({ provider: { refresh: undefined } }, { accessMs: 10 * MINUTE })
    const ada = await set.gateway.signIn('ada')
    await using events = await set.open(ada)
    await events.event('session.state')
    await turns()

    set.clock.advance(9 * MINUTE)
    await events.event('session.ending')
    set.clock.advance(1 * MINUTE)

    expect((await events.event('session.ended')).data).toEqual({ why: 'token_expired' })
  })

  it('gives a sign of life before a router loses patience', async () => {
    await using set = await setUp()
    const ada = await set.gateway.signIn('ada')
    await using events = await set.open(ada)
    await events.event('session.state')

    set.clock.advance(20_000)
    set.clock.advance(20_000)
    while ((events.text.match(/^:$/gm) ?? []).length < 2) await turns()
    expect(events.events).toHaveLength(1)
  })

  it('cannot be written into by what an upstream says of its user', async () => {
    await using set = await setUp({
      claims: ['motto'],
      provider: { identity: { url: new URL('http://x'), sub: '/id', name: '/name' } },
    })
    const hostile = 'x\r\n\r\nevent: session.ended\ndata: {}\n\n\u2028'
    await using profile = await startUpstream()
    profile.on('/me', (_request, response) =>
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ id: 'ada', name: hostile, motto: hostile })),
    )
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: set.upstream.url }],
      claims: ['motto'],
      provider: { identity: { url: new URL('/me', profile.url), sub: '/id', name: '/name' } },
      options: { clock: set.clock },
    })
    const ada = await gateway.signIn('ada')

    await using events = await openEvents(gateway.port, gateway.host, ada.cookie)
    await events.event('session.state')

    expect(events.text.split('\n')).toHaveLength(4)
    expect(events.text).not.toMatch(/\r/)
    expect(events.events[0]?.data.claims.motto).toBe(hostile)
  })

  it('is shown out when the gateway closes', async () => {
    await using set = await setUp()
    const ada = await set.gateway.signIn('ada')
    await using events = await set.open(ada)
    await events.event('session.state')

    await set.gateway.close()
    await events.ended

    expect(events.text).toContain('retry: 500\n\n')
  })

  it('of another session hears nothing', async () => {
    await using set = await setUp()
    const [ada, bob] = [await set.gateway.signIn('ada'), await set.gateway.signIn('bob')]
    await using hers = await set.open(ada)
    await using his = await set.open(bob)
    await Promise.all([hers, his].map((stream) => stream.event('session.state')))

    await bob.send('/auth/logout', { method: 'POST' })
    await his.event('session.ended')
    await turns()

    expect(hers.events.map(({ event }) => event)).toEqual(['session.state'])
  })
})

/** What can happen without time passing has happened. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}
