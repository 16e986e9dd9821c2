import { describe, expect, it } from 'vitest'
import { createCertificate } from '../../support/certificate.ts'
import { accepted, refused, yamlWith } from './loading.ts'

const UP = 'upstream: http://localhost:5000'

/** What is wrong with one more route, without its place. */
async function complaints(route: string): Promise<string[]> {
  const problems = await refused(yamlWith({ routes: `- { ${route} }` }))
  return problems.map((line) => line.replace(/^coatcheck\.yaml:\d+:\d+ /, ''))
}

describe('routes', () => {
  it('have a path or a prefix, and the rest by default', async () => {
    const config = await accepted(yamlWith())

    expect(config.routes).toEqual([
      {
        match: 'prefix',
        at: '/api',
        upstream: new URL('http://localhost:5000/v1'),
        auth: 'required',
        provider: 'mentorship',
        cache: 'no-store',
        cookies: [],
        bodyLimit: undefined,
        csrf: 'same-origin',
        passive: false,
        timeouts: { connectMs: 5_000, responseMs: 25_000, idleMs: 50_000 },
        ca: undefined,
      },
    ])
  })

  it('may say everything themselves', async () => {
    const config = await accepted(
      yamlWith({
        top: 'csrf: strict\ntimeouts: { connect: 1s, response: 2s }',
        routes: `- path: /a
  ${UP}/b/
  auth: optional
  provider: mentorship
  cache: private
  cookies: [lang]
  bodyLimit: 64KiB
  csrf: header
  passive: true
  timeouts: { response: 9s }`,
      }),
    )

    expect(config.routes[0]?.csrf).toBe('strict')
    expect(config.routes[1]).toMatchObject({
      match: 'path',
      at: '/a',
      auth: 'optional',
      cache: 'private',
      cookies: ['lang'],
      bodyLimit: 65_536,
      csrf: 'header',
      passive: true,
      timeouts: { connectMs: 1_000, responseMs: 9_000, idleMs: 50_000 },
    })
    expect(config.routes[1]?.upstream.href).toBe('http://localhost:5000/b/')
  })

  it('lose the slash at the end of a prefix’s upstream, where what follows brings its own', async () => {
    const config = await accepted(yamlWith({ routes: `- { prefix: /x, ${UP}/base/ }` }))

    expect(config.routes[1]?.upstream.href).toBe('http://localhost:5000/base')
  })

  it('may be everything', async () => {
    const config = await accepted(yamlWith({ routes: `- { prefix: /, ${UP} }` }))

    expect(config.routes[1]?.at).toBe('/')
  })

  it.each([
    ['api', 'must start with a slash'],
    ['/api/', 'must not end with a slash'],
    ['//api', 'must not contain an empty segment (//)'],
    ['/a//b', 'must not contain an empty segment (//)'],
    ['/a/../b', 'must not contain . or .. as a segment'],
    ['/a/.', 'must not contain . or .. as a segment'],
    ['/a%2Fb', 'may contain only letters, digits and . _ ~ - between its slashes'],
    ['/a?b', 'may contain only letters, digits and . _ ~ - between its slashes'],
    ['/a*', 'may contain only letters, digits and . _ ~ - between its slashes'],
    ['/ä', 'may contain only letters, digits and . _ ~ - between its slashes'],
    ['/a\\b', 'may contain only letters, digits and . _ ~ - between its slashes'],
    ['/auth', 'everything under /auth belongs to the gateway itself'],
    ['/auth/login', 'everything under /auth belongs to the gateway itself'],
    ['/qa/x', 'everything under /qa belongs to the gateway itself'],
    ['/.well-known/jwks.json', 'this path belongs to the gateway itself'],
  ])('refuse the path %s', async (path, message) => {
    expect(await complaints(`path: '${path}', ${UP}`)).toEqual([`routes[1].path: ${message}`])
    expect(await complaints(`prefix: '${path}', ${UP}`)).toEqual([`routes[1].prefix: ${message}`])
  })

  it.each(['/authors', '/qa-x', '/.well-known', '/a.b/c~d_e-f', '/...'])(
    'accept %s',
    async (path) => {
      expect(await complaints(`path: ${path}, ${UP}`)).toEqual([])
    },
  )

  it.each([
    ['localhost:5000', 'write an absolute http(s) address, such as https://api.example.org'],
    ['ws://localhost', 'write an absolute http(s) address, such as https://api.example.org'],
    ['http:///api', 'write an absolute http(s) address, such as https://api.example.org'],
    ['http://a b', 'write an absolute http(s) address, such as https://api.example.org'],
    ['http://a\\b', 'write an absolute http(s) address, such as https://api.example.org'],
    ['http://u:canary@x', 'must not carry a user name or password'],
    ['http://x?canary', 'must not carry a query (?…)'],
    ['http://x/?', 'must not carry a query (?…)'],
    ['http://x/#a', 'must not carry a fragment (#…)'],
    [
      'http://x//register',
      'has an empty path segment (//): does the part in front end with a slash?',
    ],
    ['http://x/a/../b', 'must not contain . or .. as a path segment'],
    ['http://x/%2e%2E/b', 'must not contain . or .. as a path segment'],
  ])('refuse the upstream %s', async (upstream, message) => {
    expect(await complaints(`path: /x, upstream: '${upstream}'`)).toEqual([
      `routes[1].upstream: ${message}`,
    ])
  })

  it.each([
    [UP, 'routes[1]: must have path (exact) or prefix'],
    [`path: /a, prefix: /b, ${UP}`, 'routes[1]: must have path or prefix, not both'],
    ['path: /a', 'routes[1].upstream: is missing'],
    [`prefix: /api, ${UP}`, 'routes[1]: answers the same as the prefix /api: keep one of the two'],
    [
      `path: /a, ${UP}, auth: service`,
      'routes[1].auth: service is not in this version: write one of required, optional, public',
    ],
    [
      `path: /a, ${UP}, auth: public, provider: mentorship`,
      'routes[1].provider: goes with no public route: no token is sent',
    ],
    [
      `path: /a, ${UP}, provider: mentorshp`,
      'routes[1].provider: names no provider: there is mentorship (did you mean mentorship)',
    ],
    [
      `path: /a, ${UP}, bodyLimit: 1024`,
      'routes[1].bodyLimit: a size is a whole number with its unit: write 64KiB or 10MB',
    ],
    [
      `path: /a, ${UP}, timeouts: { response: 2d }`,
      'routes[1].timeouts.response: must be at most 24h',
    ],
    [`path: /a, ${UP}, cookies: ['a b']`, 'routes[1].cookies[0]: is not a cookie name (RFC 6265)'],
    [
      `path: /a, ${UP}, cookies: [x, __host-COATCHECK]`,
      'routes[1].cookies[1]: is a cookie of the gateway itself',
    ],
    [
      `path: /a, ${UP}, cookies: [coatcheck-3000]`,
      'routes[1].cookies[0]: is a cookie of the gateway itself',
    ],
    [`path: /a, ${UP}, cache: yes-please`, 'routes[1].cache: must be one of no-store, private'],
    [`path: /a, ${UP}, passive: sometimes`, 'routes[1].passive: must be true or false'],
    [
      `path: /a, ${UP}, workers: 2`,
      'routes[1].workers: is not a known setting (did you mean workers)',
    ],
    [
      `path: /a, ${UP}, tls: { ca: nonsense }`,
      'routes[1].tls.ca: must be a certificate in PEM form: write { file: ca.pem }',
    ],
  ])('refuse { %s }', async (route, message) => {
    expect(await complaints(route)).toEqual([message])
  })

  it('may have the same path exactly and as a prefix', async () => {
    expect(await complaints(`path: /api, ${UP}`)).toEqual([])
  })

  it('need a provider named when there are several', async () => {
    const second =
      'providers:\n  crm: { kind: password, signIn: { url: http://localhost:1/login } }'
    const yaml = yamlWith().replace('providers:', second)

    expect(await refused(yaml)).toEqual([
      'coatcheck.yaml:9:5 routes[0].provider: is missing: one of crm, mentorship',
    ])
    expect(await refused(yaml.replace('/v1', '/v1, provider: crn'))).toEqual([
      'coatcheck.yaml:9:67 routes[0].provider: names no provider: there are crm, mentorship (did you mean crm)',
    ])
  })

  it('need a provider unless they are public', async () => {
    expect(await refused(`routes: [{ path: /a, ${UP} }]`)).toEqual([
      'coatcheck.yaml:1:10 routes[0].provider: is missing: write providers or signIn, or auth: public',
    ])
    expect(await refused(`routes: [{ path: /a, ${UP}, auth: public }]`)).toEqual([])
  })

  it('take a certificate authority for https', async () => {
    const { cert } = await createCertificate()
    const ca = { files: { 'ca.pem': cert } }
    const route = (scheme: string) =>
      `- { path: /a, upstream: "${scheme}://localhost:5443", tls: { ca: { file: ca.pem } } }`
    const config = await accepted(yamlWith({ routes: route('https') }), ca)

    expect(config.routes[1]?.ca).toBe(cert.replace(/\r?\n$/, ''))
    expect(await refused(yamlWith({ routes: route('http') }), ca)).toEqual([
      expect.stringContaining('routes[1].tls.ca: is of no use: none of these addresses is https'),
    ])
  })

  it('warn where they lead to a sign-in that would hand its tokens to the browser', async () => {
    const yaml = yamlWith({ routes: '- { prefix: /raw, upstream: http://localhost:5000 }' })

    expect((await accepted(yaml)).warnings).toEqual([
      "POST /raw/login reaches mentorship's own sign-in, which hands its tokens to the browser: write also: /raw/login",
    ])
    const elsewhere = await accepted(yaml.replace('/login }', '/login, also: /sign-in }'))
    expect(elsewhere.warnings).toEqual([expect.stringMatching(/: narrow its upstream$/)])
    const mended = yaml.replace('/login }', '/login, also: /raw/login }')
    expect((await accepted(mended)).warnings).toEqual([])
  })
})
