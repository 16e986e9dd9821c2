// Who may open a WebSocket, and what no frame of either side can do.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RouteSettings, startGateway } from '../support/gateway.ts'
import { HANDSHAKE } from '../support/handshake.ts'
import { openWebSocket } from '../support/live-client.ts'
import { type LiveUpstreamOptions, startLiveUpstream } from '../support/live-upstream.ts'
import { startUpstream } from '../support/upstream.ts'

const FRAMES = process.env.COATCHECK_LONG === '1' ? 25_000 : 1000
const AT_ONCE = 20
const PATIENCE_MS = 30 * FRAMES + 15_000

async function start(up: LiveUpstreamOptions = {}, routes?: readonly Partial<RouteSettings>[]) {
  const stack = new AsyncDisposableStack()
  const people = stack.use(await startUpstream())
  const upstream = stack.use(await startLiveUpstream({ people, ...up }))
  const gateway = stack.use(
    await startGateway({
      signInAt: people.url,
      routes: (routes ?? [{ prefix: '/api' }]).map((route) => ({
        upstream: upstream.url,
        ...route,
      })),
    }),
  )
  return {
    upstream,
    gateway,
    port: gateway.port,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

describe('a WebSocket with our cookie', { timeout: 60_000 }, () => {
  const origins: ReadonlyArray<
    readonly [origin: string | null, site: string | undefined, status: number]
  > = [
    ['http://localhost:3000', undefined, 101],
    ['http://localhost:3000', 'same-origin', 101],
    [null, undefined, 403],
    ['null', undefined, 403],
    ['', undefined, 403],
    ['https://localhost:3000', undefined, 403],
    ['http://localhost', undefined, 403],
    ['http://localhost:3001', undefined, 403],
    ['http://localhost:3000.evil.example', undefined, 403],
    ['http://localhost:3000@evil.example', undefined, 403],
    ['http://localhost:3000/', undefined, 403],
    ['HTTP://LOCALHOST:3000', undefined, 403],
    ['http://evil.localhost:3000', 'same-site', 403],
    ['http://evil.example', 'cross-site', 403],
    ['http://localhost:3000', 'cross-site', 403],
    ['http://localhost:3000', 'same-site', 403],
    ['http://localhost:3000', 'none', 403],
    [null, 'same-origin', 403],
    ['http://localhost:3000, http://localhost:3000', undefined, 403],
  ]

  it.each(origins)(
    'from the origin %s and the site %s is answered %i',
    async (origin, site, status) => {
      await using it = await start({}, [
        { prefix: '/api' },
        { prefix: '/maybe', auth: 'optional' },
        { prefix: '/open', auth: 'public' },
        { prefix: '/strict', csrf: 'strict' },
      ])
      const ada = await it.gateway.signIn('ada')

      for (const path of ['/api/ws', '/maybe/ws', '/open/ws', '/strict/ws']) {
        const before = it.upstream.handshakes.length
        using client = openWebSocket({
          port: it.port,
          path,
          cookie: ada.cookie,
          from: origin,
          headers: site === undefined ? {} : { 'sec-fetch-site': site },
        })
        const opened = await client.opened
        if (status === 101) expect(opened).toBe('open')
        else {
          expect(opened).toMatchObject({ status, code: 'csrf_refused' })
          expect(it.upstream.handshakes).toHaveLength(before)
        }
      }
    },
  )

  it('of nobody, of a broken cookie or of a session that has ended is answered 401 before Origin is looked at', async () => {
    await using it = await start()
    const ada = await it.gateway.signIn('ada')
    await ada.send('/auth/logout', { method: 'POST' })

    for (const cookie of [
      undefined,
      `${ada.cookie.slice(0, -3)}AAA`,
      ada.cookie,
      `${ada.cookie}; ${ada.cookie}`,
    ]) {
      using client = openWebSocket({ port: it.port, cookie, from: 'http://evil.example' })
      expect(await client.opened).toMatchObject({ status: 401, headers: { connection: 'close' } })
    }
    expect(it.upstream.handshakes).toEqual([])
  })

  it('to another Host is answered 421', async () => {
    await using it = await start()
    const ada = await it.gateway.signIn('ada')
    using client = openWebSocket({
      port: it.port,
      cookie: ada.cookie,
      headers: { host: 'evil.example' },
    })

    expect(await client.opened).toMatchObject({ status: 421, code: 'host_unknown' })
    expect(it.upstream.handshakes).toEqual([])
  })

  it('never carries another session’s token: both end, and what the other had open is closed', async () => {
    await using it = await start()
    const [ada, bob] = [await it.gateway.signIn('ada'), await it.gateway.signIn('bob')]
    using his = openWebSocket({ port: it.port, cookie: bob.cookie })
    expect(await his.opened).toBe('open')
    // The seeded fault: two sessions' tokens change places in memory.
    const { near } = it.gateway.app.coatcheck
    const [first, second] = near.all()
    if (!first || !second) throw new Error('both sessions should be in memory')
    near.put({ ...first, content: second.content })
    near.put({ ...second, content: first.content })
    const before = it.upstream.handshakes.length

    using hers = openWebSocket({ port: it.port, cookie: ada.cookie })

    expect(await hers.opened).toMatchObject({ status: 500, code: 'leak_prevented' })
    expect(it.upstream.handshakes).toHaveLength(before)
    expect(await his.closed).toMatchObject({ code: 4401, reason: 'leak_prevented' })
  })

  it('carries nobody’s token to a public route', async () => {
    await using it = await start({}, [{ prefix: '/open', auth: 'public' }])
    using anybody = openWebSocket({ port: it.port, path: '/open/ws', from: null })

    expect(await anybody.opened).toBe('open')
    expect(it.upstream.handshakes[0]?.headers).not.toHaveProperty('authorization')
  })
})

describe('a handshake', { timeout: 60_000 }, () => {
  const faults: ReadonlyArray<readonly [what: string, lines: string, status: number]> = [
    ['without a version', HANDSHAKE.replace(/Sec-WebSocket-Version: 13\r\n/, ''), 426],
    ['of an old version', HANDSHAKE.replace('Version: 13', 'Version: 8'), 426],
    ['without a key', HANDSHAKE.replace(/Sec-WebSocket-Key: \S+\r\n/, ''), 400],
    ['with a short key', HANDSHAKE.replace('dGhlIHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZQ=='), 400],
    ['with two keys', `${HANDSHAKE}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`, 400],
    ['with an empty subprotocol', `${HANDSHAKE}Sec-WebSocket-Protocol: a,,b\r\n`, 400],
    ['with a subprotocol twice', `${HANDSHAKE}Sec-WebSocket-Protocol: a, b, a\r\n`, 400],
    ['with a subprotocol that is no token', `${HANDSHAKE}Sec-WebSocket-Protocol: a b\r\n`, 400],
    [
      'with a hundred subprotocols',
      `${HANDSHAKE}Sec-WebSocket-Protocol: ${Array.from({ length: 100 }, (_, i) => `p${i}`).join()}\r\n`,
      400,
    ],
    ['with a body', `${HANDSHAKE}Content-Length: 2\r\n`, 404],
  ]

  it.each(faults)('%s never reaches the upstream as one', async (what, lines, status) => {
    await using it = await start({}, [{ prefix: '/api', auth: 'public' }])

    const text = await say(
      it.port,
      `GET /${what === 'with a body' ? 'x' : 'api/ws'} HTTP/1.1\r\nHost: localhost:3000\r\n${lines}\r\n${what === 'with a body' ? 'ok' : ''}`,
    )

    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(it.upstream.handshakes).toEqual([])
  })

  it('CVE-2025-64763 with frames behind it: they wait for the upstream’s yes', async () => {
    await using it = await start({}, [{ prefix: '/api', auth: 'public' }])
    const socket = connect(it.port, '127.0.0.1')
    // "hi" as one masked text frame, in the same packet.
    const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])
    const head = `GET /api/ws HTTP/1.1\r\nHost: localhost:3000\r\n${HANDSHAKE}\r\n`
    socket.write(Buffer.concat([Buffer.from(head), frame]))
    const text = await untilText(socket, 'undefined: hi')
    socket.destroy()

    expect(text).toMatch(/^HTTP\/1\.1 101 /)
  })
})

