// Where a message begins and ends, and whom it is for: what two readers could see differently is
// refused before anything of it goes up (RFC 9112; threats 1.5, 2.B 44, 52, 53).
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { manualClock } from '../support/clock.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { HANDSHAKE } from '../support/handshake.ts'
import { rawRequest } from '../support/http.ts'
import { openRawUpstream } from '../support/raw-upstream.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'
import { readAnswers } from '../support/wire.ts'

const HOST = 'Host: localhost:3000\r\n'
const CLOSE = 'Connection: close\r\n'
/** Whoever misjudges where the body before it ends takes this for a request. */
const SMUGGLED = `GET /api/smuggled HTTP/1.1\r\n${HOST}\r\n`

let stack: AsyncDisposableStack
let upstream: TestUpstream
let gateway: TestGateway
let mark = 0

beforeAll(async () => {
  stack = new AsyncDisposableStack()
  upstream = stack.use(await startUpstream())
  const routes = [
    { prefix: '/api', upstream: upstream.url, auth: 'public' as const },
    { prefix: '/closed', upstream: upstream.url },
  ]
  gateway = stack.use(await startGateway({ routes }))
})
beforeEach(() => {
  mark = upstream.requests.length
})
afterAll(() => stack.disposeAsync())

async function say(bytes: string, { port } = gateway) {
  return readAnswers(await rawRequest(port, bytes))
}

/** What has gone up since this test began. */
const asked = () =>
  upstream.requests.slice(mark).map(({ method, url, body }) => `${method} ${url} ${body}`.trim())

const post = (headers: string, body: string) =>
  `POST /api/x HTTP/1.1\r\n${HOST}${headers}\r\n${body}`

