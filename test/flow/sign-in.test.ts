import { describe, expect, it } from 'vitest'
import { manualClock } from '../support/clock.ts'
import { cookieOf, newKey, startGateway } from '../support/gateway.ts'
import { passwordProvider } from '../support/password-provider.ts'
import { startUpstream } from '../support/upstream.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

async function setUp(settings: Partial<Parameters<typeof startGateway>[0]> = {}) {
  const clock = manualClock()
  const upstream = await startUpstream({ clock })
  const gateway = await startGateway({
    routes: [{ prefix: '/api', upstream: upstream.url }],
    ...settings,
    options: { clock, ...settings.options },
  })
  return {
    clock,
    upstream,
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

const login = (fields: object) => ({ method: 'POST', json: fields })

describe('signing in', { timeout: 60_000 }, () => {
  it('answers who one is and hands out one opaque cookie, never a token', async () => {
    await using it = await setUp()

    const answer = await it.gateway.send(
      '/auth/login',
      login({ username: 'ada', password: 'secret' }),
    )

    expect(answer.status).toBe(200)
    const now = it.clock.now()
    expect(answer.json()).toEqual({
      authenticated: true,
      state: 'active',
      ref: expect.stringMatching(/^[2-9a-z]{10}$/),
      sub: 'ada',
      claims: {},
      provider: 'main',
      createdAt: now,
      idleAt: now + 8 * HOUR,
      endsAt: now + 7 * 24 * HOUR,
      now,
      tokens: { main: { expiresAt: now + 10 * MINUTE, refreshable: true } },
    })
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^coatcheck-3000=[\w.-]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
      ),
    ])
    expect(answer.headers['cache-control']).toBe('no-store')
    const [issued] = it.upstream.signIns
    const everything = answer.text + JSON.stringify(answer.rawHeaders) + it.gateway.log.join('')
    for (const secret of [issued?.access, issued?.refresh, 'secret']) {
      expect(secret).toBeTruthy()
      expect(everything).not.toContain(secret)
    }
  })

  it("passes the provider's refusal on, status and words, and signs nobody in", async () => {
    await using it = await setUp()
    it.upstream.on('/login', (_request, response) => {
      response.writeHead(403, { 'content-type': 'application/json' })
      response.end('{"message":"Please verify your email before login."}')
    })

    const answer = await it.gateway.send('/auth/login', login({ username: 'ada', password: 'x' }))

    expect(answer.status).toBe(403)
    expect(answer.headers['coatcheck-problem']).toBe('sign_in_refused')
    expect(answer.headers).not.toHaveProperty('set-cookie')
    expect(answer.json()).toMatchObject({
      code: 'sign_in_refused',
      status: 403,
      detail: 'Please verify your email before login.',
    })
  })

  it("works at the frontend's own sign-in path: the upstream's answer without its tokens", async () => {
    await using it = await setUp()

    const answer = await it.gateway.send('/api/login', login({ username: 'ada', password: 'x' }))
    const refused = await it.gateway.send(
      '/api/login',
      login({ username: 'ada', password: 'wrong' }),
    )
    const ada = it.gateway.person(cookieOf(answer))

    expect(answer.status).toBe(200)
    expect(answer.json()).toEqual({})
    expect((await ada.get('/api/user')).json()).toMatchObject({ username: 'ada' })
    expect(refused.status).toBe(401)
    expect(refused.headers).not.toHaveProperty('coatcheck-problem')
    expect(refused.headers).not.toHaveProperty('set-cookie')
  })

  it('again makes a new session and ends the one before', async () => {
    await using it = await setUp()
    const first = await it.gateway.signIn('ada')

    const again = await first.send('/auth/login', login({ username: 'bob', password: 'x' }))
    const bob = it.gateway.person(cookieOf(again))

    expect((await bob.get('/api/user')).json()).toMatchObject({ username: 'bob' })
    const old = await first.get('/api/user')
    expect([old.status, old.json().reason]).toEqual([401, 'replaced'])
  })

  it('at another provider adds its tokens under a new cookie; who one is stays', async () => {
    await using other = await startUpstream()
    await using upstream = await startUpstream()
    await using gateway = await startGateway({
      routes: [
        { prefix: '/api', upstream: upstream.url },
        { prefix: '/other', upstream: other.url, provider: 'second' },
      ],
      providers: [
        passwordProvider(upstream.url),
        passwordProvider(other.url, {
          name: 'second',
          signIn: { ...passwordProvider(other.url).signIn, also: undefined },
        }),
      ],
    })
    const ada = await gateway.signIn('ada')
    const before = (await ada.get('/auth/session')).json()
    const missing = await ada.get('/other/user')

    const answer = await ada.send(
      '/auth/login',
      login({ provider: 'second', username: 'ada2', password: 'x' }),
    )
    const both = gateway.person(cookieOf(answer))

    expect([missing.status, missing.json().code]).toEqual([401, 'token_required'])
    expect(answer.json()).toMatchObject({
      sub: 'ada',
      provider: 'main',
      ref: before.ref,
      tokens: { main: {}, second: {} },
    })
    expect((await both.get('/api/user')).json()).toMatchObject({ username: 'ada' })
    expect((await both.get('/other/user')).json()).toMatchObject({ username: 'ada2' })
    expect((await ada.get('/api/user')).status).toBe(401)
  })

  it.each([
    [
      'a form',
      { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{"username":"a"}' },
      415,
    ],
    [
      'no JSON',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"user' },
      400,
    ],
    ['a list', { method: 'POST', json: [] }, 400],
    ['null', { method: 'POST', json: null }, 400],
    ['an unknown provider', { method: 'POST', json: { provider: 'nobody', username: 'a' } }, 400],
    ['a provider named like a prototype', { method: 'POST', json: { provider: '__proto__' } }, 400],
    ['a megabyte', { method: 'POST', json: { username: 'a'.repeat(1 << 20) } }, 413],
  ])('with %s gets a problem, not a failure', async (_name, options, status) => {
    await using it = await setUp()

    const answer = await it.gateway.send('/auth/login', options)

    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(it.upstream.requests).toHaveLength(0)
  })

  it('is refused, before the provider hears of it, when another site asks for it', async () => {
    await using it = await setUp()

    for (const path of ['/auth/login', '/api/login']) {
      for (const headers of [
        { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
        {
          'sec-fetch-site': 'same-site',
          'sec-fetch-mode': 'navigate',
          'sec-fetch-dest': 'document',
        },
      ]) {
        const answer = await it.gateway.send(path, {
          ...login({ username: 'mallory', password: 'x' }),
          headers,
        })
        expect([answer.status, answer.headers['coatcheck-problem']]).toEqual([403, 'csrf_refused'])
      }
    }
    expect(it.upstream.requests).toHaveLength(0)
  })

  it('is slowed down for one account, wherever the attempts come from', async () => {
    await using it = await setUp({
      limits: { signInPerAddress: 100, signInPerAccount: 3, windowMs: MINUTE },
    })
    const wrong = login({ username: 'ada', password: 'wrong' })
    const statuses: number[] = []
    for (let i = 0; i < 5; i++) {
      statuses.push((await it.gateway.send('/auth/login', wrong)).status)
    }
    const limited = await it.gateway.send('/auth/login', wrong)
    const bob = await it.gateway.send('/auth/login', login({ username: 'bob', password: 'x' }))
    it.clock.advance(MINUTE)
    const later = await it.gateway.send('/auth/login', login({ username: 'ada', password: 'x' }))

    expect(statuses).toEqual([401, 401, 401, 429, 429])
    expect(limited.headers['retry-after']).toBe('60')
    expect(limited.json()).toMatchObject({ code: 'too_many_attempts' })
    expect([bob.status, later.status]).toEqual([200, 200])
  })

  it('sends a browser that navigates there to the sign-in page, and back only to ourselves', async () => {
    await using it = await setUp()
    const navigate = {
      headers: {
        'sec-fetch-site': 'none',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      },
    }

    const page = await it.gateway.send('/auth/login?returnTo=%2Fnotes%3Fid%3D1', navigate)
    const away = await it.gateway.send('/auth/login?returnTo=https%3A%2F%2Fevil.example', navigate)
    const fetched = await it.gateway.send('/auth/login')

    expect(page.status).toBe(200)
    expect(page.headers.refresh).toBe('0; url=/sign-in?returnTo=%2Fnotes%3Fid%3D1')
    expect(away.headers.refresh).toBe('0; url=/sign-in?returnTo=%2F')
    expect(fetched.status).toBe(400)
  })
})

describe('GET /auth/session', { timeout: 60_000 }, () => {
  it('says absent, with ways to sign in, and takes back a cookie only when the store knows no such session', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')

    const nobody = await it.gateway.send('/auth/session')
    const forged = await it.gateway.person('coatcheck-3000=forged').get('/auth/session')
    it.clock.advance(8 * 24 * HOUR)
    const gone = await ada.get('/auth/session')

    const absent = {
      authenticated: false,
      state: 'absent',
      signIn: [{ provider: 'main', kind: 'password', url: '/auth/login' }],
    }
    for (const answer of [nobody, forged, gone]) {
      expect(answer.status).toBe(200)
      expect(answer.json()).toMatchObject(absent)
    }
    expect(nobody.headers).not.toHaveProperty('set-cookie')
    expect(forged.headers).not.toHaveProperty('set-cookie')
    expect(gone.headers['set-cookie']?.[0]).toContain('coatcheck-3000=; Max-Age=0')
  })

  it('does not keep a session alive', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')

    for (let hour = 0; hour < 8; hour++) {
      await ada.get('/auth/session')
      it.clock.advance(HOUR)
    }
    const answer = await ada.get('/auth/session')

    expect(answer.json()).toMatchObject({ authenticated: false, state: 'idle' })
    expect((await ada.get('/api/user')).json()).toMatchObject({ code: 'session_idle' })
  })

  it('is kept alive by the requests that are forwarded, but not by passive ones', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')
    const bob = await it.gateway.signIn('bob')

    for (let hour = 0; hour < 9; hour++) {
      await ada.get('/api/user')
      await bob.get('/api/user', { headers: { 'x-coatcheck-passive': '1' } })
      it.clock.advance(HOUR)
    }

    expect((await ada.get('/auth/session')).json()).toMatchObject({ state: 'active' })
    expect((await bob.get('/auth/session')).json()).toMatchObject({ state: 'idle' })
  })

  it('shows only the claims that were allowed', async () => {
    await using it = await setUp({ claims: ['identity', 'constructor', 'missing'] })
    const ada = await it.gateway.signIn('ada')

    const { claims } = (await ada.get('/auth/session')).json()

    expect(claims).toEqual({ identity: 'ada' })
  })

  it('issues a cookie sealed with an old key anew', async () => {
    const [oldKey, key] = [newKey(), newKey()]
    const cookie = { sameSite: 'strict' as const }
    await using before = await setUp({ cookie: { ...cookie, keys: [oldKey] } })
    const ada = await before.gateway.signIn('ada')
    const { store } = before.gateway.app.coatcheck
    await using rotated = await startGateway({
      routes: [{ prefix: '/api', upstream: before.upstream.url }],
      cookie: { ...cookie, keys: [key, oldKey] },
      options: { clock: before.clock, store },
    })
    await using after = await startGateway({
      routes: [{ prefix: '/api', upstream: before.upstream.url }],
      cookie: { ...cookie, keys: [key] },
      options: { clock: before.clock, store },
    })

    const answer = await rotated.person(ada.cookie).get('/auth/session')
    const renewed = cookieOf(answer)
    const again = await rotated.person(renewed).get('/auth/session')

    expect(answer.json()).toMatchObject({ authenticated: true, sub: 'ada' })
    expect(again.headers).not.toHaveProperty('set-cookie')
    expect((await after.person(renewed).get('/api/user')).status).toBe(200)
    // A machine that does not have the key yet must not sign anybody out.
    const behind = await after.person(ada.cookie).get('/auth/session')
    expect(behind.json()).toMatchObject({ state: 'absent' })
    expect(behind.headers).not.toHaveProperty('set-cookie')
  })

  it('refuses two cookies of our name and takes ours back', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')
    const twice = it.gateway.person(`${ada.cookie}; ${ada.cookie}`)

    const api = await twice.get('/api/user')

    expect([api.status, api.headers['coatcheck-problem']]).toEqual([401, 'session_required'])
    expect(api.headers['set-cookie']?.[0]).toContain('Max-Age=0')
    expect(it.upstream.requests.filter(({ path }) => path === '/user')).toHaveLength(0)
  })
})