async function say(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes, 'latin1')
  const [first] = await once(socket, 'data')
  socket.destroy()
  return String(first)
}

function untilText(socket: Socket, part: string): Promise<string> {
  let text = ''
  return new Promise((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (text.includes(part)) resolve(text)
    })
  })
}

/** Frames as they may be, and as they may not: every bit of the head, wrong lengths, wrong UTF-8, cut short. */
function frames(masked: boolean) {
  const payload = fc.oneof(
    fc.string({ maxLength: 200, unit: 'binary' }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(
      Buffer.from([0xff]),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from([0xc0, 0xaf]),
      Buffer.alloc(0),
      Buffer.alloc(70_000, 65),
    ),
    fc
      .tuple(
        fc.constantFrom(0, 999, 1000, 1004, 1005, 1006, 1015, 2999, 3000, 4401, 5000, 65_535),
        fc.string({ maxLength: 130 }),
      )
      .map(([code, reason]) =>
        Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]),
      ),
  )
  const frame = fc.record({
    fin: fc.oneof(
      { weight: 4, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.boolean() },
    ),
    rsv: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 7 }) },
    ),
    opcode: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(0, 1, 2) },
      { weight: 2, arbitrary: fc.constantFrom(8, 9, 10) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 15 }) },
    ),
    mask: fc.oneof(
      { weight: 9, arbitrary: fc.constant(masked) },
      { weight: 1, arbitrary: fc.boolean() },
    ),
    lies: fc.oneof(
      { weight: 9, arbitrary: fc.constant(undefined) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          0n,
          1n,
          125n,
          126n,
          65_536n,
          2n ** 31n,
          2n ** 53n,
          2n ** 63n,
          2n ** 64n - 1n,
        ),
      },
    ),
    wide: fc.boolean(),
    payload,
  })
  const whole = fc
    .array(frame.map(frameBytes), { minLength: 1, maxLength: 6 })
    .map((all) => Buffer.concat(all))
  return fc.oneof(
    { weight: 6, arbitrary: whole },
    {
      weight: 2,
      arbitrary: fc
        .tuple(whole, fc.nat())
        .map(([bytes, at]) => bytes.subarray(0, at % (bytes.length + 1))),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(whole, fc.nat(), fc.nat(7)).map(([bytes, at, bit]) => {
        const flipped = Buffer.from(bytes)
        const place = at % flipped.length
        flipped[place] = (flipped[place] ?? 0) ^ (1 << bit)
        return flipped
      }),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  )
}

