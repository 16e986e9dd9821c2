// A deployment's own files, as browsers and others ask for them.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cacheControlOf } from '../../src/http/static.ts'
import { openFolder } from '../support/folder.ts'
import { type GatewaySettings, startGateway } from '../support/gateway.ts'
import { rawRequest } from '../support/http.ts'
import { startUpstream } from '../support/upstream.ts'

const PAGE = '<!doctype html><title>The app</title>'
const THE_OTHER = '<title>The other</title>'
const SCRIPT = 'console.log("the app, hashed")'
const HASHED = '/assets/app-B3f9aC1x.js'
/** Stands beside the folders that are served, and in names that never are. */
const SECRET = 'nobody may read this'

const FILES = {
  'secret.txt': SECRET,
  'web/index.html': PAGE,
  [`web${HASHED}`]: SCRIPT,
  'web/assets/logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'web/a page.txt': 'with a space',
  'web/sub/leaf.txt': 'a leaf',
  'web/docs/index.html': '<title>Docs</title>',
  'web/auth/session': SECRET,
  'web/api/user': SECRET,
  'web/.env': SECRET,
  'web/.git/config': SECRET,
  'web/sub/.hidden/file.txt': SECRET,
  'other/index.html': THE_OTHER,
  'other/only-here.txt': 'only here',
  'bare/file.txt': 'a file',
}

const NAVIGATE = {
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
}

