// Which headers cross the gateway, each way, however they are spelled, doubled or listed in Connection.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startGateway } from '../support/gateway.ts'
import { WAYS } from '../support/handshake.ts'
import { startLineUpstream } from '../support/line-upstream.ts'
import { pipeline } from '../support/pipeline.ts'
import { openRawUpstream } from '../support/raw-upstream.ts'
import { startUpstream, type UpstreamRequest } from '../support/upstream.ts'

type Pair = readonly [name: string, value: string]

const RUNS = process.env.COATCHECK_LONG === '1' ? 5000 : 250
const SAME_SITE = 'Sec-Fetch-Site: same-origin\r\n'

const lines = (headers: readonly Pair[]) =>
  headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')

function pairs(flat: readonly string[]): Pair[] {
  return flat.flatMap((name, i): Pair[] => (i % 2 === 0 ? [[name, flat[i + 1] ?? '']] : []))
}

function valuesOf(headers: readonly Pair[], name: string): string[] {
  return headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value)
}

async function call(port: number, headers: string, target = '/api/x') {
  const request = `GET ${target} HTTP/1.1\r\nHost: localhost:3000\r\n${headers}\r\n`
  const [answer] = await pipeline(port, [request], 1)
  if (!answer) throw new Error('the connection was closed without an answer')
  const flat = answer.head
    .split('\r\n')
    .slice(1)
    .flatMap((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
  return { ...answer, headers: pairs(flat) }
}

/** Of the handshake with the upstream, and not passed on from the browser's. */
const HANDSHAKES = ['origin', 'upgrade', 'sec-websocket-version', 'sec-websocket-key']

function byName(headers: readonly Pair[]) {
  return [...Map.groupBy(headers, ([name]) => name.toLowerCase())]
    .map(([name, all]) => [name, all.map(([, value]) => value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

/** What a client may never tell an upstream about who it is or where it came from. */
const FORBIDDEN_UP = [
  'Authorization',
  'Proxy-Authorization',
  'Proxy-Authenticate',
  'Proxy-Connection',
  'Cookie2',
  'Keep-Alive',
  'TE',
  'Trailer',
  'HTTP2-Settings',
  'Forwarded',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Port',
  'X-Forwarded-Proto',
  'X-Forwarded-Prefix',
  'X-Forwarded-Server',
  'X-Forwarded-Uri',
  'X-Forwarded-Method',
  'X-Forwarded-Ssl',
  'X-Forwarded-Client-Cert',
  'X-Forwarded-User',
  'X-Forwarded-Email',
  'X-Forwarded-Groups',
  'X-Forwarded-Access-Token',
  'X-Forwarded-Preferred-Username',
  'X-Real-IP',
  'X-Client-IP',
  'True-Client-IP',
  'CF-Connecting-IP',
  'X-Request-Id',
  'X-Coatcheck-Session',
  'X-Coatcheck-Anything',
  'Coatcheck-Problem',
  'Remote-User',
  'X-Remote-User',
  'X-User',
  'X-User-Id',
  'X-Auth-Request-User',
  'X-Auth-Request-Access-Token',
  'X-Authenticated-User',
  'X-Original-Url',
  'X-Rewrite-Url',
  'X-Http-Method-Override',
  'X-Ssl-Client-Cert',
] as const

const INJECTED = [
  'authorization',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-request-id',
]

const shuffledCase = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((flags) =>
      [...text].map((char, i) => (flags[i] ? char.toUpperCase() : char.toLowerCase())).join(''),
    )

/** Every token character that somebody upstream might fold into a hyphen. */
const separators = fc.constantFrom(...'-__..~+!*|^`&#$%'.split(''))

const misspelt = (names: readonly string[]) =>
  fc
    .constantFrom(...names)
    .chain((name) =>
      fc.tuple(shuffledCase(name), fc.array(separators, { minLength: 8, maxLength: 8 })),
    )
    .map(([name, between]) => {
      let next = 0
      return name.replaceAll('-', () => between[next++] ?? '-')
    })

const latin1 = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
      { weight: 1, arbitrary: fc.integer({ min: 0x80, max: 0xff }) },
      { weight: 1, arbitrary: fc.constant(9) },
    ),
    { maxLength: 40 },
  )
  .map((codes) => String.fromCharCode(...codes).replace(/^[\t ]+|[\t ]+$/g, ''))

const harmless = fc.oneof(
  fc.stringMatching(/^x-q[a-z0-9-]{0,12}$/).chain(shuffledCase),
  fc.stringMatching(/^[a-z]q[!#$%&'*+.^_`|~0-9]{0,6}$/),
  fc.constantFrom(
    'Accept',
    'accept-language',
    'User-Agent',
    'If-None-Match',
    'If-Modified-Since',
    'Range',
    'Referer',
    'X-Requested-With',
    'X-CSRF',
    'Priority',
    'Cache-Control',
    'Pragma',
    'Max-Forwards',
    'Accept-Encoding',
    '__proto__',
    'constructor',
  ),
)

const header = (name: fc.Arbitrary<string>, kind: 'pass' | 'stop') =>
  fc.tuple(name, latin1).map(([one, value]) => ({ kind, pair: [one, value] as Pair }))

/** As the ones above, for whoever goes this way: the handshake's own lines are no part of what is looked at. */
const calling =
  (way: string): typeof call =>
  (port, headers, target) =>
    call(port, way + headers, target)

describe.each(WAYS)('on the way up of a %s', (kind, way) => {
  const call = calling(way)

  it('CVE-2025-64484, CVE-2026-35051, H-1, H-17 forbidden names never pass in any spelling; all others do, byte for byte and in order', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url }],
    })
    const ada = await gateway.signIn('ada')
    const identity = `Cookie: ${ada.cookie}\r\n${SAME_SITE}`

    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            { weight: 3, arbitrary: header(harmless, 'pass') },
            // Spelt as it is, it names the session that the page was made for: another than ours is a 409.
            {
              weight: 2,
              arbitrary: header(misspelt(FORBIDDEN_UP), 'stop').filter(
                ({ pair: [name] }) => name.toLowerCase() !== 'x-coatcheck-session',
              ),
            },
            {
              weight: 1,
              arbitrary: header(
                fc.constantFrom('Content_Length', 'content.length', 'Transfer_Encoding'),
                'stop',
              ),
            },
          ),
          { maxLength: 12 },
        ),
        async (headers) => {
          const sent = headers.map(({ pair }) => pair)
          const { status } = await call(gateway.port, identity + lines(sent))

          expect(status).toBe(200)
          const arrived = pairs(upstream.last.rawHeaders)
          const own = new Set(['host', 'connection', 'sec-fetch-site', ...INJECTED, ...HANDSHAKES])
          const passed = headers.filter(({ kind }) => kind === 'pass').map(({ pair }) => pair)
          const seen = arrived.filter(([name]) => !own.has(name.toLowerCase()))
          // A handshake has headers of one name together, in their own order.
          if (kind === 'request') expect(seen).toEqual(passed)
          else expect(byName(seen)).toEqual(byName(passed))
          expectOwnHeaders(upstream.last, upstream.signIns[0]?.access)
        },
      ),
      { numRuns: RUNS },
    )
  })

  function expectOwnHeaders({ rawHeaders, headers }: UpstreamRequest, access: string | undefined) {
    const arrived = pairs(rawHeaders)
    expect(INJECTED.map((name) => valuesOf(arrived, name).length)).toEqual([1, 1, 1, 1, 1, 1])
    expect(headers).toMatchObject({
      authorization: `Bearer ${access}`,
      via: expect.stringMatching(/^1\.1 coatcheck-[0-9a-f]{8}$/),
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'localhost:3000',
      'x-forwarded-proto': 'http',
      'x-request-id': expect.stringMatching(/^[0-9a-z-]{8,}$/i),
    })
    const folded = arrived.map(([name]) => name.toLowerCase().replace(/[^a-z0-9]/g, '-'))
    expect(folded.filter((name) => name === 'authorization')).toHaveLength(1)
    expect(folded.filter((name) => name === 'cookie')).toEqual([])
  }

  it('CVE-2026-33805, CVE-2025-48865, CVE-2024-45410, H-1 what Connection lists is dropped, and never what the gateway adds', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url, cookies: ['theme'] }],
    })
    const ada = await gateway.signIn('ada')
    const injected = [...INJECTED, 'cookie', 'host', 'content-length', 'connection', 'close', 'x-q']
    const padding = fc.constantFrom('', ' ', '\t', ' \t ')
    const list = fc
      .array(fc.tuple(padding, fc.constantFrom(...injected).chain(shuffledCase), padding), {
        minLength: 1,
        maxLength: 12,
      })
      .map((names) => names.map(([before, name, after]) => before + name + after).join(','))

    await fc.assert(
      fc.asyncProperty(fc.array(list, { minLength: 1, maxLength: 3 }), async (listed) => {
        const { status } = await call(
          gateway.port,
          `Cookie: theme=dark; ${ada.cookie}\r\n${SAME_SITE}X-Q: 1\r\nX-Kept: 2\r\n` +
            lines(listed.map((value): Pair => ['Connection', value])),
        )

        expect(status).toBe(200)
        const { headers, rawHeaders } = upstream.last
        for (const name of INJECTED) expect(valuesOf(pairs(rawHeaders), name), name).toHaveLength(1)
        expect(headers.authorization).toBe(`Bearer ${upstream.signIns[0]?.access}`)
        expect(headers.cookie).toBe('theme=dark')
        expect(headers['x-kept']).toBe('2')
        expect(headers['x-q']).toBe(/(^|[\s,])x-q($|[\s,])/i.test(listed.join()) ? undefined : '1')
      }),
      { numRuns: RUNS },
    )
  })

  it('BFF-14 nobody’s token goes to a public route, and no Authorization of the browser’s own', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({
      routes: [
        { prefix: '/open', upstream: upstream.url, auth: 'public' },
        { prefix: '/maybe', upstream: upstream.url, auth: 'optional' },
      ],
    })
    const forged = 'Authorization: Bearer forged\r\nAUTHORIZATION: Basic eDp4\r\n'

    await call(gateway.port, forged, '/open/x')
    expect(upstream.last.headers).not.toHaveProperty('authorization')
    await call(gateway.port, forged, '/maybe/x')
    expect(upstream.last.headers).not.toHaveProperty('authorization')
  })

  it('CVE-2026-3635, CVE-2026-16732, BFF-18 who the client is comes from the connection, or from as many proxies as are configured', async () => {
    await using upstream = await startUpstream()
    const forwarded =
      'X-Forwarded-For: 6.6.6.6, 7.7.7.7\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\n'

    for (const [trustProxy, client] of [
      [0, '127.0.0.1'],
      [1, '7.7.7.7'],
      [2, '6.6.6.6'],
    ] as const) {
      await using gateway = await startGateway({
        routes: [{ prefix: '/api', upstream: upstream.url, auth: 'public' }],
        trustProxy,
      })
      await call(gateway.port, forwarded)

      expect(upstream.last.headers).toMatchObject({
        'x-forwarded-for': client,
        'x-forwarded-host': 'localhost:3000',
        'x-forwarded-proto': 'http',
      })
    }
  })

  it('H-2 Via grows by one name, and what has been here already gets 508 and goes no further', async () => {
    await using upstream = await startUpstream()
    const routes = [{ prefix: '/api', upstream: upstream.url, auth: 'public' as const }]
    await using gateway = await startGateway({ routes })

    await call(gateway.port, 'Via: 1.0 fred, 1.1 p.example\r\nVia: 2 other\r\n')
    const own = /^1\.0 fred, 1\.1 p\.example, 2 other, (1\.1 coatcheck-[0-9a-f]{8})$/.exec(
      upstream.last.headers.via ?? '',
    )?.[1]
    const before = upstream.requests.length
    const again = await call(gateway.port, `Via: 1.0 fred, ${own}\r\n`)

    expect(own).toBeDefined()
    expect(again.status).toBe(508)
    expect(upstream.requests).toHaveLength(before)
  })

  it('H-6, H-12 neither TE nor a trailer reaches an upstream, as a header least of all', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url, auth: 'public' }],
    })

    await pipeline(
      gateway.port,
      [
        'POST /api/x HTTP/1.1\r\nHost: localhost:3000\r\nConnection: TE\r\nTE: trailers\r\n' +
          'Trailer: Authorization, X-Late\r\nTransfer-Encoding: chunked\r\n\r\n' +
          '2\r\nok\r\n0\r\nAuthorization: Bearer late\r\nX-Late: 1\r\nCookie: a=b\r\n\r\n',
      ],
      1,
    )

    expect(upstream.last.body.toString()).toBe('ok')
    for (const name of ['te', 'trailer', 'authorization', 'x-late', 'cookie']) {
      expect(upstream.last.headers, name).not.toHaveProperty(name)
    }
  })

  it('CVE-2025-29927, CVE-2026-34457 no header opens a closed route', async () => {
    await using upstream = await startLineUpstream('up')
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url }],
    })
    const names = [
      ...FORBIDDEN_UP,
      'X-Middleware-Subrequest',
      'X-Middleware-Rewrite',
      'X-Middleware-Next',
      'X-Matched-Path',
      'X-Nextjs-Data',
      'X-Skip-Auth',
      'X-Internal',
      'X-Debug',
      'X-Bypass',
      'X-Admin',
      'X-Authenticated',
      'X-Api-Key',
      'Api-Key',
      'X-Csrf',
      'X-Coatcheck-Passive',
      'User-Agent',
      'Referer',
      'Origin',
      'From',
      'Purpose',
      'Sec-Purpose',
      'Sec-Fetch-Mode',
      'Sec-Fetch-Dest',
      'Sec-Fetch-User',
      'Upgrade',
      'Accept',
      'X-Probe',
      'X-Health-Check',
      'X-Amzn-Oidc-Data',
      'X-Ms-Client-Principal',
      'X-Goog-Authenticated-User-Email',
    ]
    const values = [
      '1',
      'true',
      'admin',
      'Bearer x.y.z',
      'Basic YWRtaW46YWRtaW4=',
      '127.0.0.1',
      'localhost',
      'kube-probe/1.30',
      'GoogleHC/1.0',
      'ELB-HealthChecker/2.0',
      'middleware:middleware:middleware:middleware:middleware',
      '/auth/health',
      'http://localhost:3000',
    ]
    const requests = names.flatMap((name) =>
      values.map(
        (value) => `GET /api/x HTTP/1.1\r\nHost: localhost:3000\r\n${lines([[name, value]])}\r\n`,
      ),
    )

    const answers = await pipeline(gateway.port, requests, 16)

    expect(requests.length).toBeGreaterThan(500)
    expect(new Set(answers.map((answer) => answer?.status))).toEqual(new Set([401]))
    expect(upstream.targets).toEqual([])
  })

  it('CVE-2022-35948, H-11 a token with a line break in it never becomes two headers', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url }],
    })
    const hostile = [
      'a\r\nX-Evil: 1',
      'a\nX-Evil: 1',
      'a\rX-Evil: 1',
      'a\0b',
      'a\u2028b',
      'a b\u010d\u010aX-Evil: 1',
    ]

    for (const token of hostile) {
      upstream.on('/login', (_request, response) => {
        response.end(JSON.stringify({ access_token: token, refresh_token: 'r', sub: 'x' }))
      })
      const answer = await gateway.send('/auth/login', {
        method: 'POST',
        json: { username: 'eve', password: 'secret' },
      })
      expect(answer.status, JSON.stringify(token)).toBe(502)
      expect(answer.json()).toMatchObject({ code: 'sign_in_unreadable' })
      expect(answer.headers).not.toHaveProperty('set-cookie')
    }
  })
})

