// Named attacks on which upstream, which path and whose rules a request target means.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { METHODS } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { WAYS } from '../support/handshake.ts'
import { startLineUpstream, startTwins } from '../support/line-upstream.ts'
import { staysInside } from '../support/paths.ts'
import { type MaybeAnswer, pipeline } from '../support/pipeline.ts'
import { patience } from '../support/promised.ts'
import { startUpstream } from '../support/upstream.ts'

const HOST = 'Host: localhost:3000\r\n'

/** What the gateway answers to each target. `way`: header lines of every one of them. */
function asking(way: string) {
  return ({ port }: TestGateway, targets: readonly string[], headers = '', method = 'GET') => {
    const lines = HOST + (method === 'GET' ? way : '') + headers
    const requests = targets.map((target) => `${method} ${target} HTTP/1.1\r\n${lines}\r\n`)
    return pipeline(port, requests, 1)
  }
}

const statuses = (answers: readonly MaybeAnswer[]) => answers.map((answer) => answer?.status)

function expectRefused(answers: readonly MaybeAnswer[], targets: readonly string[]) {
  const passed = targets.filter((_, i) => {
    const status = answers[i]?.status ?? 0
    return status < 400 || status >= 500
  })
  expect(passed).toEqual([])
}

/** Every one of these leads out of `/api` for somebody who reads it. */
const TRAVERSALS = [
  '/api/../admin',
  '/api/..',
  '/api/a/../../admin',
  '/api/%2e%2e/admin',
  '/api/%2E%2e/admin',
  '/api/.%2e/admin',
  '/api/..%2fadmin',
  '/api/..%2Fadmin',
  '/api/%2e%2e%2fadmin',
  '/api%2f..%2fadmin',
  '/api/a/..%2f..%2fadmin',
  '/api/\\..\\admin',
  '/api\\..\\admin',
  '/api/..\\admin',
  '/api/..%5cadmin',
  '/api/%5c..%5cadmin',
  '/api/%5C..%5C..%2fadmin',
  '/api/a\\..\\..\\admin',
  '/api/..;/admin',
  '/api/..;a=b/admin',
  '/api/%2e%2e;/admin',
  '/api/%2e%2e%3b/admin',
  '/api/..%3Bx/admin',
  '/api/..%00/admin',
  '/api/a%00',
  '/api/%2e%2e%00/admin',
  '/api/%c0%ae%c0%ae/admin',
  '/api/%e0%80%ae%e0%80%ae/admin',
  '/api/%c0%ae%c0%ae%c0%afadmin',
  '/api/%u002e%u002e/admin',
  '/api//admin',
  '/api//127.0.0.1/admin',
]

