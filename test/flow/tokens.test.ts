import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/lib/random.ts'
import { StoreUnreachableError } from '../../src/session/store.ts'
import { createMemoryStore } from '../../src/session/stores/memory.ts'
import type { TokenSet } from '../../src/tokens/token-set.ts'
import { manualClock } from '../support/clock.ts'
import { type GatewaySettings, startGateway } from '../support/gateway.ts'
import { startUpstream, type TestUpstreamOptions } from '../support/upstream.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

async function setUp(
  settings: Partial<GatewaySettings> = {},
  upstreamOptions: TestUpstreamOptions = {},
) {
  const clock = manualClock()
  const upstream = await startUpstream({ clock, ...upstreamOptions })
  const store = createMemoryStore({ clock, random: systemRandom })
  const gateway = await startGateway({
    routes: [{ prefix: '/api', upstream: upstream.url }],
    ...settings,
    options: { clock, store, ...settings.options },
  })
  const calls = (path: string) =>
    upstream.requests.filter((request) => request.path === path).length
  return {
    clock,
    upstream,
    gateway,
    store,
    calls,
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await store.close()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

describe('a token at its end', () => {
  it('is renewed once for fifty requests at once, and all of them are answered', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')
    it.clock.advance(10 * MINUTE)

    const answers = await Promise.all(Array.from({ length: 50 }, () => ada.get('/api/user')))

    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
    expect(answers.every((answer) => answer.json().username === 'ada')).toBe(true)
    expect(it.calls('/refresh')).toBe(1)
  })

  it('is renewed ahead of it, and nobody waits', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')
    const before = it.upstream.signIns[0]?.access
    it.clock.advance(9 * MINUTE + 40 * SECOND)
    const held = it.upstream.hold({ path: '/refresh' })

    const meanwhile = await ada.get('/api/user')
    const carried = it.upstream.last.headers.authorization
    await held.arrived(1)
    held.release()
    await expect.poll(() => it.upstream.refreshes.length).toBe(1)
    await expect
      .poll(async () => {
        await ada.get('/api/user')
        return it.upstream.last.headers.authorization
      })
      .toBe(`Bearer ${it.upstream.refreshes[0]?.access}`)

    expect(meanwhile.status).toBe(200)
    expect(carried).toBe(`Bearer ${before}`)
  })

  it('that cannot be renewed ends the session with the reason', async () => {
    await using it = await setUp({ provider: { refresh: undefined } })
    const ada = await it.gateway.signIn('ada')
    const { endsAt } = (await ada.get('/auth/session')).json()
    it.clock.advance(10 * MINUTE)

    const api = await ada.get('/api/user')
    const session = await ada.get('/auth/session')

    expect(endsAt).toBe(it.clock.now())
    expect([api.status, api.json()]).toMatchObject([
      401,
      { code: 'session_ended', reason: 'token_expired' },
    ])
    expect(session.json()).toMatchObject({ state: 'ended', reason: 'token_expired' })
    expect(it.calls('/user')).toBe(0)
  })

  it('ends the session when the provider refuses to renew it', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')
    it.upstream.revoke(it.upstream.signIns[0]?.refresh ?? '')
    it.clock.advance(10 * MINUTE)

    const answer = await ada.get('/api/user')

    expect(answer.json()).toMatchObject({ code: 'session_ended', reason: 'refresh_refused' })
  })

  it('keeps the session when the provider cannot be reached: 503, and well again later', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')
    const heal = it.upstream.on('/refresh', (_request, response) => response.destroy())
    it.clock.advance(9 * MINUTE + 45 * SECOND)
    const alive = await ada.get('/api/user')
    it.clock.advance(15 * SECOND)

    const down = await ada.get('/api/user')
    heal()
    const up = await ada.get('/api/user')

    expect(alive.status).toBe(200)
    expect([down.status, down.headers['coatcheck-problem']]).toEqual([503, 'provider_unreachable'])
    expect(down.headers['retry-after']).toBeDefined()
    expect(down.headers).not.toHaveProperty('set-cookie')
    expect(up.status).toBe(200)
  })
})

