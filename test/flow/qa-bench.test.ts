// The bench by its endpoints: who is signed in, the states they are put into, their clocks, and what is told of them.
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/lib/random.ts'
import { type SessionStore, StoreUnreachableError } from '../../src/session/store.ts'
import { createMemoryStore } from '../../src/session/stores/memory.ts'
import { openBench } from '../support/bench.ts'
import { manualClock } from '../support/clock.ts'

const MINUTE = 60_000

describe('a persona', () => {
  it('is signed in really, once, for any number of sessions, each of its own', async () => {
    await using bench = await openBench()

    const [one, two] = [await bench.make('alice'), await bench.make('alice')]
    const [first, second] = [await one.get('/api/user'), await two.get('/api/user')]

    expect(bench.demo.control.count('POST', '/login')).toBe(1)
    expect(one.made.session.ref).not.toBe(two.made.session.ref)
    expect(one.cookie).not.toBe(two.cookie)
    expect([first.json().username, second.json().username]).toEqual(['alice', 'alice'])
  })

  it('asked for many times at once is signed in once', async () => {
    await using bench = await openBench()

    const made = await Promise.all(Array.from({ length: 8 }, () => bench.make('alice')))
    const answers = await Promise.all(made.map((person) => person.get('/api/user')))

    expect(bench.demo.control.count('POST', '/login')).toBe(1)
    expect(new Set(made.map(({ cookie }) => cookie)).size).toBe(8)
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200))
  })

  it('has a sign-in for every session where refresh tokens are good once', async () => {
    await using bench = await openBench({ upstream: { rotation: true } })
    const people = [await bench.make('alice'), await bench.make('alice'), await bench.make('alice')]

    bench.clock.advance(11 * MINUTE)
    const answers = await Promise.all(people.map((person) => person.get('/api/user')))

    expect(bench.demo.control.count('POST', '/login')).toBe(3)
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(bench.demo.control.reuses).toBe(0)
  })

  it('has a sign-in for every session where signing out takes the tokens away', async () => {
    await using bench = await openBench({ revoke: true })

    await bench.make('alice')
    await bench.make('alice')

    expect(bench.demo.control.count('POST', '/login')).toBe(2)
  })

  it('gets tokens with most of their life before them, however old the sign-in', async () => {
    await using bench = await openBench()
    await bench.make('alice')

    bench.clock.advance(6 * MINUTE)
    const { made } = await bench.make('alice')

    expect(bench.demo.control.count('POST', '/login')).toBe(1)
    expect((made.session.tokenAt ?? 0) - bench.clock.now()).toBeGreaterThan(9 * MINUTE)
  })

  it('is signed in again once the upstream has refused what it issued', async () => {
    await using bench = await openBench()
    const alice = await bench.make('alice')
    bench.demo.control.fault({ path: '/user' }, { answer: 401 })
    await alice.get('/api/user')
    bench.demo.control.heal()

    await bench.make('alice')

    expect(bench.demo.control.count('POST', '/login')).toBe(2)
  })

  it('whose password is wrong is refused in the words of the provider', async () => {
    await using bench = await openBench({ passwords: { bob: 'not it' } })

    const answer = await bench.ask('/qa/sessions', { persona: 'bob' })

    expect(answer.status).toBe(401)
    expect(answer.json()).toMatchObject({
      code: 'sign_in_refused',
      detail: 'bob cannot sign in at main: Username or password is wrong.',
    })
    expect(answer.text).not.toContain('not it')
  })

  it.each([
    [{ persona: 'alcie' }, 404, 'No persona is called "alcie" (did you mean alice)'],
    [{}, 400, 'Name a persona: there are alice, bob, carol'],
    [{ persona: 'alice', state: 'acces-expired' }, 400, '(did you mean access-expired)'],
    [{ persona: 'alice', sate: 'idle' }, 400, '"sate" is not known here (did you mean state)'],
    [{ persona: 'alice', host: 'http://x' }, 400, '"host" must be a host name'],
    [[], 400, 'Send a JSON object'],
  ])('asked for as %j is refused with the mend', async (fields, status, detail) => {
    await using bench = await openBench()

    const answer = await bench.ask('/qa/sessions', fields)

    expect(answer.status).toBe(status)
    expect(answer.json().detail).toContain(detail)
  })
})