describe.each(WAYS)('a path of a %s', (_, way) => {
  const ask = asking(way)

  it('CVE-2026-15631, CVE-2021-21321, CVE-2021-21322, CVE-2025-66415, CVE-2026-85124, CVE-2025-32431 leads nowhere out of its upstream’s base', async () => {
    await using upstream = await startLineUpstream('up')
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url, auth: 'public' }],
    })

    const answers = await ask(gateway, TRAVERSALS)

    expectRefused(answers, TRAVERSALS)
    expect(upstream.targets).toEqual([])
  })

  it('CVE-2026-16117 stays inside the base however its prefix is encoded', async () => {
    await using upstream = await startLineUpstream('up')
    await using other = await startLineUpstream('other')
    await using gateway = await startGateway({
      routes: [
        { prefix: '/api', upstream: `${upstream.url}/base`, auth: 'public' },
        { prefix: '/api/v1', upstream: `${upstream.url}/base/one`, auth: 'public' },
        { prefix: '/open', upstream: `${other.url}/else`, auth: 'public' },
      ],
    })
    const lower = (char: string) => `%${char.charCodeAt(0).toString(16)}`
    const spellings = (prefix: string) => {
      const characters = [...prefix]
      return [lower, (char: string) => lower(char).toUpperCase(), twice].flatMap((spell) => [
        ...characters.map((char, i) => prefix.slice(0, i) + spell(char) + prefix.slice(i + 1)),
        characters.map((char) => (char === '/' ? char : spell(char))).join(''),
        characters.map(spell).join(''),
      ])
    }
    const twice = (char: string) => `%25${char.charCodeAt(0).toString(16)}`
    const rests = ['', '/x', '/../admin', '/%2e%2e/admin', '/..%2f..%2fadmin', '\\..\\admin', '//x']
    const targets = ['/api', '/api/v1', '/open']
      .flatMap(spellings)
      .flatMap((start) => rests.map((rest) => start + rest))

    const answers = await ask(gateway, targets)

    const outside = targets.filter((_, i) => {
      const { status = 0, body = '' } = answers[i] ?? {}
      const [name, path = ''] = body.split(' ')
      if (status === 200) return !staysInside(path, name === 'up' ? '/base' : '/else')
      return status < 400 || status >= 500
    })
    expect(outside).toEqual([])
    expect(upstream.targets).toContain('/base/one/x')
  })

  it('goes up byte for byte behind its prefix, encoded slashes, question marks and length included', async () => {
    await using upstream = await startLineUpstream('up')
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: `${upstream.url}/base`, auth: 'public' }],
    })
    const rests = [
      '/a%2Fb',
      '/a%2fb',
      '/a%3Fb',
      '/%E2%82%AC',
      '/%252e%252e/x',
      '/a;b=c/d',
      '/a//b',
      '/./a',
      '/%2e/a',
      '/a.b/...',
      "/!$&'()*+,=:@",
      '/a|b^c`{}"<>',
      '/x?a=b&c=%2e%2e%2f',
      '/x?a=/../..//\\',
      '/x??&=&=',
      '/x?',
      '?x',
      '/',
      '',
      `/${'a'.repeat(101)}/${'b'.repeat(500)}`,
      `/${'long/'.repeat(3000)}`,
    ]

    const answers = await ask(
      gateway,
      rests.map((rest) => `/api${rest}`),
    )

    expect(answers.map((answer) => answer?.body)).toEqual(rests.map((rest) => `up /base${rest}`))
  })

  it('CVE-2026-41059, CVE-2021-39206, CVE-2023-33189 with a fragment is refused before anything goes up', async () => {
    await using upstream = await startLineUpstream('up')
    await using gateway = await startGateway({
      routes: [
        { prefix: '/api', upstream: upstream.url, auth: 'public' },
        { path: '/open', upstream: upstream.url, auth: 'public' },
      ],
    })
    const targets = ['/api/x#y', '/api#', '/open#/../api', '/api/x?a#b', '/api/%2e#', '/api/#/..']

    const answers = await ask(gateway, targets)

    expect(statuses(answers)).toEqual(targets.map(() => 400))
    expect(upstream.targets).toEqual([])
    expect((await ask(gateway, ['/api/%23x']))[0]?.body).toBe('up /%23x')
  })

  it('CVE-2022-35949 cannot name another host', async () => {
    await using upstream = await startLineUpstream('up')
    await using canary = await startLineUpstream('canary')
    await using gateway = await startGateway({
      routes: [
        { prefix: '/api', upstream: upstream.url, auth: 'public' },
        { prefix: '/', upstream: upstream.url, auth: 'public' },
      ],
    })
    const evil = `127.0.0.1:${canary.port}`
    const targets = [
      `//${evil}/x`,
      `///${evil}/x`,
      `/api//${evil}/x`,
      `/\\${evil}/x`,
      `/api/\\\\${evil}/x`,
      `http://${evil}/x`,
      `http://${evil}/api/x`,
      `http://localhost:3000@${evil}/api/x`,
      `https:${evil}/x`,
      `/http://${evil}/x`,
      `/api/http://${evil}/x`,
      `/api/@${evil}/x`,
      `/api/%2f%2f${evil}/x`,
      `/@${evil}`,
      `/:${canary.port}/x`,
      `/.${evil}/x`,
      `x:${evil}`,
      evil,
      `*`,
    ]

    const answers = await ask(gateway, targets)

    expect(canary.connections).toBe(0)
    expect(statuses(answers).filter((status) => status !== 200 && status !== 400)).toEqual([])
    expect(upstream.targets.every((target) => staysInside(target, ''))).toBe(true)
  })

  it('CVE-2026-16158 reaches its own upstream where one’s address begins with another’s', async () => {
    const [short, long] = await startTwins()
    await using stack = new AsyncDisposableStack()
    stack.use(short)
    stack.use(long)
    await using gateway = await startGateway({
      routes: [
        { prefix: '/a', upstream: short.url, auth: 'public' },
        { prefix: '/b', upstream: long.url, auth: 'public' },
        { prefix: '/c', upstream: `${short.url}/1`, auth: 'public' },
      ],
    })

    const answers = await ask(gateway, ['/a/1/x', '/b/x', '/c/x', '/a/1', '/b', '/a/x', '/c'])

    expect(answers.map((answer) => answer?.body)).toEqual([
      'short /1/x',
      'long /x',
      'short /1/x',
      'short /1',
      'long /',
      'short /x',
      'short /1',
    ])
  })
})

