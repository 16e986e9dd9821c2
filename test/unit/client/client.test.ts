import { describe, expect, it } from 'vitest'
import { createClient, ProblemError } from '../../../src/client/client.ts'
import { fakeBrowser, problem, sessionOf, settled } from './fake-browser.ts'

const MINUTE = 60_000

async function errorOf(work: Promise<unknown>): Promise<ProblemError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ProblemError)) throw new Error(`no ProblemError: ${error}`)
  return error
}

describe('fetch', () => {
  it('sends what the gateway asks for, and whose page this is', async () => {
    const it = fakeBrowser()
    it.gateway.session = sessionOf('ada', it.clock.now())
    const { client } = await it.open()

    const answer = await client.fetch('/api/notes', { method: 'PUT', headers: { 'x-own': 'kept' } })

    expect(await answer.json()).toEqual({ method: 'PUT', sub: 'ada' })
    expect(Object.fromEntries(it.gateway.calls.at(-1)?.headers ?? [])).toEqual({
      'x-csrf': '1',
      'x-coatcheck-session': 'ref-of-ada',
      'x-own': 'kept',
    })
  })

  it('takes everything that the browser’s own takes', async () => {
    const it = fakeBrowser()
    it.gateway.session = sessionOf('ada', it.clock.now())
    const { client } = await it.open()
    const init = { method: 'POST', headers: { 'x-own': 'kept' }, body: '{"a":1}' }
    const request = new Request('http://app.localhost:3000/api/notes', init)

    await client.fetch(request)
    await client.fetch(new URL('http://app.localhost:3000/api/notes'), init)
    await client.fetch('notes', init)

    const calls = it.gateway.calls.slice(-3)
    expect(calls.map(({ path }) => path)).toEqual(['/api/notes', '/api/notes', '/notes'])
    for (const { method, headers, body } of calls) {
      expect([method, body]).toEqual(['POST', { a: 1 }])
      expect(headers.get('x-own')).toBe('kept')
      expect(headers.get('x-csrf')).toBe('1')
    }
  })

  it('tells strangers nothing, and believes nothing they say', async () => {
    const it = fakeBrowser()
    it.gateway.session = sessionOf('ada', it.clock.now())
    const { client } = await it.open()
    it.gateway.answer = () => problem('session_ended', 401)

    const answer = await client.fetch('https://elsewhere.example/x')

    expect(answer.status).toBe(401)
    expect([...(it.gateway.calls.at(-1)?.headers ?? [])]).toEqual([])
  })

  it('gives the upstream’s answers as they are, whatever their status', async () => {
    const it = fakeBrowser()
    const { client } = await it.open()
    for (const status of [401, 403, 409, 500, 503]) {
      it.gateway.answer = () => Response.json({ code: 'session_ended' }, { status })
      const answer = await client.fetch('/api/user')
      expect([answer.status, await answer.json()]).toEqual([status, { code: 'session_ended' }])
    }
  })

  it('rejects with a problem where the gateway itself answered', async () => {
    const it = fakeBrowser()
    const { client } = await it.open()
    const extra = { detail: 'Wait a while', reason: 'revoked' }
    it.gateway.answer = () => problem('too_many_attempts', 429, extra, { 'retry-after': '60' })

    const error = await errorOf(client.fetch('/api/user'))

    const facts = {
      code: 'too_many_attempts',
      status: 429,
      message: 'Wait a while',
      reason: 'revoked',
      retryAfter: 60,
      requestId: 'abc-1',
    }
    expect(error).toMatchObject({ name: 'ProblemError', ...facts })
    expect(error.problem).toEqual(facts)
  })

  it('rejects with a problem where only the header came through', async () => {
    const it = fakeBrowser()
    const { client } = await it.open()
    it.gateway.answer = () =>
      new Response(null, { status: 504, headers: { 'coatcheck-problem': 'upstream_timeout' } })

    const error = await errorOf(client.fetch('/api/user', { method: 'HEAD' }))

    expect([error.code, error.message, error.retryAfter]).toEqual([
      'upstream_timeout',
      'upstream_timeout',
      undefined,
    ])
  })

  it('rejects with gateway_unreachable where nobody answers, and keeps why', async () => {
    const it = fakeBrowser()
    const { client } = await it.open()
    const cause = new TypeError('Failed to fetch')
    it.gateway.answer = () => {
      throw cause
    }

    const error = await errorOf(client.fetch('/api/user'))

    expect([error.code, error.status, error.cause]).toEqual(['gateway_unreachable', 0, cause])
  })

  it('leaves an abort what it is', async () => {
    const it = fakeBrowser()
    const { client } = await it.open()
    const abort = AbortSignal.abort(new Error('no longer wanted'))
    it.gateway.answer = ({ signal }) => {
      throw signal?.reason
    }

    await expect(client.fetch('/api/user', { signal: abort })).rejects.toBe(abort.reason)
  })

  it.each(['session_required', 'session_idle', 'session_ended'])(
    'that is told %s finds out at once, for every tab',
    async (code) => {
      const it = fakeBrowser()
      it.gateway.session = sessionOf('ada', it.clock.now())
      const [one, two] = [await it.open(), await it.open()]
      it.gateway.session = undefined
      it.gateway.ended = { state: 'ended', reason: 'revoked' }
      it.gateway.answer = () => {
        it.gateway.answer = undefined
        return problem(code, 401)
      }

      await errorOf(one.client.fetch('/api/user'))
      await settled()

      for (const { client } of [one, two]) {
        expect(client.session()).toMatchObject({ status: 'unauthenticated', reason: 'revoked' })
      }
    },
  )

  it('asks no more than once for many failures at a time, and never again for what is known', async () => {
    const it = fakeBrowser()
    it.gateway.session = sessionOf('ada', it.clock.now())
    const { client } = await it.open()
    it.gateway.session = undefined
    const before = it.gateway.polls

    for (let again = 0; again < 3; again++) {
      await Promise.all(Array.from({ length: 20 }, () => errorOf(client.fetch('/api/user'))))
      await settled()
    }

    expect(it.gateway.polls - before).toBe(1)
  })

  it('shows an outage at once, without a question for each failure', async () => {
    const it = fakeBrowser()
    it.gateway.session = sessionOf('ada', it.clock.now())
    const { client } = await it.open()
    it.gateway.answer = () => problem('store_unreachable', 503)
    const before = it.gateway.polls

    for (let again = 0; again < 3; again++) {
      await errorOf(client.fetch('/api/user'))
      await settled()
    }

    expect(client.session()).toMatchObject({ status: 'authenticated', stale: true })
    expect(it.gateway.polls - before).toBe(1)
  })

  it('is how one stays: what it used goes on for longer', async () => {
    const it = fakeBrowser()
    const now = it.clock.now()
    it.gateway.session = sessionOf('ada', now, { idleAt: now + 30_000 })
    const { client } = await it.open()
    const ending = client.session()
    it.gateway.session = sessionOf('ada', now, { idleAt: now + 60 * MINUTE })

    await client.fetch('/api/user')
    await settled()

    expect(ending).toMatchObject({ ending: true })
    expect(client.session()).toMatchObject({ ending: false })
  })
})