/** An upstream that gives each request the answer that is set at that moment, and a gateway with routes of every kind. */
async function startAnswering(stack: AsyncDisposableStack, way: string) {
  const answer = { bytes: '' }
  const upstream = stack.use(
    await openRawUpstream(async (peer) => {
      for (;;) {
        await peer.request()
        await peer.send(answer.bytes)
      }
    }),
  )
  const signIn = stack.use(await startUpstream())
  const gateway = stack.use(
    await startGateway({
      signInAt: signIn.url,
      routes: [
        { prefix: '/api', upstream: `${upstream.url}/v1` },
        { prefix: '/kept', upstream: upstream.url, cache: 'private' },
        { prefix: '/open', upstream: upstream.url, auth: 'public', cookies: ['theme', 'a'] },
        { prefix: '/maybe', upstream: upstream.url, auth: 'optional' },
        { prefix: '/', upstream: upstream.url, auth: 'public' },
      ],
    }),
  )
  const { cookie } = await gateway.signIn('ada')
  const get = (target: string, headers: readonly Pair[], status = 200) => {
    answer.bytes = `HTTP/1.1 ${status} X\r\n${lines(headers)}Content-Length: 2\r\n\r\nok`
    return call(gateway.port, `${way}Cookie: ${cookie}\r\n${SAME_SITE}`, target)
  }
  return { upstream, gateway, get }
}