describe.each(WAYS)('the rules of a route for a %s', (_, way) => {
  const ask = asking(way)

  const OPEN = [
    '/open/../api/secret',
    '/open/..%2fapi/secret',
    '/open/%2e%2e/api/secret',
    '/open%2f..%2fapi/secret',
    '/open/..;/api/secret',
    '/open/\\..\\api\\secret',
    '/open//api/secret',
    '//api/secret',
    '/api//secret',
    '/API/secret',
    '/%41pi/secret',
    '/api;x/secret',
    '/api%3bx/secret',
    '/api%2fsecret',
    '/api%5csecret',
    '/%61pi/secret',
    '/api/secret%00',
    '/api/secret/',
    '/api/secret%2f',
    '/api/./secret',
    '/./api/secret',
    '/api/secret?x=/open',
    '/api/secret?/open/',
    '/api/secret#/open/',
    '/api/secret;/open/',
    '/api?/../open',
    '/open?/../api/secret',
    '/api/open/../secret',
    '/api/secret/..%2fopen',
    '/auth/../api/secret',
    '/api/%zz',
    '/api/%',
    '/api/%c0',
    '/open/%zz',
    '/open/%',
    '/open/%c0%80',
  ]

  it('CVE-2026-22031, CVE-2026-76169, CVE-2025-54576, CVE-2026-6270 are those of the route whose upstream is reached', async () => {
    await using closed = await startLineUpstream('closed')
    await using open = await startLineUpstream('open')
    await using gateway = await startGateway({
      routes: [
        { prefix: '/api', upstream: closed.url },
        { prefix: '/open', upstream: `${open.url}/open`, auth: 'public' },
        { prefix: '/api/open', upstream: `${open.url}/also`, auth: 'public' },
      ],
    })

    const answers = await ask(gateway, [...OPEN, '/open/x', '/api/open/x', '/api/secret'])

    expect(closed.targets).toEqual([])
    expect(open.targets.filter((target) => !/^\/(open|also)/.test(target))).toEqual([])
    expect(open.targets.every((target) => staysInside(target, ''))).toBe(true)
    expect(statuses(answers.slice(-3))).toEqual([200, 200, 401])
    expect(statuses(answers).filter((status) => (status ?? 500) >= 500)).toEqual([])
  })

  it('CVE-2026-22031 hold for the signed-in too: no public upstream gets a token', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({
      routes: [
        { prefix: '/api', upstream: `${upstream.url}/api` },
        { prefix: '/open', upstream: `${upstream.url}/open`, auth: 'public' },
      ],
    })
    const ada = await gateway.signIn('ada')
    const before = upstream.requests.length

    await ask(gateway, OPEN, `Cookie: ${ada.cookie}\r\nSec-Fetch-Site: same-origin\r\n`)

    const carrying = upstream.requests.slice(before).filter(({ owner }) => owner !== undefined)
    expect(carrying.length).toBeGreaterThan(5)
    expect(carrying.filter(({ url }) => !staysInside(url, '/api'))).toEqual([])
    expect(upstream.requests.some(({ url }) => url.startsWith('/open'))).toBe(true)
  })

  it('an exact path and a prefix may share a place: the exact path answers for itself alone', async () => {
    await using exact = await startLineUpstream('exact')
    await using below = await startLineUpstream('below')
    await using gateway = await startGateway({
      routes: [
        { prefix: '/api', upstream: below.url, auth: 'public' },
        { path: '/api', upstream: `${exact.url}/only`, auth: 'public' },
        { path: '/api/a/b', upstream: `${exact.url}/ab`, auth: 'public' },
      ],
    })

    const targets = ['/api', '/api?x', '/api/', '/api/a/b', '/api/a/b/', '/api/a/b/c', '/api/a%2fb']
    const answers = await ask(gateway, targets)

    expect(answers.map((answer) => answer?.body)).toEqual([
      'exact /only',
      'exact /only?x',
      'below /',
      'exact /ab',
      'below /a/b/',
      'below /a/b/c',
      'below /a%2fb',
    ])
  })

  it('a prefix may be the very path that signs people in: what is below it goes up, itself does not', async () => {
    await using signIn = await startUpstream()
    await using below = await startLineUpstream('below')
    await using gateway = await startGateway({
      signInAt: signIn.url,
      routes: [{ prefix: '/api/login', upstream: below.url, auth: 'public' }],
    })

    await gateway.send('/api/login', { method: 'POST', json: { username: 'ada', password: 'x' } })
    const [answer] = await ask(gateway, ['/api/login/x'])

    expect(signIn.signIns.map(({ username }) => username)).toEqual(['ada'])
    expect(answer?.body).toBe('below /x')
    expect(below.targets).toEqual(['/x'])
  })

  it('CVE-2024-45813, CVE-2020-7764 do not depend on Accept-Version or on how long a path is', async () => {
    await using upstream = await startLineUpstream('up')
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url }],
    })
    const versions = ['1.x', '*', '9.9.9', 'constructor', '<1', ' '.repeat(50), '1'.repeat(5000)]

    for (const version of versions) {
      const answers = await ask(gateway, ['/api/x'], `Accept-Version: ${version}\r\n`)
      expect(statuses(answers)).toEqual([401])
    }
    const hard = [
      `/api/${'/a-'.repeat(4000)}`,
      `/api/${'%20'.repeat(4000)}`,
      `/${'-a'.repeat(9000)}`,
    ]
    const started = performance.now()
    const answers = await ask(gateway, hard)

    // A second; whatever backtracks takes minutes.
    expect(performance.now() - started).toBeLessThan(patience(1000))
    expect(
      statuses(answers).every((status) => status === 400 || status === 401 || status === 404),
    ).toBe(true)
    expect(upstream.targets).toEqual([])
  })

  it('CVE-2022-39288, CVE-2026-47219 names of prototypes are names like any other', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url, auth: 'public' }],
    })
    const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']

    for (const name of names) {
      const asPath = await gateway.send(
        `/api/${name}/%2f${name}?${name}=${name}&${name}[${name}]=1`,
      )
      const asHeader = await gateway.send('/api/x', {
        headers: [
          'Host',
          gateway.host,
          name,
          name,
          'Connection',
          `x-${name}`,
          'Cookie',
          `${name}=1`,
        ],
      })
      const asType = await gateway.send('/api/%2f', {
        method: 'POST',
        headers: { 'content-type': name },
        body: '{}',
      })
      const [asMethod] = await ask(gateway, ['/api/x'], '', name)

      expect([asPath.status, asHeader.status, asType.status]).toEqual([200, 200, 200])
      expect(asMethod?.status).toBe(400)
      expect(asHeader.json().headers.join(' ')).toContain(`${name} ${name}`)
    }
  })

  it('H-3, H-15, ASVS 13.4.4 only the seven methods of the web pass; TRACE gets 405', async () => {
    await using upstream = await startLineUpstream('up')
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url, auth: 'public' }],
    })
    const passing = ['DELETE', 'GET', 'OPTIONS', 'PATCH', 'POST', 'PUT']
    const others = METHODS.filter((method) => ![...passing, 'HEAD', 'CONNECT'].includes(method))

    for (const method of others) {
      const answers = await ask(gateway, ['/api/x'], '', method)
      expect(statuses(answers), method).toEqual([405])
      expect(answers[0]?.head).toMatch(/\r\ncoatcheck-problem: bad_request/)
    }
    expect(upstream.targets).toEqual([])
    for (const method of passing) {
      expect(statuses(await ask(gateway, ['/api/x'], '', method)), method).toEqual([200])
    }
    const [stopped] = await ask(gateway, ['/api/x'], 'Max-Forwards: 0\r\n', 'OPTIONS')
    expect(stopped?.status).toBe(405)
    expect(upstream.targets).toHaveLength(passing.length)
  })
})

