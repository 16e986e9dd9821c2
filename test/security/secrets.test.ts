// 65, I-4: planted secrets are nowhere that somebody reads: not in a log line, an answer, a metric, a health answer or
// the database's files, whatever goes wrong.
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/lib/random.ts'
import { Secret } from '../../src/lib/secret.ts'
import { StoreUnreachableError } from '../../src/session/store.ts'
import { createTicket, parseTicket } from '../../src/session/ticket.ts'
import { createCanaries } from '../support/canaries.ts'
import { manualClock } from '../support/clock.ts'
import { COOKIE, codecOf } from '../support/deployment.ts'
import { cookieOf, newKey, type Person, startGateway } from '../support/gateway.ts'
import { type Answer, rawRequest, type SendOptions, send } from '../support/http.ts'
import { passwordProvider } from '../support/password-provider.ts'
import { openTestStore, storeKinds } from '../support/stores.ts'
import { startUpstream } from '../support/upstream.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const JSON_TYPE = { 'content-type': 'application/json' }

const PASSWORD = 'canary.Password-7f3a9c51'
const WRONG_PASSWORD = 'canary.Mistyped-55e1d0ba'
const PIN = 'canary.Pin-2290-6641-0d'
const IN_URL = 'canary.InTheUrl-81b2c3d4'
const SEED_KEY = 'canary.OperatorsToken-0123456789'

describe.each(storeKinds)('a life full of failures, on %s', { timeout: 60_000 }, (kind) => {
  it('leaves no secret where anybody reads', async () => {
    await using life = await openLife(kind)

    await life.signIns()
    await life.refusedSignIns()
    await life.requests()
    await life.renewals()
    await life.oddities()
    await life.endings()
    const sinks = await life.sinks()

    // It was a full life.
    const { log, answers } = sinks
    for (const event of [
      'signed_in',
      'sign_in_refused',
      'sign_in_unreadable',
      'provider_unreachable',
      'refreshed',
      'refresh_refused',
      'refresh_unreachable',
      'owner_changed',
      'leak_prevented',
      'record_unsealable',
      'store_unreachable',
      'denied',
      'cut',
      'signed_out',
    ]) {
      expect(log).toContain(`"event":"${event}"`)
    }
    for (const code of [
      'session_required',
      'session_idle',
      'session_ended',
      'sign_in_refused',
      'csrf_refused',
      'not_found',
      'host_unknown',
      'bad_request',
      'too_large',
      'unsupported_type',
      'upstream_unreachable',
      'upstream_timeout',
      'sign_in_unreadable',
      'store_unreachable',
      'provider_unreachable',
      'leak_prevented',
    ]) {
      expect(answers).toContain(`"code":"${code}"`)
    }
    expect(life.canaries.size).toBeGreaterThan(40)
    expect(sinks.files.includes('ada')).toBe(kind !== 'memory')

    const found = Object.entries(sinks).map(([name, sink]) => [name, life.canaries.find(sink)])
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(Object.keys(sinks).map((name) => [name, []])),
    )
    // Nor where upstreams are.
    expect(answers).not.toMatch(/127\.0\.0\.1:\d|localhost:\d{5}/)
  })
})