describe('signing out', { timeout: 60_000 }, () => {
  it('ends the session everywhere, clears the cookie, and leaves the reason', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')
    const bob = await it.gateway.signIn('bob')

    const answer = await ada.send('/auth/logout', { method: 'POST' })

    expect(answer.status).toBe(204)
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^coatcheck-3000=; Max-Age=0; .*HttpOnly/)
    const after = await ada.get('/api/user')
    expect(after.json()).toMatchObject({ code: 'session_ended', reason: 'signed_out' })
    expect((await ada.get('/auth/session')).json()).toMatchObject({
      state: 'ended',
      reason: 'signed_out',
    })
    expect((await bob.get('/api/user')).status).toBe(200)
  })

  it('is the same to somebody who is not signed in, and is refused to another site', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')

    const nobody = await it.gateway.send('/auth/logout', { method: 'POST' })
    const forced = await ada.send('/auth/logout', {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site' },
    })
    const byLink = await ada.get('/auth/logout')

    expect(nobody.status).toBe(204)
    expect(forced.status).toBe(403)
    expect(byLink.status).toBe(404)
    expect((await ada.get('/api/user')).status).toBe(200)
  })

  it('is refused to a page that was made for somebody else', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')
    const { ref } = (await ada.get('/auth/session')).json()
    const bob = await it.gateway.signIn('bob')

    const others = await bob.send('/auth/logout', {
      method: 'POST',
      headers: { 'x-coatcheck-session': ref },
    })
    const own = await ada.send('/auth/logout', {
      method: 'POST',
      headers: { 'x-coatcheck-session': ref },
    })

    expect([others.status, others.headers['coatcheck-problem']]).toEqual([409, 'session_changed'])
    expect((await bob.get('/api/user')).status).toBe(200)
    expect(own.status).toBe(204)
  })

  it('revokes the tokens where the provider can', async () => {
    const upstream = await startUpstream()
    const revoked: string[] = []
    upstream.on('/revoke', ({ headers }, response) => {
      revoked.push(String(headers.authorization))
      response.end()
    })
    await using it = await setUp({
      routes: [{ prefix: '/api', upstream: upstream.url }],
      provider: { revoke: { url: new URL('/revoke', upstream.url), bearer: 'refresh' } },
    })
    const ada = await it.gateway.signIn('ada')

    await ada.send('/auth/logout', { method: 'POST' })

    expect(revoked).toEqual([`Bearer ${upstream.signIns[0]?.refresh}`])
    await upstream[Symbol.asyncDispose]()
  })
})