describe.each(WAYS)('files for a %s', (_, way) => {
  const ask = asking(way)

  it('CVE-2026-15074, CVE-2026-6410 outside the directory, and hidden ones, are never served', async () => {
    const top = await mkdtemp(join(tmpdir(), 'coatcheck-paths-'))
    await using _gone = { [Symbol.asyncDispose]: () => rm(top, { recursive: true }) }
    const dir = join(top, 'dist')
    await mkdir(join(dir, 'deep'), { recursive: true })
    await writeFile(join(top, 'secret.txt'), 'SECRET')
    await writeFile(join(dir, '.env'), 'SECRET')
    await writeFile(join(dir, 'index.html'), 'the page')
    await writeFile(join(dir, 'deep', 'a.js'), 'the script')
    await using upstream = await startLineUpstream('up')
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url }],
      static: [{ prefix: '/', dir, fallback: 'index.html' }],
    })
    const targets = [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/deep/..%2f..%2fsecret.txt',
      '/deep/../../secret.txt',
      '//secret.txt',
      '/\\..\\secret.txt',
      '/..%5csecret.txt',
      '/deep%2f..%2f..%2fsecret.txt',
      '/%252e%252e/secret.txt',
      '/.env',
      '/%2eenv',
      '/deep/../.env',
      '/deep/',
      '/deep',
      `//${top}/secret.txt`,
      '/index.html%00.txt',
      '/deep/..;/..;/secret.txt',
    ]

    const answers = await ask(gateway, targets)

    expect(
      answers.map((answer) => answer?.body).filter((body) => body?.includes('SECRET')),
    ).toEqual([])
    expect(answers.map((answer) => answer?.body).filter((body) => body?.includes('a.js'))).toEqual(
      [],
    )
    expect(statuses(answers).filter((status) => (status ?? 500) >= 500)).toEqual([])
    expect((await ask(gateway, ['/deep/a.js']))[0]?.body).toBe('the script')
    // A protected path stays protected although the files would answer everything.
    const navigation = 'Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\n'
    expect(statuses(await ask(gateway, ['/api/x', '/api', '/%61pi/x'], navigation))).toEqual([
      401, 401, 401,
    ])
  })
})

/*
| row | why it has no test here |
|---|---|
| 8, 9, 32, 39 | bodies: bodies.test.ts |
| 5, 11, 23, 24, 25, 30, 34, 22 | headers: headers.test.ts |
| 12, 13, 15 | JSON routes of our own: the tests of the sign-in endpoints; a proxied body is never parsed (bodies.test.ts) |
| 18, HTTP/2 half | there is no HTTP/2 listener |
| 19, 80 forward-auth | there is no such endpoint |
| 27, 28, 31 CONNECT, h2c, Host | framing.test.ts |
| 33 | upstream-faults.test.ts counts failures of the process |
*/