describe("an upstream's 401", () => {
  it('renews the token and asks once more, the body included', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')
    it.clock.advance(MINUTE)
    it.upstream.revoke(it.upstream.signIns[0]?.access ?? '')

    const answer = await ada.send('/api/notes', { method: 'POST', json: { text: 'hello' } })

    expect(answer.status).toBe(200)
    expect(it.calls('/refresh')).toBe(1)
    const tries = it.upstream.requests.filter(({ path }) => path === '/notes')
    expect(tries.map(({ token, body }) => [token, body.toString()])).toEqual([
      ['invalid', '{"text":"hello"}'],
      ['good', '{"text":"hello"}'],
    ])
  })

  it('a second time passes untouched, and the session stays', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')
    it.clock.advance(MINUTE)
    it.upstream.on('/secret', (_request, response) => {
      response.writeHead(401, { 'content-type': 'application/json', 'x-why': 'role' })
      response.end('{"message":"not for you"}')
    })

    const answer = await ada.get('/api/secret')

    expect([answer.status, answer.text, answer.headers['x-why']]).toEqual([
      401,
      '{"message":"not for you"}',
      'role',
    ])
    expect(answer.headers).not.toHaveProperty('coatcheck-problem')
    expect([it.calls('/secret'), it.calls('/refresh')]).toEqual([2, 1])
    expect((await ada.get('/api/user')).status).toBe(200)
  })

  it('for a token younger than 30 s is not the fault of the token', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')
    it.upstream.on('/secret', (_request, response) => response.writeHead(401).end('no'))
    it.clock.advance(30 * SECOND)

    const answer = await ada.get('/api/secret')

    expect([answer.status, answer.text]).toEqual([401, 'no'])
    expect([it.calls('/secret'), it.calls('/refresh')]).toEqual([1, 0])
  })

  it('for many requests at once renews the token once', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')
    it.clock.advance(MINUTE)
    it.upstream.revoke(it.upstream.signIns[0]?.access ?? '')

    const answers = await Promise.all(Array.from({ length: 50 }, () => ada.get('/api/user')))

    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(it.calls('/refresh')).toBe(1)
  })

  it('reaches the browser when its body was streamed, and the next request has a new token', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')
    it.clock.advance(MINUTE)
    it.upstream.revoke(it.upstream.signIns[0]?.access ?? '')

    const big = await ada.send('/api/notes', { method: 'POST', body: 'x'.repeat(100_000) })
    await expect.poll(() => it.upstream.refreshes.length).toBe(1)
    const next = await ada.get('/api/user')

    expect([big.status, next.status]).toEqual([401, 200])
    expect(it.calls('/notes')).toBe(1)
  })

  it('ends a session whose token nobody knew the end of and nothing can renew', async () => {
    await using it = await setUp({
      provider: { refresh: undefined, identity: { claims: ['username'], nameClaims: [] } },
    })
    it.upstream.on('/login', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('{"access_token":"opaque","username":"ada"}')
    })
    const ada = await it.gateway.signIn('ada')
    it.upstream.on('/user', (_request, response) => response.writeHead(200).end('well'))
    const well = await ada.get('/api/user')
    it.upstream.on('/user', (_request, response) => response.writeHead(401).end('no'))

    const answer = await ada.get('/api/user')

    expect(well.text).toBe('well')
    expect(answer.json()).toMatchObject({ code: 'session_ended', reason: 'upstream_refused' })
  })
})

it('asks anew for the session when a body took its time, so that a sign-out reaches what waits', async () => {
  await using it = await setUp()
  const ada = await it.gateway.signIn('ada')
  const body = new Readable({ read: () => undefined })
  const waiting = ada.send('/api/notes', {
    method: 'POST',
    headers: { 'content-length': '4' },
    body,
  })
  body.push('on')
  await ada.get('/api/user')

  await ada.send('/auth/logout', { method: 'POST' })
  it.clock.advance(1001)
  body.push('ce')
  body.push(null)
  const answer = await waiting

  expect([answer.status, answer.json()]).toMatchObject([401, { reason: 'signed_out' }])
  expect(it.calls('/notes')).toBe(0)
})

describe('the guard', () => {
  const swapped = async (guard: boolean) => {
    const it = await setUp({ options: { guard } })
    const ada = await it.gateway.signIn('ada')
    const bob = await it.gateway.signIn('bob')
    // The seeded fault: two sessions' tokens change places in memory.
    const { near } = it.gateway.app.coatcheck
    const sessions = near.all()
    const [first, second] = sessions
    if (!first || !second) throw new Error('both sessions should be in memory')
    near.put({ ...first, content: second.content })
    near.put({ ...second, content: first.content })
    return { it, ada, bob }
  }

  it("stops another session's token: nothing goes up, both sessions end, it is counted and logged", async () => {
    const { it, ada, bob } = await swapped(true)
    await using _ = it

    const refOf = async (one: typeof ada) => (await one.get('/auth/session')).json().ref
    const refs = { ada: await refOf(ada), bob: await refOf(bob) }

    const answer = await ada.get('/api/user')

    expect([answer.status, answer.headers['coatcheck-problem']]).toEqual([500, 'leak_prevented'])
    expect(it.calls('/user')).toBe(0)
    await expect.poll(() => it.store.count()).toBe(0)
    for (const person of [ada, bob]) {
      expect((await person.get('/api/user')).json()).toMatchObject({ reason: 'leak_prevented' })
    }
    const { text } = await it.gateway.app.coatcheck.metrics.render()
    expect(text).toContain('coatcheck_leak_prevented_total 1')
    const lines = it.gateway.log.map((line) => JSON.parse(line))
    const audit = lines.find(({ event }) => event === 'leak_prevented')
    expect(audit).toMatchObject({ seen: 'token', asker: refs.ada, owner: refs.bob })
  })

  it('is what stops it: without it the same fault shows one the other', async () => {
    const { it, ada } = await swapped(false)
    await using _ = it

    const answer = await ada.get('/api/user')

    expect(answer.json()).toMatchObject({ username: 'bob' })
  })
})