describe('a session of the bench', () => {
  it('is what a sign-in would have made', async () => {
    await using bench = await openBench()
    const signedIn = await bench.gateway.signIn('alice', { password: 'coatcheck-demo' })
    const made = await bench.make('alice')

    const [one, other] = await Promise.all(
      [signedIn, made].map(async (person) => (await person.get('/auth/session')).json()),
    )

    const { ref: _, ...facts } = one
    expect(other).toEqual({ ...facts, ref: made.made.session.ref })
    expect(other).toMatchObject({ authenticated: true, name: 'Alice Ashby' })
    expect(made.cookie.length).toBe(signedIn.cookie.length)
  })

  it('is handed out as a cookie jar, a line for curl and a storageState', async () => {
    await using bench = await openBench({ publicOrigin: 'http://localhost:3000' })

    const { made } = await bench.make('alice')
    const elsewhere = await bench.ask('/qa/sessions', { persona: 'alice', host: 'app.test' })

    const { name, value } = made.cookie
    const expires = Math.floor(bench.clock.now() / 1000) + 7 * 24 * 3600
    expect(made.cookieJar.split('\n')[1]).toBe(
      `#HttpOnly_localhost\tFALSE\t/\tFALSE\t${expires}\t${name}\t${value}`,
    )
    expect(made.curl).toBe(
      `curl --cookie '${name}=${value}' --header 'X-CSRF: 1' http://localhost:3000/api/user`,
    )
    expect(made.storageState).toEqual({
      cookies: [
        {
          name,
          value,
          domain: 'localhost',
          path: '/',
          expires,
          httpOnly: true,
          secure: false,
          sameSite: 'Strict',
        },
      ],
      origins: [],
    })
    expect(elsewhere.json().storageState.cookies[0].domain).toBe('app.test')
  })

  it('ends by its ref, or with all of its persona, or with everybody', async () => {
    await using bench = await openBench()
    const [one, two, bob] = [
      await bench.make('alice'),
      await bench.make('alice'),
      await bench.make('bob'),
    ]

    await bench.ask('/qa/sessions/alice/end', { ref: one.made.session.ref })
    const afterOne = [await one.get('/api/user'), await two.get('/api/user')]
    const { ended } = (await bench.ask('/qa/sessions/alice/end', {})).json()
    const afterAll = [await two.get('/api/user'), await bob.get('/api/user')]
    await bench.ask('/qa/end-all', {})
    const last = await bob.get('/api/user')

    expect(afterOne.map(({ status }) => status)).toEqual([401, 200])
    expect(ended).toBe(1)
    expect(afterAll.map(({ status }) => status)).toEqual([401, 200])
    expect(last.json()).toMatchObject({ code: 'session_ended', reason: 'signed_out' })
  })
})