describe('a page made for somebody', () => {
  it('does nothing as somebody else who signs in in another tab, and says so', async () => {
    const it = fakeBrowser()
    it.gateway.session = sessionOf('ada', it.clock.now())
    const [mine, other] = [await it.open(), await it.open()]

    await other.client.signIn({ username: 'bob', password: 'x' })
    await settled()
    const error = await errorOf(mine.client.fetch('/api/notes', { method: 'POST' }))
    const out = await errorOf(mine.client.signOut())

    expect([error.code, out.code]).toEqual(['session_changed', 'session_changed'])
    expect(mine.client.session()).toMatchObject({
      status: 'unauthenticated',
      reason: 'session_changed',
    })
    expect(mine.events).toEqual([{ type: 'session.changed' }])
    expect(other.client.session()).toMatchObject({ session: { sub: 'bob' } })
    expect(it.gateway.session?.sub).toBe('bob')
  })

  it('finds out by its own request where tabs cannot talk', async () => {
    const it = fakeBrowser()
    it.gateway.session = sessionOf('ada', it.clock.now())
    const mine = await it.open({ channel: false, locks: false })
    it.gateway.session = sessionOf('bob', it.clock.now())

    const error = await errorOf(mine.client.fetch('/api/notes', { method: 'POST' }))
    await settled()

    expect(error.code).toBe('session_changed')
    expect(mine.client.session().reason).toBe('session_changed')
  })

  it('is not made for the next one by a sign-out in between', async () => {
    const it = fakeBrowser()
    it.gateway.session = sessionOf('ada', it.clock.now())
    const [mine, other] = [await it.open(), await it.open()]

    await other.client.signOut()
    await other.client.signIn({ username: 'bob', password: 'x' })
    await settled()

    expect(mine.client.session().reason).toBe('session_changed')
    expect((await errorOf(mine.client.fetch('/api/user'))).code).toBe('session_changed')
  })

  it('goes on when the same person signs in anew', async () => {
    const it = fakeBrowser()
    it.gateway.session = sessionOf('ada', it.clock.now())
    const [mine, other] = [await it.open(), await it.open()]
    await other.client.signOut()
    it.gateway.session = sessionOf('ada', it.clock.now(), { ref: 'another-ref' })

    await other.client.check()
    await settled()

    expect(mine.client.session()).toMatchObject({ session: { ref: 'another-ref' } })
    expect((await mine.client.fetch('/api/user')).status).toBe(200)
  })

  it('becomes another person’s by a sign-in of its own', async () => {
    const it = fakeBrowser()
    it.gateway.session = sessionOf('ada', it.clock.now())
    const { client, events } = await it.open()

    await client.signIn({ username: 'bob', password: 'x' })

    expect(client.session()).toMatchObject({ session: { sub: 'bob' } })
    expect((await client.fetch('/api/user')).status).toBe(200)
    expect(events).toEqual([{ type: 'session.started' }])
  })
})