describe('what is ours', { timeout: 60_000 }, () => {
  it('says on each answer that it is served over plain http where that was asked for', async () => {
    await using it = await setUp({ publicOrigin: 'http://ci.example:3000', insecureHttp: true })
    await using safe = await setUp()

    const plain = await it.gateway.send('/auth/session')
    const usual = await safe.gateway.send('/auth/session')

    expect(plain.headers['coatcheck-warning']).toBe('insecureHttp')
    expect(usual.headers).not.toHaveProperty('coatcheck-warning')
  })

  it('answers only under its own names', async () => {
    await using it = await setUp()

    for (const path of ['/auth/session', '/api/user', '/nothing']) {
      const answer = await it.gateway.send(path, { host: 'evil.example' })
      expect([answer.status, answer.headers['coatcheck-problem']]).toEqual([421, 'host_unknown'])
    }
    expect((await it.gateway.send('/auth/health', { host: '10.1.2.3:8080' })).status).toBe(204)
  })

  it('is never proxied, whatever routes there are', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({
      routes: [{ prefix: '/', upstream: upstream.url, auth: 'public' }],
      signInAt: upstream.url,
    })

    for (const path of ['/auth', '/auth/', '/auth/unknown', '/auth/session/x', '/%61uth/x']) {
      const answer = await gateway.send(path)
      expect([path, answer.status, answer.headers['coatcheck-problem']]).toEqual([
        path,
        404,
        'not_found',
      ])
    }
    expect(upstream.requests).toHaveLength(0)
    expect((await gateway.send('/authors')).status).toBe(200)
  })
})