describe('a state', () => {
  it.each([
    ['fresh', 200, undefined, 0],
    ['access-expired', 200, undefined, 1],
    ['refresh-expired', 401, 'session_ended', 1],
    ['revoked-upstream', 401, 'session_ended', 1],
    ['idle', 401, 'session_idle', 0],
    ['ending', 200, undefined, 0],
  ])('%s is answered as the real thing', async (state, status, problem, renewals) => {
    await using bench = await openBench()
    const alice = await bench.make('alice', state)
    const before = bench.demo.control.count('POST', '/refresh')

    const answer = await alice.get('/api/user')

    expect(answer.status).toBe(status)
    expect(answer.headers['coatcheck-problem']).toBe(problem)
    expect(bench.demo.control.count('POST', '/refresh') - before).toBe(renewals)
    if (status === 200) expect(answer.json().username).toBe('alice')
  })

  it.each([
    ['access-expired', 'session_ended'],
    ['revoked-upstream', undefined],
  ])('%s where nothing is renewed is answered as the real thing', async (state, problem) => {
    await using bench = await openBench({ refresh: false })
    const alice = await bench.make('alice', state)

    const answer = await alice.get('/api/user')

    expect(answer.status).toBe(401)
    expect(answer.headers['coatcheck-problem']).toBe(problem)
  })

  it('refresh-expired is refused where there is no refresh token', async () => {
    await using bench = await openBench({ refresh: false })

    const answer = await bench.ask('/qa/sessions', { persona: 'alice', state: 'refresh-expired' })

    expect(answer.status).toBe(400)
    expect(answer.json().detail).toContain('use access-expired')
    expect(await bench.gateway.app.coatcheck.store.count()).toBe(0)
  })

  it('ending ends within a minute', async () => {
    await using bench = await openBench()
    const alice = await bench.make('alice', 'ending')

    const before = await alice.get('/api/user')
    bench.clock.advance(MINUTE)
    const after = await alice.get('/api/user')

    expect([before.status, after.status]).toEqual([200, 401])
  })

  it.each(['access-expired', 'refresh-expired', 'revoked-upstream', 'idle'] as const)(
    '%s is shown as put until a call has told',
    async (state) => {
      await using bench = await openBench()
      const alice = await bench.make('alice')
      const shown = async () => (await bench.ask('/qa/state')).json().personas[0].session

      const put = (await bench.ask('/qa/sessions/alice/state', { state })).json().session
      const before = await shown()
      await alice.get('/auth/session')
      const untold = await shown()
      await alice.get('/api/user')
      const after = await shown()

      expect(put).toMatchObject({ put: state, state: state === 'idle' ? 'idle' : 'active' })
      expect([before.put, untold.put]).toEqual([state, state])
      expect(after).not.toHaveProperty('put')
    },
  )

  it('is not told by an answer that had nothing to do with it', async () => {
    await using bench = await openBench()
    const alice = await bench.make('alice', 'revoked-upstream')

    const cross = { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } }
    const { status } = await alice.send('/api/notes', cross)
    bench.demo.control.fault({ path: '/user' }, { reset: 'head' })
    const broken = await alice.get('/api/user')
    const { session } = (await bench.ask('/qa/state')).json().personas[0]

    expect([status, broken.status]).toEqual([403, 502])
    expect(session.put).toBe('revoked-upstream')
  })

  it('that was asked for with the session is shown as put, and fresh takes it away', async () => {
    await using bench = await openBench()
    const { made } = await bench.make('alice', 'revoked-upstream')
    const fresh = await bench.ask('/qa/sessions/alice/state', { state: 'fresh' })

    expect(made).toMatchObject({ asked: 'revoked-upstream', session: { put: 'revoked-upstream' } })
    expect(fresh.json().session).not.toHaveProperty('put')
  })

  it('ending is shown as put until it has ended', async () => {
    await using bench = await openBench()
    const alice = await bench.make('alice', 'ending')
    const shown = async () => (await bench.ask('/qa/state')).json().personas[0].session

    await alice.get('/api/user')
    const within = await shown()
    bench.clock.advance(MINUTE)
    const after = await shown()

    expect(within).toMatchObject({ state: 'active', put: 'ending' })
    expect(after).not.toHaveProperty('put')
  })

  it('can be changed under the same cookie, and made fresh again', async () => {
    await using bench = await openBench()
    const alice = await bench.make('alice', 'refresh-expired')

    const idle = await bench.ask('/qa/sessions/alice/state', { state: 'idle' })
    const refused = await alice.get('/api/user')
    const fresh = await bench.ask('/qa/sessions/alice/state', { state: 'fresh' })
    const answer = await alice.get('/api/user')

    expect(idle.json().session.state).toBe('idle')
    expect(refused.headers['coatcheck-problem']).toBe('session_idle')
    expect(fresh.json().session).toMatchObject({
      state: 'active',
      ref: alice.made.session.ref,
      idleAt: bench.clock.now() + 8 * 60 * MINUTE,
    })
    expect(answer.status).toBe(200)
  })

  it('leaves the other sessions of the same sign-in alone', async () => {
    await using bench = await openBench()
    const good = await bench.make('alice')
    const revoked = await bench.make('alice', 'revoked-upstream')

    const [bad, fine] = [await revoked.get('/api/user'), await good.get('/api/user')]

    expect([bad.status, fine.status]).toEqual([401, 200])
    expect(bench.demo.control.count('POST', '/login')).toBe(1)
  })
})

