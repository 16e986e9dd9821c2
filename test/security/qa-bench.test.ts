import { describe, expect, it } from 'vitest'
import { openBench } from '../support/bench.ts'
import { readEvents } from '../support/events.ts'
import { startGateway } from '../support/gateway.ts'
import { rawRequest } from '../support/http.ts'
import { startUpstream } from '../support/upstream.ts'

const MINUTE = 60_000

const ENDPOINTS = [
  ['GET', '/qa/state'],
  ['GET', '/qa/events'],
  ['GET', '/qa/enter?code=x'],
  ['POST', '/qa/sessions'],
  ['POST', '/qa/sessions/alice/state'],
  ['POST', '/qa/sessions/alice/advance'],
  ['POST', '/qa/sessions/alice/end'],
  ['POST', '/qa/sessions/alice/cookie'],
  ['POST', '/qa/end-all'],
  ['POST', '/qa/open'],
  ['POST', '/qa/record'],
  ['GET', '/qa/calls'],
  ['GET', '/qa/calls/x'],
] as const

describe('without a bench', () => {
  it.each(ENDPOINTS)('%s %s is as unknown as any other path', async (method, path) => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url }],
    })
    const json = method === 'POST' ? { json: { persona: 'alice' } } : {}

    const answer = await gateway.send(path, { method, ...json })
    const unknown = await gateway.send('/nowhere', { method, ...json })

    const { instance: _, ...problem } = answer.json()
    expect(unknown.json()).toMatchObject(problem)
    expect(answer.status).toBe(404)
    expect(gateway.app.printRoutes()).not.toContain('qa')
  })
})