async function setUp(
  statics: ReadonlyArray<{ prefix: string; dir: string; fallback?: string }> = [
    { prefix: '/', dir: 'web', fallback: 'index.html' },
  ],
  settings: Partial<GatewaySettings> = {},
) {
  const folder = await openFolder(FILES)
  const upstream = await startUpstream()
  const gateway = await startGateway({
    routes: [{ prefix: '/api', upstream: upstream.url }],
    ...settings,
    static: statics.map(({ prefix, dir, fallback }) => ({
      prefix,
      dir: join(folder.path, dir),
      fallback,
    })),
  })
  return {
    gateway,
    upstream,
    navigate: (path: string, method = 'GET') => gateway.send(path, { method, headers: NAVIGATE }),
    /** As a script or an image is loaded. */
    load: (path: string, headers: Record<string, string> = {}) =>
      gateway.send(path, { headers: { 'sec-fetch-mode': 'no-cors', ...headers } }),
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await upstream[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

const NOT_FOUND = [404, 'not_found', 'application/problem+json']

function problemOf(answer: { status: number; headers: NodeJS.Dict<string | string[]> }) {
  return [answer.status, answer.headers['coatcheck-problem'], answer.headers['content-type']]
}

describe('a page', () => {
  it('answers a navigation to any path that no file and no route has', async () => {
    await using it = await setUp()

    for (const path of ['/', '/index.html', '/notes', '/notes/17?tab=2', '/a.b/c', '/missing.js']) {
      const answer = await it.navigate(path)
      expect([path, answer.status, answer.text]).toEqual([path, 200, PAGE])
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
      expect(answer.headers['cache-control']).toBe('no-cache')
    }
  })

  it('answers nothing but navigations: a script that is not there is a 404, not a page', async () => {
    await using it = await setUp()

    const answers = [
      await it.load('/missing.js'),
      await it.load('/notes'),
      await it.load('/notes', { 'sec-fetch-mode': 'cors', accept: 'text/html' }),
      await it.gateway.send('/notes', { headers: { accept: 'application/json' } }),
      await it.gateway.send('/notes', { headers: { 'x-none': '1', accept: '*/*' } }),
      await it.navigate('/notes', 'POST'),
      await it.navigate('/notes', 'DELETE'),
    ]

    for (const answer of answers) expect(problemOf(answer)).toEqual(NOT_FOUND)
  })

  it('answers browsers without Fetch Metadata when they would like HTML', async () => {
    await using it = await setUp()
    const headers = ['Host', it.gateway.host, 'Accept', 'text/html,*/*;q=0.8']

    const page = await it.gateway.send('/notes', { headers })
    const image = await it.gateway.send('/notes.png', {
      headers: ['Host', it.gateway.host, 'Accept', 'image/avif,*/*'],
    })

    expect([page.status, page.text]).toEqual([200, PAGE])
    expect(problemOf(image)).toEqual(NOT_FOUND)
  })

  it('is not made up where no fallback is configured', async () => {
    await using it = await setUp([{ prefix: '/', dir: 'web' }])

    expect((await it.navigate('/')).text).toBe(PAGE)
    expect(problemOf(await it.navigate('/notes'))).toEqual(NOT_FOUND)
  })

  it('that is configured and not there is a 404 problem, again and again', async () => {
    await using it = await setUp([{ prefix: '/', dir: 'bare', fallback: 'index.html' }])

    for (const path of ['/', '/notes', '/notes']) {
      expect(problemOf(await it.navigate(path))).toEqual(NOT_FOUND)
    }
    expect((await it.load('/file.txt')).text).toBe('a file')
  })
})

describe('a file', () => {
  it('with a hash in its name is kept for good, any other is asked for again', async () => {
    await using it = await setUp()

    const hashed = await it.load(HASHED)
    const logo = await it.load('/assets/logo.svg')
    const page = await it.load('/index.html')

    expect([hashed.status, hashed.text]).toEqual([200, SCRIPT])
    expect(hashed.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(logo.headers['content-type']).toMatch(/^image\/svg\+xml/)
    expect(logo.headers['cache-control']).toBe('no-cache')
    expect(page.headers['cache-control']).toBe('no-cache')
  })

  it.each([
    ['/a/main.3f2a1b4c.chunk.css', true],
    ['/a/main.chunk.css', false],
    ['/a/stylesheet.chunk.css', false],
    ['/a/main.3f2a1b4c.js', true],
    ['/a/index-D4f_s-9Zq.js', true],
    ['/a/app-B3f9aC1x.js', true],
    ['/a/font-awesome5.js', false],
    ['/a/version-20260101.json', true],
    ['/a/some-longwords.js', false],
    ['/a/jquery.js', false],
    ['/a/page-3f2a1b4c.html', false],
    ['/3f2a1b4c/app.js', false],
  ])('named %s: kept for good %s', (path, kept) => {
    expect(cacheControlOf(path).includes('immutable')).toBe(kept)
  })

  it('that has not changed is a 304 without a body, with the same headers', async () => {
    await using it = await setUp()
    const first = await it.load(HASHED)
    const page = await it.navigate('/notes')

    const byTag = await it.load(HASHED, { 'if-none-match': String(first.headers.etag) })
    const byDate = await it.load(HASHED, {
      'if-modified-since': String(first.headers['last-modified']),
    })
    const other = await it.load(HASHED, { 'if-none-match': '"another"' })
    const fallback = await it.gateway.send('/other/page', {
      headers: { ...NAVIGATE, 'if-none-match': String(page.headers.etag) },
    })

    expect(first.headers.etag).toBeDefined()
    for (const answer of [byTag, byDate]) {
      expect([answer.status, answer.text]).toEqual([304, ''])
      expect(answer.headers.etag).toBe(first.headers.etag)
      expect(answer.headers['cache-control']).toBe(first.headers['cache-control'])
    }
    expect(other.status).toBe(200)
    expect([fallback.status, fallback.text]).toEqual([304, ''])
    expect(fallback.headers['cache-control']).toBe('no-cache')
  })

  it('is answered to HEAD with its headers alone', async () => {
    await using it = await setUp()

    const file = await it.gateway.send(HASHED, { method: 'HEAD' })
    const page = await it.navigate('/notes', 'HEAD')
    const missing = await it.gateway.send('/missing.js', { method: 'HEAD' })

    expect([file.status, file.text, file.headers['content-length']]).toEqual([
      200,
      '',
      String(SCRIPT.length),
    ])
    expect([page.status, page.text, page.headers['content-length']]).toEqual([
      200,
      '',
      String(PAGE.length),
    ])
    expect([missing.status, missing.text]).toEqual([404, ''])
  })

  it('is answered in parts', async () => {
    await using it = await setUp()

    const part = await it.load(HASHED, { range: 'bytes=8-10' })
    const last = await it.load(HASHED, { range: 'bytes=-4' })
    const beyond = await it.load(HASHED, { range: 'bytes=1000-' })
    const stale = await it.load(HASHED, { range: 'bytes=0-3', 'if-range': '"another"' })

    expect([part.status, part.text, part.headers['content-range']]).toEqual([
      206,
      SCRIPT.slice(8, 11),
      `bytes 8-10/${SCRIPT.length}`,
    ])
    expect([last.status, last.text]).toEqual([206, SCRIPT.slice(-4)])
    expect(beyond.status).toBe(416)
    expect([stale.status, stale.text]).toEqual([200, SCRIPT])
  })

  it('with an encoded name is found, a folder is its index or nothing', async () => {
    await using it = await setUp()

    expect((await it.load('/a%20page.txt')).text).toBe('with a space')
    expect((await it.load('/docs/')).text).toBe('<title>Docs</title>')
    expect((await it.load('/docs')).text).toBe('<title>Docs</title>')
    expect(problemOf(await it.load('/sub'))).toEqual(NOT_FOUND)
    expect(problemOf(await it.load('/sub/'))).toEqual(NOT_FOUND)
    expect(problemOf(await it.load('/sub/leaf.txt/'))).toEqual(NOT_FOUND)
  })
})

describe('every answer', () => {
  it('carries the security headers', async () => {
    await using it = await setUp(undefined, { publicOrigin: 'https://app.example.org' })

    const answers = {
      page: await it.navigate('/notes'),
      index: await it.navigate('/'),
      asset: await it.load(HASHED),
      part: await it.load(HASHED, { range: 'bytes=0-1' }),
      unchanged: await it.load(HASHED, {
        'if-none-match': String((await it.load(HASHED)).headers.etag),
      }),
      missing: await it.load('/missing.js'),
      forbidden: await it.load('/%2e%2e/secret.txt'),
      beyond: await it.load(HASHED, { range: 'bytes=1000-' }),
      broken: await it.load('/%zz'),
    }

    for (const [name, { headers }] of Object.entries(answers)) {
      expect([name, headers]).toMatchObject([
        name,
        {
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-resource-policy': 'same-origin',
          'strict-transport-security': 'max-age=31536000',
          'content-security-policy': expect.stringMatching(
            /^(?=.*base-uri )(?=.*frame-ancestors 'none')/,
          ),
        },
      ])
    }
    // Its pages choose what they load: style sheets of elsewhere too.
    expect(answers.page.headers['content-security-policy']).not.toContain('default-src')
  })

  it('is for our own hosts only', async () => {
    await using it = await setUp()

    for (const path of ['/', HASHED, '/notes', '/missing.js']) {
      const answer = await it.gateway.send(path, { host: 'evil.example', headers: NAVIGATE })
      expect([path, answer.status, answer.headers['coatcheck-problem']]).toEqual([
        path,
        421,
        'host_unknown',
      ])
    }
  })
})

describe("the gateway's own routes", () => {
  it('win over files of the same name', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')

    expect((await ada.get('/auth/session')).json()).toMatchObject({ sub: 'ada' })
    expect((await ada.get('/api/user')).json()).toMatchObject({ username: 'ada' })
    const nobody = await it.load('/api/user')
    expect([nobody.status, nobody.headers['coatcheck-problem']]).toEqual([401, 'session_required'])
    for (const path of ['/auth', '/auth/nothing', '/auth/session/']) {
      expect([path, ...problemOf(await it.navigate(path))]).toEqual([path, ...NOT_FOUND])
    }
  })
})

describe('two folders', () => {
  const both = [
    { prefix: '/', dir: 'web', fallback: 'index.html' },
    { prefix: '/other', dir: 'other', fallback: 'index.html' },
  ]

  it('each answer below their own prefix, in whole segments', async () => {
    await using it = await setUp(both)

    expect((await it.navigate('/other/deep/page')).text).toBe(THE_OTHER)
    expect((await it.navigate('/other/')).text).toBe(THE_OTHER)
    expect((await it.navigate('/others')).text).toBe(PAGE)
    expect((await it.navigate('/deep/page')).text).toBe(PAGE)
    expect((await it.load('/other/only-here.txt')).text).toBe('only here')
    expect(problemOf(await it.load('/only-here.txt'))).toEqual(NOT_FOUND)
    expect(problemOf(await it.load(`/other${HASHED}`))).toEqual(NOT_FOUND)
  })

  it('answer at the prefix itself as they do below it', async () => {
    await using it = await setUp(both)

    for (const path of ['/other', '/other?from=mail']) {
      const answer = await it.navigate(path)
      expect([path, answer.status, answer.text]).toEqual([path, 200, THE_OTHER])
      expect(answer.headers['cache-control']).toBe('no-cache')
    }
    expect((await it.navigate('/other', 'HEAD')).status).toBe(200)
  })

  it('may be without an index at their prefix', async () => {
    await using it = await setUp([
      { prefix: '/bare', dir: 'bare' },
      { prefix: '/lost', dir: 'bare', fallback: 'index.html' },
    ])

    for (const path of ['/bare', '/bare/', '/bare/x', '/lost', '/lost/', '/lost/x', '/']) {
      expect([path, ...problemOf(await it.navigate(path))]).toEqual([path, ...NOT_FOUND])
    }
    expect((await it.load('/bare/file.txt')).text).toBe('a file')
  })
})

describe('no spelling of a path', () => {
  const ups = ['..', '%2e%2e', '.%2E', '%2e.', '%252e%252e', '..;', '...', '%c0%ae%c0%ae', '%u002e']
  const slashes = ['/', '//', '/./', '%2f', '%2F', '%5c', '\\', '%252f', ';/']
  const climbs = ups.flatMap((up) =>
    slashes.flatMap((slash) => [1, 2, 3].map((times) => (up + slash).repeat(times))),
  )
  const outside = climbs.flatMap((climb) => [
    `/${climb}secret.txt`,
    `/sub/${climb}secret.txt`,
    `/other/${climb}secret.txt`,
    `/assets/${climb}../secret.txt`,
  ])
  const dotted = [
    '/.env',
    '/%2eenv',
    '/%2Eenv',
    '/./.env',
    '//.env',
    '/sub/../.env',
    '/.git/config',
    '/%2egit/config',
    '/.git%2fconfig',
    '/sub/.hidden/file.txt',
    '/sub/%2ehidden/file.txt',
    '/sub//.hidden//file.txt',
    '/.env/',
    '/.env%00.html',
    '/.env%20',
    '/.env?x=.js',
    '/auth/session%00',
    '/auth%2fsession',
    '/%61uth/session',
    '//auth/session',
    '/./auth/session',
    '/sub/../auth/session',
    '/%2e/auth/session',
    '/auth//session',
    '/api%2fuser',
    '//api/user',
    '/./api/user',
    '/sub/../api/user',
  ]

  it('leads out of the folder, to a dotfile, or round the routes', async () => {
    await using it = await setUp([
      { prefix: '/', dir: 'web', fallback: 'index.html' },
      { prefix: '/other', dir: 'other', fallback: 'index.html' },
    ])
    const found: unknown[] = []

    for (const path of [...outside, ...dotted]) {
      for (const headers of [NAVIGATE, { 'sec-fetch-mode': 'no-cors' }]) {
        const answer = await it.gateway.send(path, { headers })
        const isPage = answer.text === PAGE || answer.text === THE_OTHER
        const isProblem = answer.status >= 400 && answer.status < 500
        const isOurs = answer.text.includes('"state":"absent"')
        if (answer.text.includes(SECRET) || !(isPage || isProblem || isOurs)) {
          found.push([path, answer.status, answer.text.slice(0, 60)])
        }
      }
    }

    expect(outside.length).toBeGreaterThan(900)
    expect(found).toEqual([])
    expect(it.upstream.requests).toHaveLength(0)
  })

  it('leads out of it as a request target that is not even a path', async () => {
    await using it = await setUp()

    for (const target of [
      `http://${it.gateway.host}/../secret.txt`,
      'http://evil.example/secret.txt',
      `file://${it.gateway.host}/../secret.txt`,
      '../secret.txt',
      'secret.txt',
      '*',
      '/../secret.txt HTTP/1.1 x',
      '/\u00e9/../../secret.txt',
      '/#/../../secret.txt',
    ]) {
      const bytes = `GET ${target} HTTP/1.1\r\nHost: ${it.gateway.host}\r\nConnection: close\r\n\r\n`
      const answer = (await rawRequest(it.gateway.port, bytes)).toString('latin1')
      expect([target, answer.slice(0, 10)]).toEqual([
        target,
        expect.stringMatching(/^HTTP\/1\.1 4$/),
      ])
      expect(answer).not.toContain(SECRET)
    }
  })
})