describe('the clock of a session', () => {
  it('moves its deadlines by what was asked, and a renewal does not move them back', async () => {
    await using bench = await openBench()
    const alice = await bench.make('alice')
    const before = alice.made.session

    const moved = (await bench.ask('/qa/sessions/alice/advance', { by: '11m' })).json()
    const answer = await alice.get('/api/user')
    const after = (await alice.get('/auth/session')).json()

    expect(moved.movedMs).toBe(11 * MINUTE)
    for (const name of ['createdAt', 'tokenAt', 'idleAt', 'endsAt'] as const) {
      expect(moved.session[name]).toBe((before[name] ?? 0) - 11 * MINUTE)
    }
    expect(answer.status).toBe(200)
    expect(after.endsAt).toBe((before.endsAt ?? 0) - 11 * MINUTE)
    expect(after.idleAt).toBe(bench.clock.now() + 8 * 60 * MINUTE)
  })

  it.each([
    ['token', 'active', 200],
    ['idle', 'idle', 401],
    ['end', 'absent', 401],
  ])('goes straight to: %s', async (to, state, status) => {
    await using bench = await openBench()
    const alice = await bench.make('alice')

    const moved = await bench.ask('/qa/sessions/alice/advance', { to })
    const answer = await alice.get('/api/user')

    expect(moved.json().session.state).toBe(state)
    expect(answer.status).toBe(status)
  })

  it.each([{}, { by: '11' }, { by: '401d' }, { to: 'lunch' }, { by: '1m', to: 'idle' }])(
    'refuses %j',
    async (fields) => {
      await using bench = await openBench()
      await bench.make('alice')

      const answer = await bench.ask('/qa/sessions/alice/advance', fields)

      expect(answer.status).toBe(400)
      expect(answer.json().detail).toContain('a duration such as 11m')
    },
  )

  it('of an ended session says that it has ended', async () => {
    await using bench = await openBench()
    const { made } = await bench.make('alice')
    await bench.ask('/qa/end-all', {})

    const byRef = await bench.ask('/qa/sessions/alice/advance', {
      by: '1m',
      ref: made.session.ref,
    })
    const current = await bench.ask('/qa/sessions/alice/advance', { by: '1m' })

    expect(byRef.status).toBe(409)
    expect(byRef.json()).toMatchObject({ code: 'session_ended' })
    expect(current.json().detail).toContain('alice has no live session')
  })
})

describe('a store that cannot be reached', () => {
  it('is said as such, and signs nobody out', async () => {
    const memory = createMemoryStore({ clock: manualClock(), random: systemRandom })
    let away = false
    const store: SessionStore = {
      ...memory,
      async get(key) {
        if (away) throw new StoreUnreachableError('away')
        return memory.get(key)
      },
    }
    await using bench = await openBench({ options: { store } })
    const alice = await bench.make('alice')

    away = true
    const answer = await bench.ask('/qa/sessions/alice/advance', { by: '1m' })
    away = false

    expect(answer.status).toBe(503)
    expect(answer.json()).toMatchObject({ code: 'store_unreachable' })
    expect((await alice.get('/api/user')).status).toBe(200)
  })
})

describe('GET /qa/state', () => {
  it('tells who there is, how their session is and what they called last', async () => {
    await using bench = await openBench()
    const alice = await bench.make('alice')
    await alice.get('/api/user?secret=1')

    const state = (await bench.ask('/qa/state')).json()

    expect(state).toMatchObject({
      origin: 'http://localhost:3000',
      store: 'memory',
      recording: false,
      now: bench.clock.now(),
    })
    expect(state.personas).toMatchObject([
      {
        name: 'alice',
        colour: 'violet',
        provider: 'main',
        origin: 'http://alice.localhost:3000',
        sessions: 1,
        session: {
          ref: alice.made.session.ref,
          state: 'active',
          refreshable: true,
          lastCall: { method: 'GET', path: '/api/user', status: 200 },
        },
      },
      { name: 'bob', session: null },
      { name: 'carol', session: null },
    ])
    expect(JSON.stringify(state)).not.toContain(alice.cookie.split('=')[1])
  })

  it('does not keep a session from becoming idle', async () => {
    await using bench = await openBench()
    const alice = await bench.make('alice')
    bench.clock.advance(7 * 60 * MINUTE)

    await bench.ask('/qa/state')
    bench.clock.advance(60 * MINUTE)
    const answer = await alice.get('/api/user')

    expect(answer.headers['coatcheck-problem']).toBe('session_idle')
  })
})