describe('with a bench', () => {
  it('nothing under /qa is ever sent to an upstream', async () => {
    await using upstream = await startUpstream()
    await using bench = await openBench({
      routes: [{ prefix: '/', upstream: upstream.url, auth: 'public' }],
    })

    const answers = [
      await bench.ask('/qa', {}),
      await bench.ask('/qa/nothing'),
      await bench.ask('/qa/sessions'),
      await bench.ask('/qa/', {}),
    ]

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404])
    expect(upstream.requests).toHaveLength(0)
  })

  it.each(ENDPOINTS)('%s %s under a foreign name is refused', async (method, path) => {
    await using bench = await openBench()
    const json = method === 'POST' ? { json: {} } : {}

    const answer = await bench.ask(path, undefined, {
      method,
      ...json,
      headers: ['Host', 'rebound.example:3000'],
    })

    expect(answer.status).toBe(421)
  })

  it.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'none' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 201],
    [{ origin: 'http://localhost:3000' }, 201],
    [{}, 201],
  ])('a POST with %j is answered %i', async (headers, status) => {
    await using bench = await openBench()

    const answer = await bench.ask('/qa/sessions', { persona: 'alice' }, { headers })

    expect(answer.status).toBe(status)
    expect(bench.demo.control.count('POST', '/login')).toBe(status === 201 ? 1 : 0)
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx'])(
    'a body of %s, which any page may send, is refused',
    async (type) => {
      await using bench = await openBench()

      const answer = await bench.ask('/qa/sessions', undefined, {
        method: 'POST',
        body: '{"persona":"alice"}',
        headers: { 'content-type': type },
      })

      expect(answer.status).toBe(415)
    },
  )

  it.each(ENDPOINTS.filter(([, path]) => !path.startsWith('/qa/enter')))(
    '%s %s asks for the token, where there is one',
    async (method, path) => {
      await using bench = await openBench({ token: 'a-token-of-the-bench' })
      const ask = (authorization?: string) =>
        bench.ask(path, undefined, {
          method,
          ...(method === 'POST' ? { json: { persona: 'nobody' } } : {}),
          headers: {
            // Refused for what it asks for, once it has been let in.
            accept: 'application/json',
            ...(authorization === undefined ? {} : { authorization }),
          },
        })

      const refused = [
        await ask(),
        await ask('Bearer a-token-of-the-bencH'),
        await ask('Bearer '),
        await ask('Basic a-token-of-the-bench'),
        await ask('Bearer a-token-of-the-bench x'),
      ]
      const admitted = await ask('Bearer a-token-of-the-bench')

      expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401])
      expect(refused[0]?.headers['www-authenticate']).toBe('Bearer realm="qa"')
      expect(admitted.status).not.toBe(401)
    },
  )

  it.each([
    ...[
      'Forwarded',
      'Via',
      'X-Forwarded-For',
      'X-Forwarded-Host',
      'X-Real-IP',
      'X-Forwarded-Proto',
    ],
    ...['CF-Connecting-IP', 'True-Client-IP', 'X-Client-IP', 'X-Cluster-Client-IP', 'CDN-Loop'],
    ...['X_Forwarded_For', 'X-Original-Host', 'X-Envoy-External-Address', 'Proxy-Connection'],
    ...['Client-IP', 'X-Scheme', 'X-Varnish', 'X-Host', 'Surrogate-Capability', 'X-Vercel-Id'],
    ...['Fly-Client-IP', 'X-Remote-Addr', 'X-Forwarded', 'Tailscale-User-Login'],
  ])('without a token asks for one where a proxy passes on (%s)', async (name) => {
    await using bench = await openBench()

    const answer = await bench.ask('/qa/sessions', undefined, {
      method: 'POST',
      json: { persona: 'alice' },
      headers: [name, '203.0.113.9'],
    })

    expect([answer.status, answer.json()]).toMatchObject([403, { code: 'forbidden' }])
    expect(answer.json().detail).toContain('set qa.token')
  })

  it('without a token takes HTTP/1.0 for a proxy', async () => {
    await using bench = await openBench()

    const got = await rawRequest(
      bench.gateway.port,
      `GET /qa/state HTTP/1.0\r\nHost: ${bench.gateway.host}\r\n\r\n`,
    )

    expect(String(got)).toMatch(/^HTTP\/1\.1 403 .*set qa\.token/s)
  })

  it('takes no request that names a host in its target', async () => {
    await using bench = await openBench()
    const { host, port } = bench.gateway
    const body = '{"persona":"alice"}'
    const rest = `Host: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`

    for (const target of ['http://evil.example', `http://${host}`, 'x:'].map(
      (at) => `${at}/qa/sessions`,
    )) {
      const got = await rawRequest(port, `POST ${target} HTTP/1.1\r\n${rest}`)
      expect(String(got)).toMatch(/^HTTP\/1\.1 400 /)
    }
    const own = await rawRequest(port, `POST /qa/sessions HTTP/1.1\r\n${rest}`)
    expect(String(own)).toMatch(/^HTTP\/1\.1 201 /)
  })

  it.each([
    ['none', 200],
    ['cross-site', 403],
    ['same-site', 403],
  ])('a navigation that begins at %s is answered %i', async (site, status) => {
    await using bench = await openBench()
    const headers = [
      'Sec-Fetch-Site',
      site,
      'Sec-Fetch-Mode',
      'navigate',
      'Sec-Fetch-Dest',
      'iframe',
    ]

    const answer = await bench.ask('/qa/state', undefined, { headers })

    expect(answer.status).toBe(status)
  })

  it('no answer of it holds a password or a token', async () => {
    await using bench = await openBench()
    const alice = await bench.make('alice')
    await alice.get('/api/user')

    const answers = [
      await bench.ask('/qa/state'),
      await bench.ask('/qa/sessions', { persona: 'alice' }),
      await bench.ask('/qa/sessions/alice/state', { state: 'revoked-upstream' }),
      await bench.ask('/qa/sessions/alice/advance', { by: '1m' }),
      await bench.ask('/qa/open', { persona: 'alice' }),
    ]
    const said = answers.map(({ text, rawHeaders }) => text + rawHeaders.join('\n')).join('\n')

    expect(said).not.toMatch(/eyJ[\w-]+\.|coatcheck-demo/)
    for (const { headers } of answers) expect(headers['cache-control']).toBe('no-store')
    expect(bench.gateway.log.join('')).not.toMatch(/eyJ[\w-]+\.|coatcheck-demo/)
  })
})