interface Frame {
  readonly fin: boolean
  readonly rsv: number
  readonly opcode: number
  readonly mask: boolean
  readonly lies: bigint | undefined
  readonly wide: boolean
  readonly payload: Buffer
}

function frameBytes({ fin, rsv, opcode, mask, lies, wide, payload }: Frame): Buffer {
  const length = lies ?? BigInt(payload.length)
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  const flag = mask ? 0x80 : 0
  const head =
    length > 65_535n || (wide && lies !== undefined)
      ? Buffer.alloc(10)
      : length > 125n || wide
        ? Buffer.alloc(4)
        : Buffer.alloc(2)
  head[0] = first
  if (head.length === 2) head[1] = flag | Number(length)
  else if (head.length === 4) {
    head[1] = flag | 126
    head.writeUInt16BE(Number(length), 2)
  } else {
    head[1] = flag | 127
    head.writeBigUInt64BE(length, 2)
  }
  // A key of zeros leaves the payload as it is.
  return Buffer.concat([head, mask ? Buffer.alloc(4) : Buffer.alloc(0), payload])
}

async function inParallel<T>(things: readonly T[], work: (thing: T) => Promise<void>) {
  const left = [...things]
  const one = async () => {
    for (let thing = left.pop(); thing !== undefined; thing = left.pop()) await work(thing)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
}

describe('hostile frames', { timeout: 60_000 }, () => {
  it(
    'CVE-2024-37890, CVE-2026-48779, CVE-2026-45736 of a browser do nothing but end its own connection',
    async () => {
      const errors: string[] = []
      let heard = 0
      await using it = await start(
        {
          onSocket: ({ ws }) => {
            ws.on('error', (error) => errors.push(error.message))
            ws.on('message', (data, binary) => {
              heard++
              ws.send(data, { binary })
            })
          },
        },
        [{ prefix: '/api', auth: 'public' }],
      )
      using bystander = openWebSocket({ port: it.port })
      await bystander.opened
      const cases = fc.sample(frames(true), { numRuns: FRAMES, seed: 6 })

      let n = 0
      await inParallel(cases, async (bytes) => {
        const socket = connect(it.port, '127.0.0.1')
        socket.on('error', () => {})
        socket.write(`GET /api/ws HTTP/1.1\r\nHost: localhost:3000\r\n${HANDSHAKE}\r\n`)
        await untilText(socket, '\r\n\r\n')
        socket.resume()
        socket.end(bytes)
        await once(socket, 'close')
        const mine = ++n
        if (mine % 100 > 0) return
        bystander.ws.send(`${mine}`)
        expect(await bystander.next()).toBe(`${mine}`)
      })

      expect(errors).toEqual([])
      expect(heard).toBeGreaterThan(FRAMES / 10)
      await expect.poll(() => it.gateway.app.coatcheck.live.counts.websocket).toBe(1)
      expect(it.gateway.log.filter((line) => line.includes('"background"'))).toEqual([])
    },
    PATIENCE_MS,
  )

  it(
    'of an upstream reach no browser as anything but whole messages and an end',
    async () => {
      const cases = fc.sample(frames(false), { numRuns: FRAMES, seed: 7 })
      let next = 0
      await using it = await start(
        {
          onSocket: ({ ws, request }) => {
            if (request.url === '/calm') {
              ws.on('message', (data, binary) => ws.send(data, { binary }))
              return
            }
            request.socket.end(cases[next++ % cases.length] ?? '')
          },
        },
        [{ prefix: '/api', auth: 'public' }],
      )
      using bystander = openWebSocket({ port: it.port, path: '/api/calm' })
      await bystander.opened
      const errors: string[] = []
      let heard = 0

      await inParallel([...cases.keys()], async (n) => {
        using client = openWebSocket({ port: it.port })
        client.ws.on('error', (error) => errors.push(error.message))
        const { reason } = await client.closed
        heard += client.messages.length
        expect(reason).not.toContain('127.0.0.1')
        if (n % 100 > 0) return
        bystander.ws.send(`${n}`)
        expect(await bystander.next()).toBe(`${n}`)
      })

      expect(errors).toEqual([])
      expect(heard).toBeGreaterThan(FRAMES / 10)
      await expect.poll(() => it.gateway.app.coatcheck.live.counts.websocket).toBe(1)
      expect(it.gateway.log.filter((line) => line.includes('"background"'))).toEqual([])
    },
    PATIENCE_MS,
  )

  it('tiny fragments without end close their connection before they fill the memory', async () => {
    await using it = await start({}, [{ prefix: '/api', auth: 'public' }])
    const socket = connect(it.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`GET /api/ws HTTP/1.1\r\nHost: localhost:3000\r\n${HANDSHAKE}\r\n`)
    await untilText(socket, '\r\n\r\n')
    const piece = Buffer.from([0x00, 0x81, 0, 0, 0, 0, 0x61])
    socket.write(Buffer.from([0x01, 0x81, 0, 0, 0, 0, 0x61]))
    socket.write(Buffer.concat(Array.from({ length: 40_000 }, () => piece)))
    socket.resume()

    await once(socket, 'close')
    expect(it.gateway.app.coatcheck.live.counts.websocket).toBe(0)
  })
})

/*
| requirement | why it has no test here |
|---|---|
| paths, headers and framing of a handshake | paths.test.ts, headers.test.ts and framing.test.ts run for both |
| CVE-2021-32640, CVE-2022-39386 | versions: test/checks/lockfile.ts |
*/