describe('signing in and out', () => {
  it('gives the session, and tells the listener', async () => {
    const it = fakeBrowser()
    const { client, states, events } = await it.open()

    const session = await client.signIn({ username: 'ada', password: 'x', provider: 'main' })
    await client.signOut()
    await settled()

    expect(session).toMatchObject({ sub: 'ada', ref: 'ref-of-ada' })
    expect(session).not.toHaveProperty('authenticated')
    expect(states.map(({ status }) => status)).toEqual([
      'unauthenticated',
      'authenticated',
      'unauthenticated',
      'unauthenticated',
    ])
    expect(events).toEqual([
      { type: 'session.started' },
      { type: 'session.ended', reason: 'signed_out' },
    ])
    expect(it.gateway.calls.find(({ path }) => path === '/auth/login')?.body).toEqual({
      username: 'ada',
      password: 'x',
      provider: 'main',
    })
  })

  it('works without a listener too', async () => {
    const it = fakeBrowser()
    const { client, ...tab } = it.openTab()

    await client.signIn({ username: 'ada', password: 'x' })
    await client.fetch('/api/user')
    await client.signOut()

    expect(client.session().reason).toBe('signed_out')
    expect([tab.timers, it.channels.size]).toEqual([0, 0])
  })

  it('passes the provider’s own words on when it refuses', async () => {
    const it = fakeBrowser()
    const { client } = await it.open()

    const error = await errorOf(client.signIn({ username: 'ada', password: 'wrong' }))

    expect([error.code, error.message]).toEqual([
      'sign_in_refused',
      'Username or password is wrong.',
    ])
    expect(client.session().status).toBe('unauthenticated')
  })

  it('notices a browser that keeps no cookie', async () => {
    const it = fakeBrowser()
    it.gateway.keepsCookie = false
    const { client, events } = await it.open()

    const error = await errorOf(client.signIn({ username: 'ada', password: 'x' }))

    expect(error.code).toBe('cookie_blocked')
    expect(error.message).toContain('allow cookies')
    expect(client.session().status).toBe('unauthenticated')
    expect(events).toEqual([])
  })

  it('counts although nobody could look afterwards', async () => {
    const it = fakeBrowser()
    const { client } = await it.open()
    const now = it.clock.now()
    it.gateway.answer = ({ path }) =>
      path === '/auth/login'
        ? Response.json(sessionOf('ada', now))
        : problem('store_unreachable', 503)

    const session = await client.signIn({ username: 'ada', password: 'x' })

    expect(session.sub).toBe('ada')
    expect(client.session().status).toBe('authenticated')
  })

  it('signs nobody out who could not be', async () => {
    const it = fakeBrowser()
    it.gateway.session = sessionOf('ada', it.clock.now())
    const { client } = await it.open()

    it.gateway.answer = () => problem('store_unreachable', 503)
    const outage = await errorOf(client.signOut())
    it.gateway.answer = () => new Response('Bad Gateway', { status: 502 })
    const dead = await errorOf(client.signOut())

    expect([outage.code, dead.code, dead.status]).toEqual([
      'store_unreachable',
      'gateway_unreachable',
      502,
    ])
    expect(client.session().status).toBe('authenticated')
  })
})