/** Each is one message to some and two to others, or none at all. */
const AMBIGUOUS: Record<string, string> = {
  'CL.TE': post('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
  'TE.CL': post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', `0\r\n\r\n${SMUGGLED}`),
  'TE.TE, one unknown': post(
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n',
    `0\r\n\r\n${SMUGGLED}`,
  ),
  'TE twice': post(
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n',
    `0\r\n\r\n${SMUGGLED}`,
  ),
  'TE: chunked, chunked': post('Transfer-Encoding: chunked, chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
  'TE: chunked, identity': post('Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${SMUGGLED}`),
  'TE: identity with a length': post(
    'Transfer-Encoding: identity\r\nContent-Length: 0\r\n',
    SMUGGLED,
  ),
  'TE with a vertical tab': post('Transfer-Encoding: \x0bchunked\r\n', `0\r\n\r\n${SMUGGLED}`),
  'TE with a NUL': post('Transfer-Encoding: chunked\0\r\n', `0\r\n\r\n${SMUGGLED}`),
  'TE with a space before its colon': post(
    'Transfer-Encoding : chunked\r\n',
    `0\r\n\r\n${SMUGGLED}`,
  ),
  'TE folded': post('Transfer-Encoding:\r\n chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
  'TE behind a bare LF': post('X: y\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
  'TE behind a bare CR': post('X: y\rTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
  'two lengths': post('Content-Length: 0\r\nContent-Length: 44\r\n', SMUGGLED),
  'one length twice': post('Content-Length: 2\r\nContent-Length: 2\r\n', `ok${SMUGGLED}`),
  'lengths by two spellings': post('Content-Length: 0\r\ncONTENT-lENGTH: 44\r\n', SMUGGLED),
  'a list of lengths': post('Content-Length: 2, 2\r\n', `ok${SMUGGLED}`),
  'a signed length': post('Content-Length: +2\r\n', `ok${SMUGGLED}`),
  'a negative length': post('Content-Length: -2\r\n', `ok${SMUGGLED}`),
  'a hexadecimal length': post('Content-Length: 0x2\r\n', `ok${SMUGGLED}`),
  'a length with an exponent': post('Content-Length: 2e0\r\n', `ok${SMUGGLED}`),
  'a length with a space in it': post('Content-Length: 2 2\r\n', `ok${SMUGGLED}`),
  'an empty length': post('Content-Length:\r\n', SMUGGLED),
  'CVE-2021-40346 a length past 64 bits': post(
    'Content-Length: 18446744073709551618\r\n',
    `ok${SMUGGLED}`,
  ),
  'a length with a space before its colon': post('Content-Length : 2\r\n', `ok${SMUGGLED}`),
  'a chunk size past 64 bits': post(
    'Transfer-Encoding: chunked\r\n',
    `10000000000000002\r\nok\r\n0\r\n\r\n${SMUGGLED}`,
  ),
  'a negative chunk size': post(
    'Transfer-Encoding: chunked\r\n',
    `-2\r\nok\r\n0\r\n\r\n${SMUGGLED}`,
  ),
  'a chunk size with 0x': post(
    'Transfer-Encoding: chunked\r\n',
    `0x2\r\nok\r\n0\r\n\r\n${SMUGGLED}`,
  ),
  'a chunk size with an underscore': post(
    'Transfer-Encoding: chunked\r\n',
    `0_2\r\nok\r\n0\r\n\r\n${SMUGGLED}`,
  ),
  'a chunk longer than its size': post(
    'Transfer-Encoding: chunked\r\n',
    `1\r\nok\r\n0\r\n\r\n${SMUGGLED}`,
  ),
  'chunks that end in bare LF': post('Transfer-Encoding: chunked\r\n', `2\nok\n0\n\n${SMUGGLED}`),
  'a bare LF in a chunk extension': post(
    'Transfer-Encoding: chunked\r\n',
    `2;a\nok\r\n0\r\n\r\n${SMUGGLED}`,
  ),
  'a chunk extension of 1 MB': post(
    'Transfer-Encoding: chunked\r\n',
    `2;${'a'.repeat(1 << 20)}\r\nok\r\n0\r\n\r\n`,
  ),
  'a header without a name, CVE-2023-25725': `GET /api/x HTTP/1.1\r\n: x\r\n${HOST}\r\n${SMUGGLED}`,
  'a header with a space before its colon': `GET /api/x HTTP/1.1\r\n${HOST}X : y\r\n\r\n`,
  'a header without a colon': `GET /api/x HTTP/1.1\r\n${HOST}X\r\n\r\n`,
  'a folded header': `GET /api/x HTTP/1.1\r\n${HOST}X: a\r\n b\r\n\r\n`,
  'a folded first header': `GET /api/x HTTP/1.1\r\n X: a\r\n${HOST}\r\n`,
  'a NUL in a value': `GET /api/x HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`,
  'a control character in a value': `GET /api/x HTTP/1.1\r\n${HOST}X: a\x01b\r\n\r\n`,
  'a bare CR in a value': `GET /api/x HTTP/1.1\r\n${HOST}X: a\rb\r\n\r\n`,
  'a bare LF between headers': `GET /api/x HTTP/1.1\r\n${HOST}X: a\nY: b\r\n\r\n`,
  'bare LF everywhere': `GET /api/x HTTP/1.1\nHost: localhost:3000\n\n`,
  'a parenthesis in a name': `GET /api/x HTTP/1.1\r\n${HOST}X(y): z\r\n\r\n`,
  'a method with a colon': `GET: /api/x HTTP/1.1\r\n${HOST}\r\n`,
  'a lower-case method': `get /api/x HTTP/1.1\r\n${HOST}\r\n`,
  'an unknown method': `GETS /api/x HTTP/1.1\r\n${HOST}\r\n`,
  'a version of its own': `GET /api/x HTTP/1.2\r\n${HOST}\r\n`,
  'a lower-case protocol': `GET /api/x http/1.1\r\n${HOST}\r\n`,
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'words that are no request': 'hello\r\n\r\n',
  'the first bytes of TLS': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
}

describe('a request with two meanings', () => {
  it.for(Object.entries(AMBIGUOUS))(
    'H-7, H-8, H-9, H-10, CVE-2022-32213 %s: 400, closed, and nothing went up',
    async ([, bytes]) => {
      const answers = await say(bytes)

      expect(answers.map(({ status }) => status)).toEqual([400])
      expect(answers[0]).toMatchObject({
        whole: true,
        headers: {
          'content-type': 'application/problem+json',
          'coatcheck-problem': 'bad_request',
          connection: 'close',
          'x-content-type-options': 'nosniff',
        },
      })
      expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject({ status: 400, code: 'bad_request' })
      // A body whose head was in order may be under way when it turns out broken; it never ends well.
      expect(asked().filter((line) => line.includes('smuggled'))).toEqual([])
      expect(asked()).toEqual([])
    },
  )

  it.for([
    [
      'HTTP/1.0 with a transfer coding',
      `POST /api/x HTTP/1.0\r\n${HOST}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
      400,
    ],
    ...['x', 'identity', 'xchunked', 'chunkedx', '"chunked"', 'chunked;a=b'].map(
      (coding) =>
        [
          `the coding ${coding}`,
          post(`Transfer-Encoding: ${coding}\r\n`, `0\r\n\r\n${SMUGGLED}`),
          501,
        ] as const,
    ),
    [
      'a coding besides chunked',
      post('Transfer-Encoding: gzip, chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
      501,
    ],
    ['HTTP/0.9', `GET /api/x\r\n${HOST}\r\n`, 505],
    ['HTTP/2.0 in words', `GET /api/x HTTP/2.0\r\n${HOST}\r\n`, 505],
  ] as const)(
    'H-7 %s is refused with a reason, and the connection ends',
    async ([, bytes, status]) => {
      const answers = await say(bytes)

      expect(answers.map((answer) => answer.status)).toEqual([status])
      expect(answers[0]?.headers).toMatchObject({
        'coatcheck-problem': 'bad_request',
        connection: 'close',
      })
      expect(asked()).toEqual([])
    },
  )

  it('CVE-2026-1525, H-8, H-9 what is odd but clear goes up with exactly one length or coding', async () => {
    const clear: ReadonlyArray<readonly [bytes: string, body: string]> = [
      [post(`${CLOSE}Content-Length: 0000000000000000000002\r\n`, 'ok'), 'ok'],
      [post(`${CLOSE}Content-Length:\t2 \t\r\n`, 'ok'), 'ok'],
      [post(`${CLOSE}Transfer-Encoding: CHUNKED\r\n`, '2\r\nok\r\n0\r\n\r\n'), 'ok'],
      [
        post(`${CLOSE}Transfer-Encoding: chunked\r\n`, '000002;a=b;c="d e"\r\nok\r\n0\r\n\r\n'),
        'ok',
      ],
      [
        post(
          `${CLOSE}Transfer-Encoding: chunked\r\n`,
          '1\r\no\r\n1\r\nk\r\n00\r\nTrailer: x\r\n\r\n',
        ),
        'ok',
      ],
      [`\r\n\r\n${post(`${CLOSE}Content-Length: 2\r\n`, 'ok')}`, 'ok'],
      [post(`${CLOSE}Content_Length: 9\r\nContent-Length: 2\r\nContent.Length: 0\r\n`, 'ok'), 'ok'],
      [post(`${CLOSE}Transfer_Encoding: chunked\r\nContent-Length: 2\r\n`, 'ok'), 'ok'],
    ]

    for (const [bytes, body] of clear) {
      const answers = await say(bytes)

      expect(
        answers.map(({ status }) => status),
        bytes,
      ).toEqual([200])
      expect(upstream.last.body.toString(), bytes).toBe(body)
      const framing = upstream.last.rawHeaders
        .filter((_, i) => i % 2 === 0)
        .filter((name) => /^(content|transfer).(length|encoding)$/i.test(name))
      expect(framing, bytes).toHaveLength(1)
    }
  })

  it('answers come in the order of the questions, whichever upstream answers first', async () => {
    const last = Promise.withResolvers<void>()
    upstream.on('/first', async (_request, response) => {
      await last.promise
      response.end('first')
    })
    upstream.on('/last', (_request, response) => {
      response.end('last', () => last.resolve())
    })

    const answers = await say(
      ['/api/first', '/auth/session', '/api/last']
        .map(
          (target) => `GET ${target} HTTP/1.1\r\n${HOST}${target === '/api/last' ? CLOSE : ''}\r\n`,
        )
        .join(''),
    )

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(answers.map(({ body }) => body.slice(0, 15))).toEqual([
      'first',
      '{"authenticated',
      'last',
    ])
  })
})

describe('a Host', () => {
  const get = (target: string, hosts: string, version = '1.1') =>
    `GET ${target} HTTP/${version}\r\n${hosts}${CLOSE}\r\n`

  it.for([
    ['missing', '', 400],
    ['twice the same', HOST + HOST, 400],
    ['ours, then another', `${HOST}Host: evil.example\r\n`, 400],
    ['another, then ours', `Host: evil.example\r\n${HOST}`, 400],
    ['a list', 'Host: localhost:3000, evil.example\r\n', 400],
    ['with a user', 'Host: user@localhost:3000\r\n', 400],
    ['with a path', 'Host: localhost:3000/api\r\n', 400],
    ['with a query', 'Host: localhost:3000?\r\n', 400],
    ['with a backslash', 'Host: localhost:3000\\evil.example\r\n', 400],
    ['with a space', 'Host: localhost:3000 evil.example\r\n', 400],
    ['empty', 'Host:\r\n', 421],
    ['without its port', 'Host: localhost\r\n', 421],
    ['with another port', 'Host: localhost:30001\r\n', 421],
    ['with a longer port', 'Host: localhost:03000\r\n', 421],
    ['with a dot behind', 'Host: localhost.:3000\r\n', 421],
    ['with something before', 'Host: xlocalhost:3000\r\n', 421],
    ['with something behind', 'Host: localhost:3000.evil.example\r\n', 421],
    ['below another', 'Host: localhost.evil.example:3000\r\n', 421],
    ['the address itself', 'Host: 127.0.0.1:3000\r\n', 421],
    ['an IPv6 address', 'Host: [::1]:3000\r\n', 421],
    ['in other letters', 'Host: xn--lcalhost-54d:3000\r\n', 421],
    ['of two labels', 'Host: a.b.localhost:3000\r\n', 421],
  ] as const)('H-4, H-16, CVE-2026-55602 that is %s', async ([, hosts, status]) => {
    for (const target of ['/api/x', '/auth/session', '/nowhere', '/api/%2f']) {
      const answers = await say(get(target, hosts))

      expect(
        answers.map((answer) => answer.status),
        target,
      ).toEqual([status])
      expect(answers[0]?.headers['coatcheck-problem'], target).toBe(
        status === 400 ? 'bad_request' : 'host_unknown',
      )
    }
    expect(asked()).toEqual([])
  })

  it('H-4 that is ours is served in any case, and tells the upstream which of ours it was', async () => {
    const seen: unknown[] = []

    for (const host of [
      'localhost:3000',
      'LOCALHOST:3000',
      'alice.localhost:3000',
      'ALICE.localhost:3000',
    ]) {
      expect((await say(get('/api/x', `Host: ${host}\r\n`)))[0]?.status).toBe(200)
      expect(upstream.last.headers.host).toBe(new URL(upstream.url).host)
      seen.push(upstream.last.headers['x-forwarded-host'])
    }
    expect(seen).toEqual([
      'localhost:3000',
      'localhost:3000',
      'alice.localhost:3000',
      'alice.localhost:3000',
    ])
    // HTTP/1.0 may leave it out, and is then nobody's.
    expect((await say('GET /api/x HTTP/1.0\r\n\r\n'))[0]?.status).toBe(421)
    expect((await say(get('/api/x', HOST, '1.0')))[0]?.status).toBe(200)
  })

  it('H-4 is never taken from the target: absolute and authority forms are refused', async () => {
    for (const target of [
      'http://localhost:3000/api/x',
      'http://evil.example/api/x',
      'https://localhost:3000/api/x',
      'localhost:3000',
      '*',
      'api/x',
      '?x',
    ]) {
      const [answer] = await say(get(target, HOST))
      expect(answer?.status, target).toBe(target === '*' ? 404 : 400)
    }
    expect(asked()).toEqual([])
  })
})

describe('a request for more than an answer', () => {
  it('CVE-2026-71324, H-15 CONNECT is refused with 405, and what follows it is thrown away', async () => {
    const { connections } = upstream

    for (const target of ['localhost:3000', '127.0.0.1:1', '/api/x', new URL(upstream.url).host]) {
      const answers = await say(`CONNECT ${target} HTTP/1.1\r\n${HOST}\r\n${SMUGGLED}`)
      expect(answers.map(({ status }) => status)).toEqual([405])
      expect(answers[0]?.headers).toMatchObject({
        'coatcheck-problem': 'bad_request',
        connection: 'close',
      })
    }
    expect(asked()).toEqual([])
    expect(upstream.connections).toBe(connections)
  })

  it('CVE-2026-88008, H-15 what asks for h2c goes up as a plain request', async () => {
    const upgrades = [
      'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n',
      'Connection: close\r\nUpgrade: TLS/1.2, h2c\r\n',
      'Connection: upgrade\r\nConnection: close\r\nUpgrade: websocket, h2c\r\n',
    ]

    for (const headers of upgrades) {
      const [answer] = await say(`GET /api/x HTTP/1.1\r\n${HOST}${headers}\r\n`)

      expect(answer?.status).toBe(200)
      for (const name of ['upgrade', 'http2-settings']) {
        expect(upstream.last.headers).not.toHaveProperty(name)
      }
      expect(upstream.last.headers.connection).toBe('keep-alive')
    }
    const [closed] = await say(`GET /closed/x HTTP/1.1\r\n${HOST}${HANDSHAKE}\r\n`)
    expect(closed?.status).toBe(401)
  })

  it('CVE-2025-64763 bytes behind an upgrade never reach an upstream as anything but a request', async () => {
    await using stack = new AsyncDisposableStack()
    const upstream = stack.use(
      await openRawUpstream(async (peer) => {
        for (;;) {
          await peer.request()
          await peer.send('HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno')
        }
      }),
    )
    const gateway = stack.use(
      await startGateway({ routes: [{ prefix: '/api', upstream: upstream.url, auth: 'public' }] }),
    )

    const socket = connect(gateway.port, '127.0.0.1')
    stack.defer(() => void socket.destroy())

    socket.write(`GET /api/x HTTP/1.1\r\n${HOST}${HANDSHAKE}\r\n`)
    socket.write(Buffer.from('\x81\x85EVIL-DATA\r\n\r\n', 'latin1'))
    const [refused] = await once(socket, 'data')
    socket.destroy()
    await say(`GET /api/after HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, gateway)

    expect(String(refused)).toMatch(/^HTTP\/1\.1 403 /)
    const received = upstream.connections.map((one) => one.received.toString('latin1')).join('')
    expect(received).not.toContain('EVIL')
    expect(received.match(/^[A-Z]+ \S+ HTTP/gm)?.at(-1)).toBe('GET /after HTTP')
  })

  it('H-5 Expect: 100-continue is answered at once; the body comes after, the expectation stays here', async () => {
    const socket = connect(gateway.port, '127.0.0.1')
    stack.defer(() => void socket.destroy())

    socket.write(post(`${CLOSE}Expect: 100-continue\r\nContent-Length: 2\r\n`, ''))
    const [interim] = await once(socket, 'data')
    const before = asked().length
    socket.write('ok')
    const [final] = await once(socket, 'data')

    expect(String(interim)).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    expect(before).toBe(0)
    expect(String(final)).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(asked()).toEqual(['POST /x ok'])
    expect(upstream.last.headers).not.toHaveProperty('expect')
  })

  it('H-5 an upstream’s early refusal passes, HTTP/1.0 is told nothing, and other expectations get 417', async () => {
    upstream.onHead('/refused', (_request, response) => {
      response.writeHead(417).end('no')
    })
    const expecting = (target: string, expectation: string, version = '1.1') =>
      `POST ${target} HTTP/${version}\r\n${HOST}${CLOSE}Expect: ${expectation}\r\nContent-Length: 2\r\n\r\nok`

    const refused = await say(expecting('/api/refused', '100-continue'))
    const old = await say(expecting('/api/x', '100-continue', '1.0'))
    const unmet = await say(expecting('/api/x', 'a-miracle'))

    expect(refused.map(({ status, body }) => `${status} ${body}`)).toEqual(['100 ', '417 no'])
    expect(old.map(({ status }) => status)).toEqual([200])
    expect(unmet.map(({ status }) => status)).toEqual([417])
    expect(unmet[0]?.headers).toMatchObject({ 'coatcheck-problem': 'bad_request' })
    expect(asked()).toEqual(['POST /x ok'])
  })
})

describe('a request that is too much', () => {
  it.for([
    ['headers of 64 KB', `GET /api/x HTTP/1.1\r\n${HOST}X: ${'a'.repeat(65_536)}\r\n\r\n`],
    ['headers of 2 MB', `GET /api/x HTTP/1.1\r\n${HOST}X: ${'a'.repeat(2 << 20)}\r\n\r\n`],
    ['10,000 headers', `GET /api/x HTTP/1.1\r\n${HOST}${'X: y\r\n'.repeat(10_000)}\r\n`],
    [
      'a cookie of 100 KB',
      `GET /api/x HTTP/1.1\r\n${HOST}Cookie: a=${'b'.repeat(100_000)}\r\n\r\n`,
    ],
    ['a target of 1 MB', `GET /api/${'a'.repeat(1 << 20)} HTTP/1.1\r\n${HOST}\r\n`],
    [
      '1 MB of trailers',
      post(
        'Transfer-Encoding: chunked\r\n',
        `0\r\n${`X: ${'a'.repeat(90)}\r\n`.repeat(11_000)}\r\n`,
      ),
    ],
  ])('%s get a 431 that can be read, and nothing went up', async ([, bytes]) => {
    const answers = await say(bytes ?? '')

    expect(answers.map(({ status }) => status)).toEqual([431])
    expect(answers[0]?.headers).toMatchObject({
      'coatcheck-problem': 'too_large',
      connection: 'close',
    })
    expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject({ status: 431, code: 'too_large' })
    expect(asked()).toEqual([])
  })

  it('a refused client that stays is let go after a second', async () => {
    const clock = manualClock()
    await using upstream = await startUpstream()
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url, auth: 'public' }],
      options: { clock },
    })
    const socket = connect({ port: gateway.port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('error', () => undefined)

    socket.write('garbage\r\n\r\n')
    const [answer] = await once(socket, 'data')
    socket.resume()
    await once(socket, 'end')
    const held = await connectionsOf(gateway)
    clock.advance(999)
    const still = await connectionsOf(gateway)
    clock.advance(1)
    await until(async () => (await connectionsOf(gateway)) === 0)

    expect(String(answer)).toMatch(/^HTTP\/1\.1 400 /)
    expect([held, still]).toEqual([1, 1])
    socket.destroy()
  })

  it('a refused client is listened to until it has said everything, so that it can read why', async () => {
    const socket = connect(gateway.port, '127.0.0.1')
    stack.defer(() => void socket.destroy())

    socket.write(`GET /api/x HTTP/1.1\r\nX: ${'a'.repeat(20 << 20)}`)
    const chunks = await socket.toArray()

    expect(readAnswers(Buffer.concat(chunks)).map(({ status }) => status)).toEqual([431])
  })

  it('nothing of ours is ever written into the answer of an upstream', async () => {
    await using stack = new AsyncDisposableStack()
    const upstream = stack.use(
      await openRawUpstream(async (peer) => {
        await peer.request()
        await peer.send(`HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n${'a'.repeat(1000)}`)
        await peer.closed
      }),
    )
    const gateway = stack.use(
      await startGateway({ routes: [{ prefix: '/api', upstream: upstream.url, auth: 'public' }] }),
    )
    const socket = connect(gateway.port, '127.0.0.1')
    stack.defer(() => void socket.destroy())
    socket.on('error', () => undefined)
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk
    })

    socket.write(`GET /api/x HTTP/1.1\r\n${HOST}\r\n`)
    await until(async () => received.includes('aaa'))
    socket.write('garbage\r\n\r\n')
    await once(socket, 'close')

    const [answer] = readAnswers(Buffer.from(received))
    expect(answer).toMatchObject({ status: 200, whole: false })
    expect(answer?.body).toMatch(/^a*$/)
  })
})

function connectionsOf({ app }: TestGateway): Promise<number> {
  return new Promise((resolve, reject) => {
    app.server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  })
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}

/*
| requirement | why it has no test here |
|---|---|
| H-1, H-2, H-6, H-11, H-12, H-17, H-18 | headers.test.ts |
| H-3 TRACE, unknown methods | paths.test.ts |
| H-8 (answers), H-13, H-14 | upstream-faults.test.ts |
| H-19 | bodies.test.ts |
| H-20, 2.B 49, 51 WebSocket | websocket.test.ts |
| 2.B 40, 41 caches of answers | there is none; `undici` interceptors are not used (test/unit/proxy/pool.test.ts) |
| 2.B 42 SOCKS and egress proxies | no setting leads to one |
| slow senders of headers | Node's own `headersTimeout` with its check every 30 s: too long to wait for here |
*/