describe('the search for planted secrets', { timeout: 60_000 }, () => {
  it.each<[string, (secret: string) => string | Uint8Array]>([
    ['as it is', (secret) => `{"token":"${secret}"}`],
    ['cut short', (secret) => `token ${secret.slice(0, 40)}…`],
    ['its end alone', (secret) => `token …${secret.slice(-20)}`],
    ['in base64', (secret) => Buffer.from(`user:${secret}`).toString('base64')],
    ['in base64url, elsewhere', (secret) => Buffer.from(`{"a":"${secret}"}`).toString('base64url')],
    ['in hex', (secret) => Buffer.from(`x${secret}`).toString('hex')],
    ['percent-encoded', (secret) => `?t=${encodeURIComponent(secret)}`],
    ['escaped', (secret) => JSON.stringify({ secret })],
    ['between bytes', (secret) => Buffer.concat([newKey(), Buffer.from(secret), newKey()])],
    ['read from the wrong end', (secret) => [...secret].reverse().join('')],
  ])('finds one %s', (_how, hide) => {
    const secrets = [PASSWORD, 'eyJhbGciOiJIUzI1NiJ9.eyJpZGVudGl0eSI6IjQyNDI0MiJ9.c2lnbmF0dXJlLW9m']
    const canaries = createCanaries()
    for (const secret of secrets) canaries.plant(secret, secret)

    for (const secret of secrets) expect(canaries.find(hide(secret))).toContain(secret)
    expect(canaries.find('{"event":"denied","code":"session_required"}')).toEqual([])
  })

  it('finds bytes however they are written, and what a token says in clear', () => {
    const canaries = createCanaries()
    const key = newKey()
    canaries.plant('key', key)
    canaries.plant(
      'token',
      `eyJhbGciOiJIUzI1NiJ9.${base64url('{"identity":"424242-secret"}')}.c2ln`,
    )

    for (const hidden of [
      key,
      key.toString('base64url'),
      key.toString('base64'),
      key.toString('hex'),
    ]) {
      expect(canaries.find(hidden)).toEqual(['key'])
    }
    expect(canaries.find('logged {"identity":"424242-secret"}')).toEqual(['token'])
    expect(canaries.find(newKey())).toEqual([])
  })
})

