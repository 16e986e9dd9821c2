// WebSockets through the gateway: the same session, tokens and headers as for requests, and nothing lost on the way.
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { manualClock } from '../support/clock.ts'
import type { RouteSettings } from '../support/gateway.ts'
import { type GatewaySettings, startGateway } from '../support/gateway.ts'
import { type OpenOptions, openWebSocket } from '../support/live-client.ts'
import { type LiveUpstreamOptions, startLiveUpstream } from '../support/live-upstream.ts'
import { startUpstream, type TestUpstreamOptions } from '../support/upstream.ts'

async function start(
  up: LiveUpstreamOptions = {},
  route: Partial<RouteSettings> = {},
  rest: Partial<GatewaySettings> & { readonly signIn?: TestUpstreamOptions } = {},
) {
  const stack = new AsyncDisposableStack()
  const { signIn, ...settings } = rest
  const people = stack.use(await startUpstream(signIn))
  const upstream = stack.use(await startLiveUpstream({ people, ...up }))
  const gateway = stack.use(
    await startGateway({
      signInAt: people.url,
      routes: [{ prefix: '/api', upstream: `${upstream.url}/v1`, ...route }],
      ...settings,
    }),
  )
  const open = (options: Partial<OpenOptions> = {}) =>
    stack.use(openWebSocket({ port: gateway.port, ...options }))
  const openAs = async (name: string, options: Partial<OpenOptions> = {}) => {
    const person = await gateway.signIn(name)
    const client = open({ cookie: person.cookie, ...options })
    return { person, client }
  }
  return {
    people,
    upstream,
    gateway,
    open,
    openAs,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

describe('a WebSocket', { timeout: 60_000 }, () => {
  it('carries the token upward and never the cookie, and messages both ways', async () => {
    await using it = await start()
    const { client } = await it.openAs('ada', { headers: { authorization: 'Bearer forged' } })

    expect(await client.opened).toBe('open')
    client.ws.send('hello')

    expect(await client.next()).toBe('ada: hello')
    const [{ headers, url } = { headers: {}, url: '' }] = it.upstream.handshakes
    expect(url).toBe('/v1/ws')
    expect(headers).toMatchObject({
      authorization: `Bearer ${it.people.signIns[0]?.access}`,
      origin: 'http://localhost:3000',
      'x-forwarded-host': 'localhost:3000',
      'x-forwarded-for': '127.0.0.1',
      via: expect.stringMatching(/^1\.1 coatcheck-/),
    })
    expect(headers).not.toHaveProperty('cookie')
    expect(headers).not.toHaveProperty('sec-websocket-extensions')
  })

  it('keeps text text and bytes bytes, of every size up to the limit, in order', async () => {
    await using it = await start({
      onSocket: ({ ws }) => void ws.on('message', (data, binary) => ws.send(data, { binary })),
    })
    const { client } = await it.openAs('ada')
    await client.opened
    const sizes = [0, 1, 125, 126, 65_535, 65_536, 1_000_000]

    for (const size of sizes) {
      client.ws.send(Buffer.alloc(size, 'x'), { binary: true })
      client.ws.send('ü'.repeat(Math.floor(size / 2)))
    }

    for (const size of sizes) {
      const [bytes, text] = [await client.nextMessage(), await client.nextMessage()]
      expect([bytes.binary, bytes.data.length]).toEqual([true, size])
      expect([text.binary, text.data.toString()]).toEqual([false, 'ü'.repeat(Math.floor(size / 2))])
    }
  })

  it('offers all subprotocols in order and takes the upstream’s choice', async () => {
    await using it = await start({ protocol: () => 'chat.v2' })
    const { client } = await it.openAs('ada', { protocols: ['chat.v3', 'chat.v2', 'chat.v1'] })

    expect(await client.opened).toBe('open')
    expect(client.ws.protocol).toBe('chat.v2')
    expect(it.upstream.handshakes[0]?.headers['sec-websocket-protocol']).toBe(
      'chat.v3,chat.v2,chat.v1',
    )
  })

  it('shakes hands with each side by itself: no key, version or extension of the one goes to the other', async () => {
    await using it = await start()
    const headers = { 'sec-websocket-extensions': 'x-own', 'Sec-WebSocket-Accept': 'x' }
    const { client } = await it.openAs('ada', { perMessageDeflate: true, headers })

    expect(await client.opened).toBe('open')
    expect(client.ws.extensions).toBe('')
    const names = it.upstream.handshakes[0]?.rawHeaders.filter((_, i) => i % 2 === 0) ?? []
    const own = names.map((name) => name.toLowerCase()).filter((name) => name.startsWith('sec-'))
    expect(own.sort()).toEqual(['sec-websocket-key', 'sec-websocket-version'])
  })

  it('is open for the browser only once the upstream has said yes', async () => {
    const asked = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    await using it = await start({}, {}, {})
    await using slow = await startLiveUpstream({
      people: it.people,
      onHandshake: (request, socket) => {
        asked.resolve()
        void go.promise.then(() =>
          socket.end('HTTP/1.1 403 No\r\nX-Why: closed\r\nContent-Length: 4\r\n\r\nnope'),
        )
        return request !== undefined
      },
    })
    await using gateway = await startGateway({
      signInAt: it.people.url,
      routes: [{ prefix: '/api', upstream: slow.url }],
    })
    const ada = await gateway.signIn('ada')
    using client = openWebSocket({ port: gateway.port, cookie: ada.cookie })
    await asked.promise
    expect(client.ws.readyState).toBe(client.ws.CONNECTING)
    go.resolve()

    expect(await client.opened).toMatchObject({
      status: 403,
      body: 'nope',
      headers: { 'x-why': 'closed', connection: 'close' },
    })
    expect(client.ws.readyState).not.toBe(client.ws.OPEN)
  })

  it.each([
    ['refuses connections', 502, 'upstream_unreachable', undefined],
    [
      'speaks something else',
      502,
      'upstream_invalid',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: AAAA\r\n\r\n',
    ],
    ['breaks off', 502, 'upstream_unreachable', ''],
  ])('is answered %s: %i %s, without an address', async (what, status, code, answer) => {
    await using it = await start({
      onHandshake: (_request, socket) => {
        socket.end(answer)
        return true
      },
    })
    if (what === 'refuses connections') await it.upstream[Symbol.asyncDispose]()
    const { client } = await it.openAs('ada')

    const refused = await client.opened

    expect(refused).toMatchObject({ status, code, headers: { 'coatcheck-problem': code } })
    expect(JSON.stringify(refused)).not.toContain('127.0.0.1')
  })

  it('is answered 504 by an upstream that says nothing', async () => {
    await using it = await start(
      { onHandshake: () => true },
      { timeouts: { connectMs: 1000, responseMs: 150, idleMs: 1000 } },
    )
    const { client } = await it.openAs('ada')

    expect(await client.opened).toMatchObject({ status: 504, code: 'upstream_timeout' })
    await expect.poll(() => it.upstream.open).toBe(0)
  })

  it('whose browser leaves while the upstream thinks is given up there too', async () => {
    const asked = Promise.withResolvers<void>()
    await using it = await start({
      onHandshake: () => {
        asked.resolve()
        return true
      },
    })
    const { client } = await it.openAs('ada')
    await asked.promise

    client.ws.terminate()

    await expect.poll(() => it.upstream.open).toBe(0)
    await expect.poll(() => it.gateway.app.coatcheck.live.counts.websocket).toBe(0)
  })

  it('whose token the upstream refuses is asked for once more with a renewed one', async () => {
    let aheadMs = 0
    const clock = { ...systemClock, now: () => Date.now() + aheadMs }
    let refuses = true
    await using it = await start(
      {
        onHandshake: ({ headers }, socket) => {
          const first = headers.authorization === `Bearer ${it.people.signIns[0]?.access}`
          if (!refuses || !first) return false
          socket.end('HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n')
          return true
        },
      },
      {},
      { options: { clock } },
    )
    const { person, client: young } = await it.openAs('ada')
    // A token of this second is not renewed: whoever refuses it would refuse the next one too.
    expect(await young.opened).toMatchObject({ status: 401, code: undefined })
    expect(it.people.refreshes).toHaveLength(0)

    aheadMs = 31_000
    const client = it.open({ cookie: person.cookie })

    expect(await client.opened).toBe('open')
    client.ws.send('x')
    expect(await client.next()).toBe('ada: x')
    expect(it.people.refreshes).toHaveLength(1)
    refuses = false
  })

  it('passes codes and reasons of either side on to the other', async () => {
    await using it = await start()
    for (const [code, reason] of [
      [1000, 'bye'],
      [1001, ''],
      [1011, 'upstream’s own words'],
      [3000, 'x'],
      [4999, 'y'.repeat(123)],
    ] as const) {
      const { client } = await it.openAs('ada')
      await client.opened
      it.upstream.sockets.at(-1)?.ws.close(code, reason)
      expect(await client.closed).toMatchObject({ code, reason })

      const { client: other } = await it.openAs('ada')
      await other.opened
      other.ws.close(code, reason)
      expect(await it.upstream.sockets.at(-1)?.closed).toEqual({ code, reason })
    }
    const { client } = await it.openAs('ada')
    await client.opened
    it.upstream.sockets.at(-1)?.ws.close()
    expect(await client.closed).toMatchObject({ code: 1005, reason: '' })
  })

  it('of a browser in full flow ends at once when the upstream ends it', async () => {
    await using it = await start({ onSocket: () => {} })
    const times: number[] = []
    for (let round = 0; round < 3; round++) {
      const { client } = await it.openAs('ada')
      await client.opened
      // It has not read that it is over, and goes on.
      client.ws.pause()
      it.upstream.sockets[round]?.ws.close(4000, 'enough')
      await it.upstream.sockets[round]?.closed
      const since = performance.now()
      for (let i = 0; i < 50; i++) client.ws.send(Buffer.alloc(60_000))
      client.ws.resume()

      expect(await client.closed).toMatchObject({ code: 4000, reason: 'enough' })
      times.push(performance.now() - since)
    }
    // Where it is not read any more, it is cut off after two seconds each time.
    expect(Math.min(...times)).toBeLessThan(1500)
  })

  it('tells the browser neutrally when the upstream is gone, and takes the upstream along when the browser is', async () => {
    await using it = await start()
    const { client } = await it.openAs('ada')
    await client.opened
    it.upstream.sockets[0]?.ws.terminate()
    expect(await client.closed).toMatchObject({ code: 1014, reason: 'upstream lost' })

    const { client: second } = await it.openAs('ada')
    await second.opened
    second.ws.terminate()
    expect(await it.upstream.sockets[1]?.closed).toMatchObject({ code: 1006 })
    await expect.poll(() => it.gateway.app.coatcheck.live.counts.websocket).toBe(0)
  })

  it('ends where a message is too large, from either side', async () => {
    await using it = await start(
      {},
      {},
      {
        live: {
          perSession: 10,
          perProcess: 10,
          pingMs: 25_000,
          idleMs: undefined,
          maxMessage: 1000,
        },
      },
    )
    const { client } = await it.openAs('ada')
    await client.opened
    client.ws.send('x'.repeat(1001))
    expect(await client.closed).toMatchObject({ code: 1009 })
    expect(await it.upstream.sockets[0]?.closed).toMatchObject({ code: 1006 })

    const { client: second } = await it.openAs('ada')
    await second.opened
    it.upstream.sockets[1]?.ws.send('x'.repeat(1001))
    expect(await second.closed).toMatchObject({ code: 1009, reason: 'message too large' })
  })

  it('slows a sender down to the speed of a slow reader, and loses nothing', async () => {
    await using it = await start({ onSocket: () => {} })
    const { client } = await it.openAs('ada')
    await client.opened
    const [socket] = it.upstream.sockets
    if (!socket) throw new Error('it is open')
    client.ws.pause()
    const heapBefore = process.memoryUsage().arrayBuffers

    let sent = 0
    const chunk = Buffer.alloc(64 * 1024, 1)
    for (let round = 0; round < 4000 && socket.ws.bufferedAmount < 8 * 1024 * 1024; round++) {
      socket.ws.send(chunk)
      sent++
      await new Promise(setImmediate)
    }
    // The sender’s own queue fills: the gateway took no more than the kernel’s buffers and its own bound.
    expect(socket.ws.bufferedAmount).toBeGreaterThanOrEqual(8 * 1024 * 1024)
    expect(process.memoryUsage().arrayBuffers - heapBefore).toBeLessThan(64 * 1024 * 1024)
    client.ws.resume()

    await expect.poll(() => client.messages.length, { timeout: 10_000 }).toBe(sent)
  })

  it('finds a browser that answers nothing any more, and keeps one that only listens', async () => {
    const clock = manualClock()
    await using it = await start(
      {},
      {},
      {
        signIn: { clock },
        options: { clock },
        live: { perSession: 10, perProcess: 10, pingMs: 1000, idleMs: undefined, maxMessage: 1000 },
      },
    )
    const { client: silent } = await it.openAs('ada', { autoPong: false })
    const { client: listening } = await it.openAs('bob')
    await Promise.all([silent.opened, listening.opened])
    let pings = 0
    listening.ws.on('ping', () => pings++)

    for (let round = 1; round <= 4; round++) {
      // Two looks: it was silent, and is asked for a sign of life.
      clock.advance(1000)
      await expect.poll(() => pings).toBe(round)
      // The answers of either side are ahead of what it says next.
      listening.ws.send('here')
      expect(await listening.next()).toBe('bob: here')
      clock.advance(500)
    }

    expect((await silent.closed).code).toBe(1006)
    expect(listening.ws.readyState).toBe(listening.ws.OPEN)
  })

  it('without a message for as long as it may is closed', async () => {
    const clock = manualClock()
    const live = {
      perSession: 10,
      perProcess: 10,
      pingMs: 60_000,
      idleMs: 10_000,
      maxMessage: 1000,
    }
    const settings = { signIn: { clock }, options: { clock }, live }
    await using it = await start({ onSocket: () => {} }, {}, settings)
    const { client } = await it.openAs('ada')
    await client.opened

    clock.advance(12_000)

    expect(await client.closed).toMatchObject({ code: 1001, reason: 'idle' })
    expect(await it.upstream.sockets[0]?.closed).toMatchObject({ code: 1001 })
  })

  it('is held in bounds for each session and each process, before anything reaches the upstream', async () => {
    await using it = await start(
      {},
      {},
      {
        live: { perSession: 2, perProcess: 3, pingMs: 25_000, idleMs: undefined, maxMessage: 1000 },
      },
    )
    const { person, client } = await it.openAs('ada')
    const second = it.open({ cookie: person.cookie })
    expect([await client.opened, await second.opened]).toEqual(['open', 'open'])

    expect(await it.open({ cookie: person.cookie }).opened).toMatchObject({
      status: 429,
      code: 'too_many_connections',
      headers: { 'retry-after': '5' },
    })
    const { client: bob } = await it.openAs('bob')
    expect(await bob.opened).toBe('open')
    const { client: eve } = await it.openAs('eve')
    expect(await eve.opened).toMatchObject({ status: 503, code: 'too_many_connections' })
    expect(it.upstream.handshakes).toHaveLength(3)
    bob.ws.close()
    await bob.closed
    const { client: later } = await it.openAs('eve')
    expect(await later.opened).toBe('open')
    const { text } = await it.gateway.app.coatcheck.metrics.render()
    expect(text).toContain('coatcheck_live_refused_total{limit="session"} 1')
    expect(text).toContain('coatcheck_live_connections{kind="websocket"} 3')
  })

  it('lets through what an upstream says with its yes by the same table as any answer', async () => {
    await using it = await start(
      {
        headers: [
          'X-Kind: chat',
          'Set-Cookie: theme=dark; Domain=x.example',
          'Set-Cookie: secret=1',
          'Coatcheck-Problem: forged',
        ],
      },
      { cookies: ['theme'] },
    )
    const { client } = await it.openAs('ada')
    const [response] = await once(client.ws, 'upgrade')

    expect(response.headers).toMatchObject({ 'x-kind': 'chat', 'set-cookie': ['theme=dark'] })
    expect(response.headers).not.toHaveProperty('coatcheck-problem')
  })

  it('that nobody asks for on a route is a plain request, on a connection that ends', async () => {
    await using it = await start()
    const socket = connect(it.gateway.port, '127.0.0.1')
    socket.write(
      'GET /auth/session HTTP/1.1\r\nHost: localhost:3000\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    const text = (await socket.toArray()).join('')

    expect(text).toMatch(/^HTTP\/1\.1 200 /)
    expect(text).toContain('"authenticated":false')
    expect(text).toMatch(/connection: close/i)
  })
})