describe('a link that lets a window in', () => {
  async function openLink(settings: Parameters<typeof openBench>[0] = {}, fields = {}) {
    const bench = await openBench(settings)
    const opened = (await bench.ask('/qa/open', { persona: 'alice', ...fields })).json()
    const url = new URL(opened.url)
    const follow = (headers: Record<string, string> = {}, host = url.host) =>
      bench.ask(url.pathname + url.search, undefined, {
        headers: ['Host', host, ...Object.entries(headers).flat()],
      })
    return { bench, url, follow, opened }
  }

  it("sets the persona's cookie on the persona's own host, and leads home", async () => {
    const { bench, url, follow } = await openLink()
    await using _ = bench

    const answer = await follow({ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' })
    const [cookie = ''] = answer.headers['set-cookie'] ?? []
    const [pair = ''] = cookie.split(';')
    const who = await bench.gateway.person(pair).get('/api/user', { host: url.host })

    expect(url.host).toBe('alice.localhost:3000')
    expect([answer.status, answer.headers.location]).toEqual([303, '/'])
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(who.json().username).toBe('alice')
  })

  it('navigates by itself where a browser would withhold the cookie on a redirect', async () => {
    const { bench, follow } = await openLink()
    await using _ = bench

    const answer = await follow({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })

    expect(answer.status).toBe(200)
    expect(answer.headers['set-cookie']).toHaveLength(1)
    expect(answer.text).toContain('data-to="/"')
  })

  it('is good once', async () => {
    const { bench, follow } = await openLink()
    await using _ = bench

    const [first, second] = [await follow(), await follow()]

    expect([first.status, second.status]).toEqual([303, 404])
    expect(second.headers['set-cookie']).toBeUndefined()
  })

  it('says so on a page of its own to a person, who is shown nothing that runs', async () => {
    const { bench, follow } = await openLink()
    await using _ = bench
    await follow()

    const page = await follow({ accept: 'text/html,*/*;q=0.8', 'sec-fetch-mode': 'navigate' })
    const program = await follow({ accept: '*/*' })

    expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(page.text).toMatch(/This link was used already.*<a href="http:\/\/localhost:3000\/qa">/)
    expect(page.headers['content-security-policy']).not.toContain('script-src')
    expect([page.headers['set-cookie'], page.headers['coatcheck-problem']]).toEqual([
      undefined,
      'not_found',
    ])
    expect(program.json()).toMatchObject({ code: 'not_found', status: 404 })
  })

  it('is not used up by a look at it', async () => {
    const { bench, url, follow } = await openLink()
    await using _ = bench

    const look = await bench.ask(url.pathname + url.search, undefined, {
      method: 'HEAD',
      headers: ['Host', url.host],
    })

    expect([look.status, look.headers['set-cookie']]).toEqual([404, undefined])
    expect((await follow()).status).toBe(303)
  })

  it.each([
    ['Sec-Purpose', 'prefetch;prerender'],
    ['Purpose', 'prefetch'],
    ['X-Moz', 'prefetch'],
    ['X-Purpose', 'preview'],
  ])('is not used up by a browser that fetches ahead (%s: %s)', async (...purpose) => {
    const { bench, url, follow } = await openLink()
    await using _ = bench

    const ahead = await bench.ask(url.pathname + url.search, undefined, {
      headers: ['Host', url.host, ...purpose],
    })

    expect([ahead.status, ahead.headers['set-cookie']]).toEqual([400, undefined])
    expect((await follow()).status).toBe(303)
  })

  it('is good for a minute', async () => {
    const { bench, follow } = await openLink()
    await using _ = bench

    bench.clock.advance(MINUTE)

    expect((await follow()).status).toBe(404)
  })

  it('is good on no other host, and spent by the attempt', async () => {
    const { bench, follow } = await openLink()
    await using _ = bench

    const other = await follow({}, 'bob.localhost:3000')
    const own = await follow()

    expect([other.status, own.status]).toEqual([404, 404])
    expect(other.headers['set-cookie']).toBeUndefined()
  })

  it('needs no token itself', async () => {
    const bench = await openBench({ token: 'a-token-of-the-bench' })
    await using _ = bench
    const headers = { authorization: 'Bearer a-token-of-the-bench' }

    const opened = await bench.ask('/qa/open', { persona: 'alice' }, { headers })
    const url = new URL(opened.json().url)
    const answer = await bench.ask(url.pathname + url.search, undefined, {
      headers: ['Host', url.host],
    })

    expect(answer.status).toBe(303)
  })

  it.each(['//evil.example', 'https://evil.example', '/\\evil.example'])(
    'leads nowhere but to our own pages: %s',
    async (to) => {
      const { bench, follow } = await openLink({}, { to })
      await using _ = bench

      expect((await follow()).headers.location).toBe('/')
    },
  )

  it('is refused for a session that nobody knows, and signs nobody in instead', async () => {
    await using bench = await openBench()

    const opened = await bench.ask('/qa/open', { persona: 'alice', ref: 'unknownref' })

    expect([opened.status, opened.json().detail]).toEqual([
      404,
      'alice has no session with this ref',
    ])
    expect(bench.demo.control.count('POST', '/login')).toBe(0)
  })

  it('looks in on a session that is there, and signs nobody in for it', async () => {
    const { bench, opened } = await openLink()
    await using _ = bench

    const again = (await bench.ask('/qa/open', { persona: 'alice' })).json()

    expect(again.session.ref).toBe(opened.session.ref)
  })
})

describe('GET /qa/events', () => {
  it('tells who called what, and nothing of what was sent', async () => {
    await using bench = await openBench()
    const alice = await bench.make('alice')
    const ended = await bench.make('bob', 'idle')
    using stream = await readEvents(`${bench.gateway.url}/qa/events`, { host: bench.gateway.host })

    await alice.get('/api/user?password=hidden')
    await alice.get(`/api/${'x'.repeat(60)}`)
    await ended.get('/api/user')
    const call = await stream.first(({ path }) => path === '/api/user')
    const secret = await stream.first(({ path }) => path === '/api/…')
    const refused = await stream.first(({ persona, kind }) => kind === 'call' && persona === 'bob')

    expect(call).toEqual({
      kind: 'call',
      id: expect.any(String),
      at: bench.clock.now(),
      ms: 0,
      persona: 'alice',
      ref: alice.made.session.ref,
      method: 'GET',
      path: '/api/user',
      status: 200,
    })
    expect(secret.status).toBe(404)
    expect(refused).toMatchObject({ status: 401, problem: 'session_idle' })
    expect(JSON.stringify(stream.events)).not.toContain('hidden')
  })

  it('tells of a leak whose it was, and who would have had it', async () => {
    await using bench = await openBench()
    const [alice, bob] = [await bench.make('alice'), await bench.make('bob')]
    using stream = await readEvents(`${bench.gateway.url}/qa/events`, { host: bench.gateway.host })

    bench.gateway.app.coatcheck.observers.leak({
      requestId: 'r-1',
      route: '/api/*',
      at: bench.clock.now(),
      asker: bob.made.session.ref,
      owner: alice.made.session.ref,
      seen: 'token',
      stopped: true,
    })

    expect(await stream.first(({ kind }) => kind === 'leak')).toEqual({
      kind: 'leak',
      id: 'r-1',
      at: bench.clock.now(),
      route: '/api/*',
      stopped: true,
      asker: 'bob',
      owner: 'alice',
    })
  })

  it('begins with the last minute and no more', async () => {
    await using bench = await openBench()
    await bench.make('alice')
    bench.clock.advance(MINUTE)
    await bench.make('bob')

    using stream = await readEvents(`${bench.gateway.url}/qa/events`, { host: bench.gateway.host })
    await stream.first(({ kind }) => kind === 'change')

    expect(stream.events).toMatchObject([{ persona: 'bob' }])
  })

  it('keeps no gateway from closing', async () => {
    const bench = await openBench()
    using stream = await readEvents(`${bench.gateway.url}/qa/events`, { host: bench.gateway.host })

    await bench[Symbol.asyncDispose]()

    await stream.ended
    expect(stream.status).toBe(200)
  })
})
