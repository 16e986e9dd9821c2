// Whatever breaks, protected routes stay closed and nobody loses a session for it. Rows as in sessions.test.ts.
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { SessionStore } from '../../src/session/store.ts'
import { login, openDeployment, refusal } from '../support/deployment.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

/** Every request asks the store. */
const NO_MEMORY = { nearCache: { sessions: 0 } }

const JSON_TYPE = { 'content-type': 'application/json' }
const HTML_TYPE = { 'content-type': 'text/html' }

/** Answers of a provider from which no token can be had. */
const useless: ReadonlyArray<readonly [string, (response: ServerResponse) => unknown]> = [
  ['500', (response) => response.writeHead(500).end('{}')],
  ['200 without a token', (response) => response.writeHead(200, JSON_TYPE).end('{}')],
  ['200 with null', (response) => response.writeHead(200, JSON_TYPE).end('null')],
  ['200 with HTML', (response) => response.writeHead(200, HTML_TYPE).end('<h1>Sign in</h1>')],
  ['200 with half of it', (response) => response.writeHead(200, JSON_TYPE).end('{"access_tok')],
  [
    '200 with a token that is none',
    (response) => response.writeHead(200, JSON_TYPE).end('{"access_token":{"a":1}}'),
  ],
  [
    '200 with a line break in the token',
    (response) => response.writeHead(200, JSON_TYPE).end('{"access_token":"a\\r\\nX-User: admin"}'),
  ],
  ['a redirect', (response) => response.writeHead(302, { location: '/user' }).end()],
  ['204', (response) => response.writeHead(204).end()],
  ['a reset', (response) => response.destroy()],
  ['401', (response) => response.writeHead(401, JSON_TYPE).end('{}')],
  ['400', (response) => response.writeHead(400, JSON_TYPE).end('{"error":"invalid_grant"}')],
]