/** What Node's own server adds. */
const NODES = ['connection', 'keep-alive', 'date', 'content-length']

describe.each(WAYS)('on the way down of a %s', (_, way) => {
  it('CVE-2026-71849, H-1 hop-by-hop headers, those that Connection lists, cookies and our own words stay; the rest passes byte for byte and in order', async () => {
    await using stack = new AsyncDisposableStack()
    const { get } = await startAnswering(stack, way)
    const forbidden = [
      'Keep-Alive',
      'Proxy-Connection',
      'Proxy-Authenticate',
      'TE',
      'Trailer',
      'Set-Cookie',
      'Set-Cookie2',
      'Coatcheck-Problem',
    ]
    const harmlessDown = fc.oneof(
      fc.stringMatching(/^x-q[a-z0-9-]{0,12}$/).chain(shuffledCase),
      fc.constantFrom(
        'Server',
        'ETag',
        'Vary',
        'WWW-Authenticate',
        'Content-Type',
        'Link',
        'X-Powered-By',
        'Access-Control-Allow-Origin',
        'Content-Encoding',
        'Retry-After',
        'Age',
        'Warning',
      ),
    )
    const one = fc.oneof(
      { weight: 3, arbitrary: header(harmlessDown, 'pass') },
      {
        weight: 2,
        arbitrary: header(fc.constantFrom(...forbidden).chain(shuffledCase), 'stop'),
      },
    )
    const secrets = fc.subarray(['X-Secret', 'x-internal', 'X-Backend'])

    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 12 }), secrets, async (headers, listed) => {
        const sent = [
          ...headers.map(({ pair }) => pair),
          ...listed.map((name): Pair => [name.toUpperCase(), 'internal']),
          ...(listed.length > 0
            ? [['Connection', `${listed.join(', ')}, keep-alive`] as Pair]
            : []),
        ]

        const answer = await get('/api/x', sent)

        expect(answer.status).toBe(200)
        const passed = headers.filter(({ kind }) => kind === 'pass').map(({ pair }) => pair)
        expect(answer.headers.filter(([name]) => !NODES.includes(name.toLowerCase()))).toEqual([
          ...passed,
          ['cache-control', 'private, no-store'],
        ])
      }),
      { numRuns: RUNS },
    )
  })

  it('same names stay apart: no value is joined to another', async () => {
    await using stack = new AsyncDisposableStack()
    const { get } = await startAnswering(stack, way)
    const sent: Pair[] = [
      ['Link', '</a>; rel=preload'],
      ['X-Q', 'one'],
      ['link', '</b>; rel=preload'],
      ['WWW-Authenticate', 'Basic realm="a, b"'],
      ['WWW-Authenticate', 'Bearer'],
      ['Vary', 'Accept'],
      ['Vary', 'Origin'],
      ['X-Q', ''],
    ]

    const { headers } = await get('/open/x', sent)

    expect(headers.filter(([name]) => !NODES.includes(name.toLowerCase()))).toEqual(sent)
  })

  const CACHE_NAMES = [
    'Cache-Control',
    'cache-control',
    'Expires',
    'Pragma',
    'CDN-Cache-Control',
    'Cloudflare-CDN-Cache-Control',
    'Vercel-CDN-Cache-Control',
    'Netlify-CDN-Cache-Control',
    'Surrogate-Control',
    'X-Accel-Expires',
    'Edge-Control',
  ]
  const aboutCaches = (headers: readonly Pair[]) =>
    headers
      .filter(([name]) => /cache|expires|pragma|surrogate|edge/i.test(name))
      .map(([name, value]) => `${name.toLowerCase()}: ${value}`)

  it('H-18, L-4, L-5, CVE-2026-9678, CVE-2026-14643, CVE-2026-13697 whatever the upstream says of caches, an answer to somebody is private, no-store', async () => {
    await using stack = new AsyncDisposableStack()
    const { get } = await startAnswering(stack, way)
    const values = [
      'public, max-age=31536000',
      's-maxage=600',
      'must-revalidate, max-age=600',
      'private=" authorization"',
      'private=""',
      'private="set-cookie", max-age=9',
      'max-age=600 , public',
      '3600',
      'Thu, 01 Jan 2099 00:00:00 GMT',
      '',
    ]

    for (const name of CACHE_NAMES) {
      for (const value of values) {
        const { headers } = await get('/api/x', [
          [name, value],
          ['Cache-Control', 'public'],
        ])
        expect(aboutCaches(headers), `${name}: ${value}`).toEqual([
          'cache-control: private, no-store',
        ])
      }
    }
    const { headers } = await get('/maybe/x', [['Cache-Control', 'public, max-age=60']])
    expect(aboutCaches(headers)).toEqual(['cache-control: private, no-store'])
  })

  it('H-18 cache: private keeps the lifetime for this browser and this cookie alone', async () => {
    await using stack = new AsyncDisposableStack()
    const { get } = await startAnswering(stack, way)
    const expected: ReadonlyArray<readonly [upstream: string, kept: string]> = [
      ['max-age=60', 'private, max-age=60'],
      ['public, max-age=60, s-maxage=600', 'private, max-age=60'],
      ['PUBLIC, Max-Age=60, IMMUTABLE', 'private, Max-Age=60, IMMUTABLE'],
      ['no-cache', 'private, no-cache'],
      ['private="x", max-age=60', 'private, max-age=60'],
      ['s-maxage=600', 'private, no-store'],
      ['public', 'private, no-store'],
      ['max-age=-1', 'private, no-store'],
      ['max-age="60"', 'private, no-store'],
      ['', 'private, no-store'],
    ]

    for (const [upstream, kept] of expected) {
      const { headers } = await get('/kept/x', [
        ['Cache-Control', upstream],
        ['Vary', 'Accept'],
        ['CDN-Cache-Control', 'max-age=600'],
        ['X-Accel-Expires', '600'],
        ['Surrogate-Control', 'max-age=600'],
      ])
      expect(aboutCaches(headers), upstream).toEqual([`cache-control: ${kept}`])
      expect(valuesOf(headers, 'vary')).toEqual(['Accept', 'cookie'])
    }
  })

  it('L-4 a public answer keeps its caching, unless it sets a cookie', async () => {
    await using stack = new AsyncDisposableStack()
    const { get } = await startAnswering(stack, way)
    const caching: Pair[] = [
      ['Cache-Control', 'public, max-age=60'],
      ['CDN-Cache-Control', 'max-age=600'],
    ]

    const without = await get('/open/x', [...caching, ['Set-Cookie', 'tracker=1']])
    const withOne = await get('/open/x', [...caching, ['Set-Cookie', 'theme=dark']])

    expect(aboutCaches(without.headers)).toEqual([
      'cache-control: public, max-age=60',
      'cdn-cache-control: max-age=600',
    ])
    expect(aboutCaches(withOne.headers)).toEqual(['cache-control: private, no-store'])
  })

  it('CVE-2026-9679, CVE-2026-16729, CVE-2026-11525, L-7 only named cookies come down, as they were written but for their Domain', async () => {
    await using stack = new AsyncDisposableStack()
    const { get, gateway } = await startAnswering(stack, way)
    const ours = gateway.host.replace('localhost:', 'coatcheck-')
    const sent = [
      'theme=%0d%0aSet-Cookie:%20x=y%3b; Path=/a; SameSite=Lax; Secure',
      'a="b, c"; Expires=Thu, 01 Jan 2099 00:00:00 GMT; Domain=.evil.example; HttpOnly',
      'a=2;DOMAIN = evil ;Max-Age=1',
      'A=wrong case',
      ' theme =spaces',
      'session=1',
      'themes=1',
      '=theme',
      'theme',
      `${ours}=forged`,
      `__Host-coatcheck=forged`,
      'x=theme=1',
    ]

    const { headers } = await get(
      '/open/x',
      sent.map((value): Pair => ['Set-Cookie', value]),
    )
    const none = await get(
      '/api/x',
      sent.map((value): Pair => ['sEt-cOOkie', value]),
    )

    expect(valuesOf(headers, 'set-cookie')).toEqual([
      'theme=%0d%0aSet-Cookie:%20x=y%3b; Path=/a; SameSite=Lax; Secure',
      'a="b, c"; Expires=Thu, 01 Jan 2099 00:00:00 GMT; HttpOnly',
      'a=2;Max-Age=1',
      'theme =spaces',
    ])
    expect(valuesOf(none.headers, 'set-cookie')).toEqual([])
  })

  it('a Location below the upstream’s base comes back as a path of ours; every other stays as it is', async () => {
    await using stack = new AsyncDisposableStack()
    const { upstream, get } = await startAnswering(stack, way)
    const { url } = upstream
    const expected: ReadonlyArray<readonly [at: string, sent: string, got: string]> = [
      ['/api/x', `${url}/v1/users/1?a=b#c`, '/api/users/1?a=b#c'],
      ['/api/x', `${url}/v1`, '/api'],
      ['/api/x', `${url}/v1?x`, '/api?x'],
      ['/api/x', `${url}/v10/x`, `${url}/v10/x`],
      ['/api/x', `${url}/other`, `${url}/other`],
      ['/api/x', `${url}0/v1/x`, `${url}0/v1/x`],
      ['/api/x', `${url}@evil.example/v1`, `${url}@evil.example/v1`],
      ['/api/x', 'https://elsewhere.example/', 'https://elsewhere.example/'],
      ['/api/x', '/v1/relative', '/v1/relative'],
      ['/api/x', 'relative', 'relative'],
      ['/x', `${url}/a`, '/a'],
      ['/x', `${url}`, '/'],
      // A path that begins with two slashes is a host to a browser.
      ['/x', `${url}//evil.example/a`, '/.//evil.example/a'],
      ['/x', `${url}/\\evil.example/a`, '/./\\evil.example/a'],
      ['/x', `${url}/\t/evil.example/a`, '/./\t/evil.example/a'],
    ]

    for (const [at, sent, got] of expected) {
      const { headers } = await get(at, [['Location', sent]], 302)
      expect(valuesOf(headers, 'location'), sent).toEqual([got])
      if (got.startsWith('/')) {
        expect(new URL(got, 'http://localhost:3000/x').host).toBe('localhost:3000')
      }
    }
  })

  it('CVE-2022-31151, CVE-2024-24758, CVE-2024-28849, ASVS 15.3.2 redirects are answers, never followed', async () => {
    await using stack = new AsyncDisposableStack()
    const { upstream, get } = await startAnswering(stack, way)
    await using canary = await startLineUpstream('canary')
    const opened = () => upstream.connections.map(({ received }) => received.length)

    for (const status of [300, 301, 302, 303, 307, 308]) {
      const before = opened().reduce((sum, bytes) => sum + bytes, 0)
      const answer = await get('/api/x', [['Location', `${canary.url}/x`]], status)
      const request = opened().reduce((sum, bytes) => sum + bytes, 0) - before

      expect(answer.status).toBe(status)
      expect(answer.body).toBe('ok')
      expect(valuesOf(answer.headers, 'location')).toEqual([`${canary.url}/x`])
      // One request went up, not two.
      expect(request).toBeLessThan(1200)
    }
    expect(canary.connections).toBe(0)
  })
})