describe('a client', () => {
  it('may be made and listened to where there is no browser', () => {
    const client = createClient()
    const stop = client.subscribe(() => {})

    expect(client.session()).toEqual({ status: 'loading', stale: false })
    stop()
  })

  it('that is asked to check does not take an answer to an earlier question', async () => {
    const it = fakeBrowser()
    const { client } = await it.open()
    const held = Promise.withResolvers<Response>()
    it.gateway.answer = () => held.promise
    const earlier = client.check()
    await settled()
    it.gateway.answer = undefined
    it.gateway.session = sessionOf('ada', it.clock.now())
    it.clock.advance(1)

    const state = await client.check()
    const absent = { authenticated: false, state: 'absent', now: it.clock.now(), signIn: [] }
    held.resolve(Response.json(absent))
    await earlier

    expect(state.session?.sub).toBe('ada')
    expect(client.session().session?.sub).toBe('ada')
  })

  it('goes to another origin, with another fetch, when told to', async () => {
    const urls: string[] = []
    const fetch = async (input: string | URL | Request) => {
      urls.push(String(input))
      return Response.json({ authenticated: false, state: 'absent', now: 0, signIn: [] })
    }
    const client = createClient({ origin: 'http://localhost:3000', fetch })

    await client.check()
    await client.fetch('/api/user')

    expect(urls).toEqual(['http://localhost:3000/auth/session', 'http://localhost:3000/api/user'])
    expect(client.session().status).toBe('unauthenticated')
  })

  it('gives the same object as long as nothing differs', async () => {
    const it = fakeBrowser()
    it.gateway.session = sessionOf('ada', it.clock.now())
    const { client, states } = await it.open()
    const before = client.session()

    await it.pass(5 * MINUTE)

    expect(client.session()).toBe(before)
    expect(states).toHaveLength(1)
  })

  it('tells every listener, whatever another one throws', async () => {
    const it = fakeBrowser()
    const tab = it.openTab()
    tab.client.subscribe(() => {
      throw new Error('a listener of the app failed')
    })
    tab.listen()
    await settled()

    expect(tab.states).toHaveLength(1)
    expect(() => it.clock.advance(0)).toThrow('a listener of the app failed')
  })
})