/** A gateway, everything that can happen to it, and all that it left behind. */
async function openLife(kind: (typeof storeKinds)[number]) {
  const canaries = createCanaries()
  const keys = [newKey(), newKey()]
  for (const [index, key] of keys.entries()) canaries.plant(`cookie key ${index}`, key)
  for (const secret of [PASSWORD, WRONG_PASSWORD, PIN, IN_URL, SEED_KEY]) {
    canaries.plant(secret, secret)
  }

  const clock = manualClock()
  const upstream = await startUpstream({ clock, rotation: true })
  const second = await startUpstream({ clock })
  const gone = await startUpstream()
  await gone[Symbol.asyncDispose]()
  const opened = await openTestStore(kind, clock)
  let storeIsAway = false
  const store = new Proxy(opened.store, {
    get(target, property) {
      const value = Reflect.get(target, property)
      if (typeof value !== 'function') return value
      if (!storeIsAway || property === 'subscribe') return value.bind(target)
      return () => Promise.reject(new StoreUnreachableError('the store is away'))
    },
  })
  const tell = (_request: unknown, response: ServerResponse) => {
    response.writeHead(200, JSON_TYPE).end('{"notes":[]}')
  }
  for (const path of ['/notes', '/big', '/open']) upstream.on(path, tell)

  const gateway = await startGateway({
    cookie: { keys, sameSite: 'strict' },
    operators: { host: '127.0.0.1', port: 0, token: new Secret(SEED_KEY) },
    session: { idleMs: HOUR, lifetimeMs: 24 * HOUR },
    log: { level: 'debug', access: true },
    limits: { signInPerAddress: 1000, signInPerAccount: 6, windowMs: MINUTE },
    routes: [
      { prefix: '/api', upstream: upstream.url },
      { prefix: '/second', upstream: second.url, provider: 'second' },
      { prefix: '/gone', upstream: gone.url },
      { path: '/open', upstream: `${upstream.url}/open`, auth: 'public' },
      { path: '/small', upstream: `${upstream.url}/notes`, bodyLimit: 100 },
    ],
    providers: [
      passwordProvider(upstream.url, {
        revoke: { url: new URL('/revoke', upstream.url), bearer: 'refresh' },
      }),
      passwordProvider(second.url, {
        name: 'second',
        signIn: { ...passwordProvider(second.url).signIn, also: undefined },
      }),
      passwordProvider(gone.url, {
        name: 'gone',
        signIn: { ...passwordProvider(gone.url).signIn, also: undefined },
      }),
    ],
    options: { clock, store },
  })
  const operators = gateway.operatorsUrl ?? ''
  const codec = await codecOf(keys[0] ?? newKey())

  const answers: string[] = []
  /** Remembers everything but the cookie that is handed out, which is what the cookie is for. */
  const heard = (answer: Answer): Answer => {
    const headers: string[] = []
    for (let i = 0; i + 1 < answer.rawHeaders.length; i += 2) {
      const [name = '', value = ''] = answer.rawHeaders.slice(i, i + 2)
      const cookie = name.toLowerCase() === 'set-cookie' ? plantCookie(value) : value
      headers.push(`${name}: ${cookie}`)
    }
    answers.push(`${answer.status}\n${headers.join('\n')}\n\n${answer.text}`)
    return answer
  }
  const plantCookie = (line: string): string => {
    const value = /^[^=]+=([^;]{20,});/.exec(line)?.[1]
    if (value === undefined) return line
    const ticket = codec.open(value)?.ticket
    if (!ticket) throw new Error('a cookie of ours should open')
    const name = `cookie ${canaries.size}`
    canaries.plant(name, value)
    canaries.plant(`${name}: session id`, Buffer.from(ticket.id, 'base64url'))
    canaries.plant(`${name}: session key`, Buffer.from(ticket.key, 'base64url'))
    canaries.plant(`${name}: ticket`, ticket.text)
    return line.replace(value, '')
  }

  const post = (json: object): SendOptions => ({ method: 'POST', json })
  const ask = async (path: string, options?: SendOptions) =>
    heard(await gateway.send(path, options))
  const as = async (person: Person, path: string, options?: SendOptions) =>
    heard(await person.send(path, options))
  const signIn = async (username: string, path = '/auth/login') =>
    gateway.person(cookieOf(await ask(path, post({ username, password: PASSWORD, pin: PIN }))))
  /** Scripted for as long as `during` runs. */
  const whileUpstream = async (
    path: string,
    reply: (response: ServerResponse) => unknown,
    during: () => Promise<unknown>,
  ) => {
    const undo = upstream.on(path, (_request, response) => reply(response))
    await during()
    undo()
  }
  const json = (body: unknown) => (response: ServerResponse) =>
    response.writeHead(200, JSON_TYPE).end(JSON.stringify(body))

  return {
    canaries,

    async signIns() {
      const ada = await signIn('ada')
      await signIn('bob', '/api/login')
      await as(ada, '/auth/session')
      await as(
        ada,
        '/auth/login',
        post({ provider: 'second', username: 'ada', password: PASSWORD }),
      )
    },

    async refusedSignIns() {
      const fields = { username: 'mistyped', password: WRONG_PASSWORD, pin: PIN }
      const token = `eyJhbGciOiJIUzI1NiJ9.${base64url('{"identity":"canary-unread"}')}.Y2FuYXJ5LXNpZw`
      canaries.plant('a token that could not be placed', token)
      const replies: Array<(response: ServerResponse) => unknown> = [
        (response) => response.writeHead(401, JSON_TYPE).end('{"message":"No."}'),
        (response) =>
          response.writeHead(401, JSON_TYPE).end(`{"message":"${WRONG_PASSWORD} is wrong"}`),
        (response) => response.writeHead(422).end(`<p>${WRONG_PASSWORD}`),
        (response) => response.writeHead(500, JSON_TYPE).end(JSON.stringify(fields)),
        (response) => response.writeHead(302, { location: `/x?p=${WRONG_PASSWORD}` }).end(),
        (response) => response.destroy(),
        json({ elsewhere: token, [PIN]: token, nested: { [WRONG_PASSWORD]: 1 } }),
        json({ access_token: { value: token } }),
        json({ access_token: `${token}\r\nX-Admin: 1` }),
        json([token]),
        (response) => response.writeHead(200, JSON_TYPE).end(`{"access_token":"${token}`),
      ]
      for (const [index, reply] of replies.entries()) {
        await whileUpstream('/login', reply, async () => {
          const own = { ...fields, username: `mistyped${index}` }
          await ask('/auth/login', post(own))
          // What the upstream says there itself is not ours: see the provider's own tests.
          if (index > 4) await ask('/api/login', post(own))
        })
      }
      await ask('/auth/login', post({ ...fields, provider: 'gone' }))
      await ask('/auth/login', post({ ...fields, provider: WRONG_PASSWORD }))
      await ask('/auth/login', post({ username: PASSWORD, password: 'wrong' }))
      for (let i = 0; i < 8; i++) await ask('/auth/login', post({ ...fields, password: 'wrong' }))
      const text = JSON.stringify(fields)
      for (const [body, type] of [
        [text.slice(0, -1), 'application/json'],
        [`${text}${text}`, 'application/json'],
        [`{"__proto__":${text}}`, 'application/json'],
        [text, 'text/plain'],
        [text, `application/${WRONG_PASSWORD}`],
        [`username=ada&password=${WRONG_PASSWORD}`, 'application/x-www-form-urlencoded'],
        [JSON.stringify([fields]), 'application/json'],
        [JSON.stringify({ ...fields, more: 'x'.repeat(70_000) }), 'application/json'],
      ] as const) {
        for (const path of ['/auth/login', '/api/login']) {
          await ask(path, { method: 'POST', body, headers: { 'content-type': type } })
        }
      }
      const elsewhere = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }
      await ask('/auth/login', { ...post(fields), headers: elsewhere })
    },

    async requests() {
      const ada = await signIn('ada')
      await as(ada, '/api/user')
      await as(ada, `/api/user?token=${IN_URL}`, { headers: { referer: `/x?${IN_URL}` } })
      await as(ada, `/api/${IN_URL}%zz`)
      await as(ada, `/%2e%2e/${IN_URL}`)
      await as(ada, `/${IN_URL}`, { method: 'DELETE' })
      await as(ada, `/auth/${IN_URL}`)
      await ask(`/auth/login?returnTo=//evil.example/${IN_URL}`)
      await as(ada, '/api/notes', {
        ...post({ text: PASSWORD }),
        headers: { 'user-agent': IN_URL },
      })
      await as(ada, '/api/notes', { headers: { authorization: `Bearer ${IN_URL}` } })
      await as(ada, '/api/notes', { headers: { 'x-coatcheck-session': IN_URL } })
      await as(ada, '/gone/notes')
      await as(ada, '/small', post({ text: 'x'.repeat(200) }))
      await as(ada, '/open')
      const held = upstream.hold({ path: '/notes', times: 1 })
      const waiting = as(ada, '/api/notes')
      await held.arrived()
      clock.advance(30 * SECOND)
      await waiting
      held.release()
      for (const fault of [
        { answer: 500 },
        { answer: 404 },
        { reset: 'head' },
        { answer: 301, headers: { location: 'https://elsewhere.example/' } },
      ] as const) {
        upstream.fault({ path: '/notes', times: 1 }, fault)
        await as(ada, '/api/notes')
      }
      upstream.fault({ path: '/notes', times: 1 }, { reset: 'body' })
      await as(ada, '/api/notes').catch(() => undefined)
      await as(ada, '/api/notes', {
        method: 'POST',
        json: {},
        headers: { 'sec-fetch-site': 'cross-site' },
      })
      await ask('/api/user', { host: 'evil.example' })
      await ask('/api/user')
    },

    async renewals() {
      const replies: Array<(response: ServerResponse) => unknown> = [
        (response) => response.destroy(),
        (response) => response.writeHead(500, JSON_TYPE).end('{}'),
        json({ refresh: 'canary-of-nothing' }),
        (response) => response.writeHead(401, JSON_TYPE).end('{"message":"invalid"}'),
      ]
      for (const reply of replies) {
        const ada = await signIn('ada')
        clock.advance(11 * MINUTE)
        await whileUpstream('/refresh', reply, () => as(ada, '/api/user'))
        await as(ada, '/api/user')
      }
      const ada = await signIn('ada')
      await signIn('bob')
      const bobs = upstream.signIns.at(-1)?.access
      clock.advance(9 * MINUTE + 50 * SECOND)
      const renewals = upstream.refreshes.length
      const told = () => gateway.log.filter((line) => line.includes('"event":"refreshed"')).length
      const before = told()
      await as(ada, '/api/user')
      await expect
        .poll(() => [upstream.refreshes.length, told()])
        .toEqual([renewals + 1, before + 1])
      clock.advance(11 * MINUTE)
      await whileUpstream('/refresh', json({ access_token: bobs }), () => as(ada, '/api/user'))
      const carol = await signIn('carol')
      clock.advance(MINUTE)
      upstream.revoke(upstream.signIns.at(-1)?.access ?? '')
      await as(carol, '/api/user')
    },

    async oddities() {
      const [ada, bob] = [await signIn('ada'), await signIn('bob')]
      const carol = await signIn('carol')
      const [adas, bobs] = [ada, bob].map(
        ({ cookie }) => codec.open(cookie.slice(COOKIE.length + 1))?.ticket,
      )
      if (!adas || !bobs) throw new Error('the cookies should open')
      const crossed = parseTicket(base64url(Buffer.concat([bytes(adas.id), bytes(bobs.key)])))
      if (!crossed) throw new Error('64 bytes are a ticket')
      for (const cookie of [
        `${COOKIE}=${codec.seal(crossed)}`,
        `${COOKIE}=${codec.seal(createTicket(systemRandom))}`,
        `${ada.cookie}x`,
        ada.cookie.slice(0, -1),
        `${ada.cookie}; ${bob.cookie}`,
        `${COOKIE}=${adas.text}`,
        `${COOKIE}=${upstream.signIns.at(-1)?.access}`,
      ]) {
        const person = gateway.person(cookie)
        await as(person, '/api/user')
        await as(person, '/auth/session')
      }
      await ask(`/api/user?${ada.cookie}`)
      const raw = [
        `GET /api/user HTTP/1.1\r\nHost: ${gateway.host}\r\nCookie: ${ada.cookie}\r\nBroken ${IN_URL}\r\n\r\n`,
        `GET /api/${IN_URL} HTTP/9.9\r\nCookie: ${ada.cookie}\r\n\r\n`,
        `GET /api/user HTTP/1.1\r\nHost: ${gateway.host}\r\nCookie: ${ada.cookie}; ${'a=b; '.repeat(9000)}\r\n\r\n`,
      ]
      for (const one of raw) answers.push(String(await rawRequest(gateway.port, one)))
      storeIsAway = true
      gateway.app.coatcheck.near.clear()
      for (const path of ['/api/user', '/auth/session', '/auth/health']) await as(ada, path)
      await as(ada, '/auth/logout', post({}))
      await ask('/auth/login', post({ username: 'dora', password: PASSWORD }))
      storeIsAway = false
      // A second later it is asked again, and has come back.
      clock.advance(1000)
      await ask('/auth/health')
      // Ada tried to sign out meanwhile: of her nothing is remembered.
      await as(carol, '/api/user')
      await as(bob, '/api/user')
      const { near } = gateway.app.coatcheck
      const [first, other] = near.all()
      if (!first || !other) throw new Error('two sessions should be in memory')
      near.put({ ...first, content: other.content })
      near.put({ ...other, content: first.content })
      await as(ada, '/api/user')
      await as(bob, '/api/user')
    },

    async endings() {
      const idle = await signIn('ada')
      clock.advance(HOUR)
      await as(idle, '/api/user')
      const over = await signIn('ada')
      await as(over, '/auth/logout', { method: 'POST' })
      await as(over, '/api/user')
      const unrevoked = await signIn('ada')
      await whileUpstream(
        '/revoke',
        (response) => response.destroy(),
        () => as(unrevoked, '/auth/logout', { method: 'POST' }),
      )
      const live = await signIn('ada')
      await as(live, '/api/user')
      for (const path of ['/livez', '/readyz', '/metrics', '/nothing']) {
        for (const token of [SEED_KEY, IN_URL]) {
          heard(await send(operators, path, { headers: { authorization: `Bearer ${token}` } }))
        }
      }
      await ask('/auth/health')
    },

    async sinks() {
      for (const { signIns, refreshes } of [upstream, second]) {
        for (const [index, { access, refresh }] of signIns.entries()) {
          canaries.plant(`access token ${index}`, access)
          canaries.plant(`refresh token ${index}`, refresh)
        }
        for (const [index, { access }] of refreshes.entries()) {
          canaries.plant(`renewed token ${index}`, access)
        }
      }
      const metrics = await gateway.app.coatcheck.metrics.render()
      return {
        log: gateway.log.join(''),
        answers: answers.join('\n\n'),
        metrics: metrics.text,
        files: await opened.bytes(),
      }
    },

    async [Symbol.asyncDispose]() {
      await gateway.close()
      await opened[Symbol.asyncDispose]()
      await second[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

function base64url(of: string | Uint8Array): string {
  return Buffer.from(of).toString('base64url')
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}
