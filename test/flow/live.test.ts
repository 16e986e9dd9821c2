// What stays open belongs to a session: every end of the session ends it, and nothing else does.
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { SESSION_TOPIC, StoreUnreachableError } from '../../src/session/store.ts'
import { manualClock } from '../support/clock.ts'
import {
  cookieOf,
  type GatewaySettings,
  type RouteSettings,
  startGateway,
} from '../support/gateway.ts'
import { openStream, openWebSocket } from '../support/live-client.ts'
import { startLiveUpstream } from '../support/live-upstream.ts'
import { patience } from '../support/promised.ts'
import { openTestStore } from '../support/stores.ts'
import { startUpstream, type TestUpstreamOptions } from '../support/upstream.ts'

const PROMISED_MS = 1000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

interface Settings extends Partial<GatewaySettings> {
  readonly signIn?: TestUpstreamOptions
  readonly route?: Partial<RouteSettings>
}

async function start({ signIn, route, ...settings }: Settings = {}) {
  const stack = new AsyncDisposableStack()
  const people = stack.use(await startUpstream(signIn))
  const upstream = stack.use(await startLiveUpstream({ people }))
  const gateway = stack.use(
    await startGateway({
      signInAt: people.url,
      routes: [{ prefix: '/api', upstream: upstream.url, ...route }],
      ...settings,
    }),
  )
  const { port } = gateway
  /** Both kinds, open and heard from. */
  const openBoth = async (cookie: string, name: string) => {
    const socket = stack.use(openWebSocket({ port, cookie }))
    const stream = stack.use(await openStream({ port, cookie }))
    expect(await socket.opened).toBe('open')
    await stream.until(`data: ${name}`)
    socket.ws.send('hello')
    expect(await socket.next()).toBe(`${name}: hello`)
    return { socket, stream }
  }
  const { live } = gateway.app.coatcheck
  return {
    people,
    upstream,
    gateway,
    openBoth,
    live,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Time moves only by hand, and the far side of a connection need not show meanwhile that it is there. */
function byHand() {
  const clock = manualClock()
  const live = {
    perSession: 10,
    perProcess: 10,
    pingMs: 24 * HOUR_MS,
    idleMs: undefined,
    maxMessage: 1000,
  }
  return { clock, settings: { live, signIn: { clock }, options: { clock } } }
}

/** Both ended because of `reason`, within a second, and the event stream whole. */
async function expectOver(
  { socket, stream }: Awaited<ReturnType<Awaited<ReturnType<typeof start>>['openBoth']>>,
  since: number,
  reason: string,
) {
  const [ended, gone] = await Promise.all([socket.closed, stream.closed])
  expect(ended).toMatchObject({ code: 4401, reason })
  expect(gone.whole).toBe(true)
  expect(Math.max(ended.at, gone.at) - since).toBeLessThan(patience(PROMISED_MS))
}

describe('an end of a session', () => {
  it('signing out closes its own WebSockets and event streams, and nobody else’s', async () => {
    await using it = await start()
    const [ada, bob] = [await it.gateway.signIn('ada'), await it.gateway.signIn('bob')]
    const [hers, his] = [await it.openBoth(ada.cookie, 'ada'), await it.openBoth(bob.cookie, 'bob')]

    const since = performance.now()
    expect((await ada.send('/auth/logout', { method: 'POST' })).status).toBe(204)

    await expectOver(hers, since, 'signed_out')
    his.socket.ws.send('still here')
    expect(await his.socket.next()).toBe('bob: still here')
    await expect.poll(() => it.live.counts).toEqual({ websocket: 1, events: 1, answer: 0 })
    await expect.poll(() => it.upstream.sockets[0]?.ws.readyState).toBe(3)
    await it.upstream.streams[0]?.closed
  })

  it('an operator’s does', async () => {
    await using it = await start()
    const ada = await it.gateway.signIn('ada')
    const open = await it.openBoth(ada.cookie, 'ada')

    const since = performance.now()
    await it.gateway.app.coatcheck.desk({ do: 'end', who: { provider: 'main', sub: 'ada' } })

    await expectOver(open, since, 'revoked')
  })

  it('signing in again, as somebody else or oneself, does', async () => {
    await using it = await start()
    const ada = await it.gateway.signIn('ada')
    const open = await it.openBoth(ada.cookie, 'ada')

    const since = performance.now()
    const answer = await ada.send('/auth/login', {
      method: 'POST',
      json: { username: 'bob', password: 'x' },
    })

    await expectOver(open, since, 'replaced')
    await it.openBoth(cookieOf(answer), 'bob')
  })

  it('idle time does, unless messages of the browser’s slide it', async () => {
    const { clock, settings } = byHand()
    await using it = await start({
      ...settings,
      session: { idleMs: MINUTE_MS, lifetimeMs: HOUR_MS },
    })
    const [ada, bob] = [await it.gateway.signIn('ada'), await it.gateway.signIn('bob')]
    const [silent, talking] = [
      await it.openBoth(ada.cookie, 'ada'),
      await it.openBoth(bob.cookie, 'bob'),
    ]

    clock.advance(MINUTE_MS - PROMISED_MS)
    // What comes down keeps nobody signed in.
    it.upstream.sockets[0]?.ws.send('news')
    expect(await silent.socket.next()).toBe('news')
    talking.socket.ws.send('I am here')
    expect(await talking.socket.next()).toBe('bob: I am here')
    clock.advance(2 * PROMISED_MS)

    expect(await silent.socket.closed).toMatchObject({ code: 4401, reason: 'idle' })
    expect((await silent.stream.closed).whole).toBe(true)
    talking.socket.ws.send('still')
    expect(await talking.socket.next()).toBe('bob: still')
  })

  it('idle time does on a passive route, whatever the browser says', async () => {
    const { clock, settings } = byHand()
    await using it = await start({
      ...settings,
      session: { idleMs: MINUTE_MS, lifetimeMs: HOUR_MS },
      route: { passive: true },
    })
    const ada = await it.gateway.signIn('ada')
    const { socket } = await it.openBoth(ada.cookie, 'ada')

    clock.advance(MINUTE_MS - PROMISED_MS)
    socket.ws.send('I am here')
    expect(await socket.next()).toBe('ada: I am here')
    clock.advance(2 * PROMISED_MS)

    expect(await socket.closed).toMatchObject({ code: 4401, reason: 'idle' })
  })

  it('its own end does, within a second', async () => {
    const { clock, settings } = byHand()
    await using it = await start({
      ...settings,
      session: { idleMs: MINUTE_MS, lifetimeMs: MINUTE_MS },
    })
    // Not in step with the looks.
    clock.advance(1100)
    const ada = await it.gateway.signIn('ada')
    const { socket, stream } = await it.openBoth(ada.cookie, 'ada')

    clock.advance(MINUTE_MS - 1)
    socket.ws.send('I am here')
    expect(await socket.next()).toBe('ada: I am here')
    clock.advance(PROMISED_MS)

    expect(await socket.closed).toMatchObject({ code: 4401, reason: 'expired' })
    expect((await stream.closed).whole).toBe(true)
  })

  it('the end of a token that nothing renews does, within a second', async () => {
    const { clock, settings } = byHand()
    await using it = await start({
      ...settings,
      signIn: { clock, accessMs: MINUTE_MS },
      provider: { refresh: undefined },
    })
    // Not in step with the looks.
    clock.advance(1100)
    const ada = await it.gateway.signIn('ada')
    const { socket, stream } = await it.openBoth(ada.cookie, 'ada')

    // Its end is in whole seconds.
    clock.advance(MINUTE_MS - 101)
    socket.ws.send('I am here')
    expect(await socket.next()).toBe('ada: I am here')
    clock.advance(PROMISED_MS)

    expect(await socket.closed).toMatchObject({ code: 4401, reason: 'token_expired' })
    expect((await stream.closed).whole).toBe(true)
  })

  it('does it even where it came between the look at the session and the connection', async () => {
    const asked = Promise.withResolvers<void>()
    await using it = await start()
    await using slow = await startLiveUpstream({
      people: it.people,
      onHandshake: () => {
        asked.resolve()
        return true
      },
    })
    await using gateway = await startGateway({
      signInAt: it.people.url,
      routes: [{ prefix: '/api', upstream: slow.url }],
    })
    const ada = await gateway.signIn('ada')
    using socket = openWebSocket({ port: gateway.port, cookie: ada.cookie })
    await asked.promise

    await ada.send('/auth/logout', { method: 'POST' })

    expect(await socket.opened).toMatchObject({ status: 401, code: 'session_ended' })
    await expect.poll(() => slow.open).toBe(0)
  })

  it('lets nothing through any more, either way', async () => {
    await using it = await start()
    const ada = await it.gateway.signIn('ada')
    const { socket, stream } = await it.openBoth(ada.cookie, 'ada')
    const [up] = it.upstream.sockets
    const heard: string[] = []
    up?.ws.on('message', (data) => heard.push(String(data)))
    const [streaming] = it.upstream.streams
    let n = 0
    const flood = setInterval(() => {
      n++
      up?.ws.send(`down ${n}`)
      streaming?.response.write(`data: down ${n}\n\n`)
      if (socket.ws.readyState === socket.ws.OPEN) socket.ws.send(`up ${n}`)
    }, 1)
    await stream.until('down 20')

    await it.gateway.app.coatcheck.sessions.end(sessionKeyOf(it), 'revoked')
    const before = n
    await Promise.all([socket.closed, stream.closed])
    // More than what may have been under way at that moment.
    await expect.poll(() => n).toBeGreaterThan(before + 200)
    clearInterval(flood)

    const late = (text: string) => Number(/down (\d+)/.exec(text)?.[1] ?? 0) > before + 100
    expect(socket.messages.filter(({ data }) => late(String(data)))).toEqual([])
    await expect.poll(() => it.live.counts).toEqual({ websocket: 0, events: 0, answer: 0 })
  })
})

function sessionKeyOf(it: Awaited<ReturnType<typeof start>>) {
  const [session] = it.gateway.app.coatcheck.near.all()
  if (!session) throw new Error('somebody is signed in')
  return session.ticket.storeKey
}

describe('a renewed token', () => {
  const renew = async (route: Partial<RouteSettings>) => {
    let aheadMs = 0
    const clock = { ...systemClock, now: () => Date.now() + aheadMs }
    const it = await start({ route, signIn: { clock, accessMs: 600_000 }, options: { clock } })
    const ada = await it.gateway.signIn('ada')
    const open = await it.openBoth(ada.cookie, 'ada')
    aheadMs = 610_000
    const after = await it.openBoth(ada.cookie, 'ada')
    expect(it.people.refreshes).toHaveLength(1)
    return { it, open, after, [Symbol.asyncDispose]: () => it[Symbol.asyncDispose]() }
  }

  it('leaves open what was opened with the old one', async () => {
    await using all = await renew({})

    all.open.socket.ws.send('x')
    expect(await all.open.socket.next()).toBe('ada: x')
    expect(all.it.live.counts).toMatchObject({ websocket: 2, events: 2 })
  })

  it('ends what was opened with the old one where the route says so', async () => {
    await using all = await renew({ dropOnRefresh: true })

    expect(await all.open.socket.closed).toMatchObject({ code: 1012, reason: 'token renewed' })
    expect((await all.open.stream.closed).whole).toBe(true)
    all.after.socket.ws.send('x')
    expect(await all.after.socket.next()).toBe('ada: x')
  })
})

describe('a store that is away', () => {
  it('closes nobody’s, and what ended meanwhile is closed when it is back', async () => {
    await using opened = await openTestStore('memory', systemClock)
    const listeners = new Set<(message: string) => void>()
    let [away, provenAt, asked] = [false, Infinity, 0]
    const { store } = opened
    const flaky = new Proxy(store, {
      get(target, name: keyof typeof store) {
        if (name === 'provenAt') return provenAt
        if (name === 'subscribe') {
          return (topic: string, listener: (message: string) => void) => {
            if (topic === SESSION_TOPIC) listeners.add(listener)
            return target.subscribe(topic, (message) => {
              if (!away) listener(message)
            })
          }
        }
        const value = target[name]
        if (typeof value !== 'function') return value
        if (name !== 'get') return value.bind(target)
        return (...args: unknown[]) =>
          away
            ? Promise.reject(new StoreUnreachableError(`away ${asked++}`))
            : Reflect.apply(value, target, args)
      },
    })
    await using it = await start({ options: { store: flaky } })
    const [ada, bob] = [await it.gateway.signIn('ada'), await it.gateway.signIn('bob')]
    const [hers, his] = [await it.openBoth(ada.cookie, 'ada'), await it.openBoth(bob.cookie, 'bob')]
    const key = it.gateway.app.coatcheck.near.all().find(({ record }) => record.sub === 'ada')
      ?.ticket.storeKey
    if (!key) throw new Error('she is signed in')

    away = true
    provenAt = Date.now() - 5000
    for (const listener of listeners) listener('*')
    await store.delete(key, 'revoked', Date.now())
    await expect.poll(() => asked).toBeGreaterThan(4)
    hers.socket.ws.send('kept')
    expect(await hers.socket.next()).toBe('ada: kept')

    away = false
    provenAt = Infinity
    const since = performance.now()

    await expectOver(hers, since, 'revoked')
    his.socket.ws.send('kept')
    expect(await his.socket.next()).toBe('bob: kept')
  })
})

// It is one only after five seconds.
describe('an answer that takes long', { timeout: 60_000 }, () => {
  it('is over with its session: told so where it has not begun, cut off where it has', async () => {
    await using it = await start()
    const [ada, bob] = [await it.gateway.signIn('ada'), await it.gateway.signIn('bob')]
    it.people.onHead('/poll', () => undefined)
    it.people.onHead('/drip', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      response.write('a')
    })
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: it.people.url }],
      options: { store: it.gateway.app.coatcheck.store },
    })
    const { port } = gateway
    const poll = gateway.person(ada.cookie).get('/api/poll')
    using drip = await openStream({ port, cookie: ada.cookie, path: '/api/drip' })
    using others = await openStream({ port, cookie: bob.cookie, path: '/api/drip' })
    const { counts } = gateway.app.coatcheck.live
    await expect.poll(() => counts.answer).toBe(3)

    const since = performance.now()
    await ada.send('/auth/logout', { method: 'POST' })

    expect(await poll).toMatchObject({ status: 401 })
    expect((await poll).json()).toMatchObject({ code: 'session_ended', reason: 'signed_out' })
    expect((await drip.closed).whole).toBe(false)
    expect(performance.now() - since).toBeLessThan(patience(PROMISED_MS))
    await expect.poll(() => counts.answer).toBe(1)
    expect(others.text).toBe('a')
  })
})