describe('a store that cannot be reached', () => {
  it('is 503 with the cookie kept, lets nobody in and signs nobody out', async () => {
    const clock = manualClock()
    const memory = createMemoryStore({ clock, random: systemRandom })
    let down = false
    const store = new Proxy(memory, {
      get(target, property, receiver) {
        const value = Reflect.get(target, property, receiver)
        if (!down || typeof value !== 'function' || property === 'subscribe') return value
        return async () => {
          throw new StoreUnreachableError('the store is away')
        }
      },
    })
    await using it = await setUp({ options: { clock, store }, nearCache: { sessions: 0 } })
    const ada = await it.gateway.signIn('ada')

    down = true
    const answers = [
      await ada.get('/api/user'),
      await ada.get('/auth/session'),
      await ada.send('/auth/logout', { method: 'POST' }),
      await it.gateway.send('/auth/login', {
        method: 'POST',
        json: { username: 'bob', password: 'x' },
      }),
    ]
    const health = await it.gateway.send('/auth/health')
    down = false

    for (const answer of answers) {
      expect([answer.status, answer.headers['coatcheck-problem']]).toEqual([
        503,
        'store_unreachable',
      ])
      expect(answer.headers['retry-after']).toBeDefined()
      expect(answer.headers).not.toHaveProperty('set-cookie')
    }
    expect(health.status).toBe(503)
    expect((await ada.get('/api/user')).status).toBe(200)
    expect(it.upstream.requests.filter(({ path }) => path === '/user')).toHaveLength(1)
  })
})

it('answers a request that something of ours failed for, and goes on', async () => {
  await using it = await setUp()
  const ada = await it.gateway.signIn('ada')
  const { near } = it.gateway.app.coatcheck
  const [session] = near.all()
  if (!session) throw new Error('no session in memory')
  const tokens = Object.defineProperty({ ...session.content.tokens.main }, 'owner', {
    get: () => {
      throw new Error('seeded')
    },
  }) as TokenSet
  near.put({ ...session, content: { ...session.content, tokens: { main: tokens } } })

  const answer = await ada.get('/api/user')

  expect([answer.status, answer.headers['coatcheck-problem']]).toEqual([500, 'internal'])
  expect(it.calls('/user')).toBe(0)
})

describe('routes', () => {
  it('that are public carry no token, whoever asks', async () => {
    await using it = await setUp()
    await using gateway = await startGateway({
      routes: [
        { prefix: '/api', upstream: it.upstream.url },
        { path: '/api/register', upstream: `${it.upstream.url}/register`, auth: 'public' },
        { prefix: '/maybe', upstream: it.upstream.url, auth: 'optional' },
      ],
      options: { clock: it.clock },
    })
    const ada = await gateway.signIn('ada')

    await ada.send('/api/register', { method: 'POST', json: {} })
    const open = it.upstream.last
    const anonymous = await gateway.send('/maybe/notes')
    const forged = await gateway.person('coatcheck-3000=x').get('/maybe/notes')
    const known = await ada.get('/maybe/notes')
    const required = await gateway.send('/api/notes')

    expect([open.path, open.headers.authorization]).toEqual(['/register', undefined])
    expect([anonymous.status, anonymous.json().owner]).toEqual([200, null])
    expect([forged.status, forged.json().owner]).toEqual([200, null])
    expect(known.json().owner).toBe('ada')
    expect([required.status, required.headers['coatcheck-problem']]).toEqual([
      401,
      'session_required',
    ])
  })

  it('refuse a page that was made for somebody who has signed out meanwhile', async () => {
    await using it = await setUp()
    const ada = await it.gateway.signIn('ada')
    const { ref } = (await ada.get('/auth/session')).json()
    const bob = await it.gateway.signIn('bob')

    const own = await ada.get('/api/user', { headers: { 'x-coatcheck-session': ref } })
    const others = await bob.send('/api/notes', {
      method: 'POST',
      json: {},
      headers: { 'x-coatcheck-session': ref },
    })

    expect(own.status).toBe(200)
    expect([others.status, others.headers['coatcheck-problem']]).toEqual([409, 'session_changed'])
    expect(it.calls('/notes')).toBe(0)
  })

  it('let a browser that comes from elsewhere knock once more from our own page', async () => {
    await using it = await setUp()
    const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

    const first = await it.gateway.send('/api/report?id=1', {
      headers: { ...navigation, 'sec-fetch-site': 'cross-site' },
    })
    const second = await it.gateway.send('/api/report?id=1', {
      headers: { ...navigation, 'sec-fetch-site': 'same-origin' },
    })

    expect([first.status, first.headers.refresh]).toEqual([200, '0; url=/api/report?id=1'])
    expect(second.status).toBe(401)
    expect(it.upstream.requests).toHaveLength(0)
  })
})