describe('61: with a broken dependency', () => {
  const thrown: ReadonlyArray<readonly [string, unknown]> = [
    ['an error', new TypeError('not a function')],
    ['an error that looks like an answer', Object.assign(new Error('ok'), { statusCode: 200 })],
    ['an object that looks like a session', { kind: 'active', session: {}, record: {} }],
    ['a word', 'broken'],
    ['nothing', undefined],
    ['null', null],
  ]

  it.each(thrown)(
    'a store that rejects with %s, nobody gets in and nobody is signed out',
    async (_what, error) => {
      let broken = false
      const wrap = (store: SessionStore) =>
        new Proxy(store, {
          get(target, property) {
            const value = Reflect.get(target, property)
            if (typeof value !== 'function' || property === 'subscribe') return value
            return broken ? () => Promise.reject(error) : value.bind(target)
          },
        })
      await using it = await openDeployment('memory', NO_MEMORY, {}, wrap)
      const ada = await it.gateway.signIn('ada')

      broken = true
      const answers = [
        await ada.get('/api/user'),
        await ada.send('/api/notes', { method: 'POST', json: {} }),
        await ada.get('/auth/session'),
        await ada.send('/auth/logout', { method: 'POST' }),
        await it.gateway.send('/auth/login', login()),
        await it.gateway.send('/api/login', login()),
        await it.gateway.send('/auth/health'),
      ]
      broken = false

      for (const answer of answers) {
        expect(answer.status).toBeGreaterThanOrEqual(500)
        expect(answer.headers).not.toHaveProperty('set-cookie')
        expect(answer.text).not.toContain('not a function')
      }
      expect(it.calls('/user') + it.calls('/notes')).toBe(0)
      expect((await ada.get('/api/user')).status).toBe(200)
    },
  )

  it.each(['get', 'lease'])('a store whose %s throws at once is answered 5xx', async (name) => {
    let broken = false
    const wrap = (store: SessionStore) =>
      new Proxy(store, {
        get(target, property) {
          const value = Reflect.get(target, property)
          if (typeof value !== 'function') return value
          if (!broken || property !== name) return value.bind(target)
          return () => {
            throw new TypeError('not a function')
          }
        },
      })
    await using it = await openDeployment('memory', {}, {}, wrap)
    const ada = await it.gateway.signIn('ada')
    // Late enough for the token to be renewed.
    it.clock.advance(10 * MINUTE)
    if (name === 'get') it.gateway.app.coatcheck.near.clear()

    broken = true
    const answer = await ada.get('/api/user')
    broken = false

    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(answer.text).not.toContain('not a function')
    expect((await ada.get('/api/user')).status).toBe(200)
  })

  it.each([
    ['nothing at all', () => undefined],
    ['a word', () => 'a session'],
    ['an empty object', () => ({})],
    ['true', () => true],
    ['a record without seal', (record: object) => ({ ...record, sealed: new Uint8Array(0) })],
    ['a record with another end', (record: object) => ({ ...record, endsAt: Infinity })],
    ['a record of another revision', (record: object) => ({ ...record, revision: 7 })],
    ['a record without a state', (record: object) => ({ ...record, state: undefined })],
  ] as ReadonlyArray<[string, (record: object) => unknown]>)(
    'a store that answers %s lets nobody in',
    async (_what, spoil) => {
      let broken = false
      const wrap = (store: SessionStore) =>
        new Proxy(store, {
          get(target, property) {
            const value = Reflect.get(target, property)
            if (property === 'get' && broken) {
              return async (key: Parameters<typeof target.get>[0]) =>
                spoil((await target.get(key)) ?? {})
            }
            return typeof value === 'function' ? value.bind(target) : value
          },
        })
      await using it = await openDeployment('memory', NO_MEMORY, {}, wrap)
      const ada = await it.gateway.signIn('ada')

      broken = true
      const answer = await ada.get('/api/user')

      expect(answer.status).toBeGreaterThanOrEqual(401)
      expect(it.calls('/user')).toBe(0)
    },
  )

  it.each(useless)(
    'a provider that answers a renewal with %s lets nobody through on an expired token',
    async (_what, reply) => {
      await using it = await openDeployment()
      const ada = await it.gateway.signIn('ada')
      it.clock.advance(10 * MINUTE)
      it.upstream.on('/refresh', (_request, response) => reply(response))

      const answers = await Promise.all([ada.get('/api/user'), ada.get('/api/user')])

      for (const answer of answers) {
        expect(answer.status).toBeGreaterThanOrEqual(401)
        expect(answer.headers['coatcheck-problem']).toBeDefined()
      }
      expect(it.calls('/user')).toBe(0)
    },
  )

  it.each(useless)(
    'a provider that answers a sign-in with %s signs nobody in',
    async (_what, reply) => {
      await using it = await openDeployment()
      it.upstream.on('/login', (_request, response) => reply(response))

      const answers = [
        await it.gateway.send('/auth/login', login()),
        await it.gateway.send('/api/login', login()),
      ]

      for (const answer of answers) expect(answer.headers).not.toHaveProperty('set-cookie')
      expect(answers[0]?.status).toBeGreaterThanOrEqual(400)
      expect(answers[0]?.headers['coatcheck-problem']).toBeDefined()
      expect(await it.gateway.app.coatcheck.store.count()).toBe(0)
    },
  )

  it("a provider that renews with somebody else's token ends the session", async () => {
    await using it = await openDeployment()
    const ada = await it.gateway.signIn('ada')
    await it.gateway.signIn('bob')
    const bobs = it.upstream.signIns[1]?.access
    it.clock.advance(10 * MINUTE)
    it.upstream.on('/refresh', (_request, response) => {
      response.writeHead(200, JSON_TYPE).end(JSON.stringify({ access_token: bobs }))
    })

    const answer = await ada.get('/api/user')

    expect(answer.json()).toMatchObject({ code: 'session_ended', reason: 'owner_changed' })
    expect(it.calls('/user')).toBe(0)
  })

  it('a provider that never answers: 503 after its time, and the session is kept', async () => {
    await using it = await openDeployment()
    const ada = await it.gateway.signIn('ada')
    it.clock.advance(10 * MINUTE)
    const held = it.upstream.hold({ path: '/refresh' })

    const waiting = ada.get('/api/user')
    await held.arrived()
    it.clock.advance(21 * SECOND)
    const answer = await waiting
    held.release()

    expect(refusal(answer)).toEqual([503, 'provider_unreachable'])
    await expect.poll(async () => (await ada.get('/api/user')).status).toBe(200)
  })
})