describe('a stop of the gateway', () => {
  it('closes WebSockets and ends event streams at once', async () => {
    await using it = await start()
    const ada = await it.gateway.signIn('ada')
    const { socket, stream } = await it.openBoth(ada.cookie, 'ada')

    const since = performance.now()
    await it.gateway.close()

    expect(await socket.closed).toMatchObject({ code: 1001, reason: 'restarting' })
    expect((await stream.closed).whole).toBe(true)
    // The drain itself would wait for 25 seconds.
    expect(performance.now() - since).toBeLessThan(12_000)
  })
})

describe('an event stream', () => {
  it('comes as it is sent, and is not ended for being silent', async () => {
    const clock = manualClock()
    await using it = await start({ signIn: { clock, accessMs: HOUR_MS }, options: { clock } })
    const ada = await it.gateway.signIn('ada')
    using stream = await openStream({ port: it.gateway.port, cookie: ada.cookie })
    await stream.until('data: ada')

    clock.advance(HOUR_MS / 2)
    it.upstream.streams[0]?.response.write('data: later\n\n')

    await stream.until('data: later')
    expect(it.live.counts.events).toBe(1)
  })

  it('that its upstream ends is over, and counted as such', async () => {
    await using it = await start()
    const ada = await it.gateway.signIn('ada')
    using stream = await openStream({ port: it.gateway.port, cookie: ada.cookie })
    await stream.until('data: ada')

    it.upstream.streams[0]?.response.end()

    expect((await stream.closed).whole).toBe(true)
    await expect.poll(() => it.live.counts.events).toBe(0)
    const { metrics } = it.gateway.app.coatcheck
    await expect
      .poll(async () => (await metrics.render()).text)
      .toContain('coatcheck_live_closed_total{kind="events",why="left"} 1')
  })

  it('counts for the limits like a WebSocket, and one too many never reaches the browser', async () => {
    await using it = await start({
      live: { perSession: 1, perProcess: 10, pingMs: 25_000, idleMs: undefined, maxMessage: 1000 },
    })
    const ada = await it.gateway.signIn('ada')
    using first = await openStream({ port: it.gateway.port, cookie: ada.cookie })
    await first.until('data: ada')

    using second = await openStream({ port: it.gateway.port, cookie: ada.cookie })

    expect(second.status).toBe(429)
    await it.upstream.streams[1]?.closed
    await expect.poll(() => it.live.counts.events).toBe(1)
  })
})
