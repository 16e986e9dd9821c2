// A sign-in by a link: asked for by a click, checked by somebody else in his own time, and then this browser's alone.
import { describe, expect, it } from 'vitest'
import { manualClock } from '../support/clock.ts'
import { startGateway } from '../support/gateway.ts'
import { jarBrowser, startPending } from '../support/pending.ts'
import { codeOf } from '../support/problem-code.ts'
import { openTestStore } from '../support/stores.ts'
import { confirmProvider, goodFor, signed } from '../support/validator.ts'

const PENDING = 'coatcheck-3000-pending'
const SESSION = 'coatcheck-3000'

describe('the link', () => {
  it('is a page that names the site, sets no cookie and asks nobody', async () => {
    await using set = await startPending()

    const answer = await set.gateway.send('/auth/confirm/link-of-ada', {
      headers: {
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      },
    })

    expect(answer.status).toBe(200)
    expect(answer.text).toContain('<button>Sign in to localhost:3000</button>')
    expect(answer.headers).not.toHaveProperty('set-cookie')
    expect(answer.headers['referrer-policy']).toBe('no-referrer')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'sha256-/,
    )
    expect(set.validator.questions).toEqual([])
    expect(await set.gateway.app.coatcheck.store.count()).toBe(0)
  })

  it('cannot write into the page, and names the account of a JWT', async () => {
    await using set = await startPending({ confirm: { account: '/email' } })
    const claims = Buffer.from(JSON.stringify({ email: 'ada@example.org<b>' })).toString(
      'base64url',
    )

    const odd = await set.gateway.send(
      `/auth/confirm/${encodeURIComponent('"><script>alert(1)</script>')}`,
    )
    const jwt = await set.gateway.send(`/auth/confirm/eyJh.${claims}.sig`)

    expect(odd.text).toContain('value="&quot;&gt;&lt;script&gt;')
    expect(jwt.text).toContain('as <strong>ada@example.org&lt;b&gt;</strong>?')
  })

  it('is in no log line', async () => {
    await using set = await startPending()
    set.validator.always = (question) => question.answer(500)
    const ada = set.browser()

    await ada.send('/auth/confirm/a-token-that-nobody-logs')
    await ada.send('/auth/confirm/a-token-that-nobody-logs?provider=nobody')
    await ada.confirm('a-token-that-nobody-logs')
    await set.validator.question(0)

    expect(set.gateway.log.join('')).not.toContain('a-token-that-nobody-logs')
    expect(set.logged('denied')).toMatchObject([{ route: '/auth/confirm/:token' }])
  })

  it('is not begun from another site, nor without saying where one comes from', async () => {
    await using set = await startPending()

    const answers = await Promise.all(
      [
        {
          'sec-fetch-site': 'cross-site',
          'sec-fetch-mode': 'navigate',
          'sec-fetch-dest': 'document',
        },
        { 'sec-fetch-site': 'same-site' },
      ].map((headers) =>
        set.gateway.send('/auth/confirm', { method: 'POST', headers, json: { token: 'link' } }),
      ),
    )

    expect(answers.map(codeOf)).toEqual(['csrf_refused', 'csrf_refused'])
    expect(set.validator.questions).toEqual([])
  })
})

describe('while it is checked', () => {
  it('nobody is signed in: routes say so, the session says pending', async () => {
    await using set = await startPending()
    const ada = set.browser()

    const begun = await ada.confirm('link-of-ada')
    await set.validator.question(0)

    expect(begun.status).toBe(202)
    expect([...ada.cookies.keys()]).toEqual([PENDING])
    expect(begun.headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict$/)
    expect(codeOf(await ada.send('/api/notes'))).toBe('sign_in_pending')
    expect((await ada.session()).json()).toMatchObject({ authenticated: false, state: 'pending' })
    expect((await ada.send('/auth/pending')).text).toContain('Your link is being checked')
  })

  it('gives no access under the name of the session cookie either', async () => {
    await using set = await startPending()
    const ada = set.browser()
    await ada.confirm('link-of-ada')
    const question = await set.validator.question(0)
    const renamed = { cookie: `${SESSION}=${ada.cookies.get(PENDING)}` }

    const before = await set.gateway.send('/api/notes', { headers: renamed })
    question.answer(200, await goodFor(set.upstream, 'ada'))
    await (await ada.events()).event('signin.active')
    const after = await set.gateway.send('/api/notes', { headers: renamed })

    expect([before, after].map(({ status }) => status)).toEqual([401, 401])
  })

  it('leaves whoever is signed in signed in, until it succeeds', async () => {
    await using set = await startPending()
    const browser = set.browser()
    await browser.send('/auth/login', { method: 'POST', json: { username: 'bob', password: 'x' } })
    const bob = browser.copy()
    await browser.confirm('link-of-ada')
    const question = await set.validator.question(0)

    expect((await browser.send('/api/notes')).json()).toMatchObject({ owner: 'bob' })
    await using events = await browser.events()
    question.answer(200, await goodFor(set.upstream, 'ada'))
    await events.event('signin.active')
    expect((await browser.send('/api/notes')).json()).toMatchObject({ owner: 'bob' })
    await browser.session()

    expect((await browser.send('/api/notes')).json()).toMatchObject({ owner: 'ada' })
    expect(codeOf(await bob.send('/api/notes'))).toBe('session_ended')
  })

  it('asks once for one link that is clicked twice', async () => {
    await using set = await startPending()
    const ada = set.browser()
    await ada.confirm('link-of-ada')
    await set.validator.question(0)
    const cookie = ada.cookies.get(PENDING)

    await ada.confirm('link-of-ada')

    expect(ada.cookies.get(PENDING)).toBe(cookie)
    expect(set.validator.questions).toHaveLength(1)
  })

  it('gives up the link before when another is clicked', async () => {
    await using set = await startPending()
    const ada = set.browser()
    await ada.confirm('first-link')
    const old = ada.copy()
    const first = await set.validator.question(0)
    await ada.confirm('second-link')

    first.answer(200, await goodFor(set.upstream, 'mallory'))
    const second = await set.validator.question(1)
    second.answer(200, await goodFor(set.upstream, 'ada'))
    await using events = await ada.events()
    await events.event('signin.active')

    expect((await old.session()).json()).toMatchObject({ authenticated: false })
    expect((await ada.session()).json()).toMatchObject({ authenticated: true, sub: 'ada' })
  })

  it('is over when the browser signs out', async () => {
    await using set = await startPending()
    const ada = set.browser()
    await ada.confirm('link-of-ada')
    const kept = ada.copy()
    const question = await set.validator.question(0)

    await ada.send('/auth/logout', { method: 'POST' })
    question.answer(200, await goodFor(set.upstream, 'ada'))

    expect([...ada.cookies.keys()]).toEqual([])
    expect((await kept.session()).json()).toMatchObject({ state: 'ended', reason: 'signed_out' })
  })
})

describe('a link that is good', () => {
  it('signs its own user in, with their tokens, under another id', async () => {
    await using set = await startPending()
    const ada = set.browser()
    await ada.confirm('link-of-ada')
    await using events = await ada.events()
    const before = ada.cookies.get(PENDING)
    const question = await set.validator.question(0)
    question.answer(200, await goodFor(set.upstream, 'ada'))

    const { data } = await events.event('signin.active')
    await events.ended
    const state = await ada.send('/auth/pending/state')

    expect(data).toEqual({ to: '/' })
    expect(state.json()).toMatchObject({ state: 'active', to: '/' })
    expect([...ada.cookies.keys()]).toEqual([SESSION])
    expect(ada.cookies.get(SESSION)).not.toBe(before)
    expect((await ada.send('/api/notes')).json()).toMatchObject({ owner: 'ada' })
    expect((await ada.session()).json()).toMatchObject({ sub: 'ada', provider: 'main' })
    expect(question.body).toEqual({ token: 'link-of-ada' })
  })

  it('signs in once, however many requests come for it at once', async () => {
    await using set = await startPending()
    const ada = set.browser()
    await ada.confirm('link-of-ada')
    const question = await set.validator.question(0)
    await using events = await ada.events()
    question.answer(200, await goodFor(set.upstream, 'ada'))
    await events.event('signin.active')
    const cookie = { cookie: `${PENDING}=${ada.cookies.get(PENDING)}` }

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => set.gateway.send('/auth/session', { headers: cookie })),
    )

    const refs = new Set(answers.map((answer) => answer.json().ref))
    expect(refs.size).toBe(1)
    expect(
      (
        await set.gateway.app.coatcheck.store.list({ provider: 'main', sub: 'ada' })
      ).sessions.filter(({ record }) => record.state === 'active'),
    ).toHaveLength(1)
  })

  it('can be asked for again for half a minute, and not longer', async () => {
    await using set = await startPending()
    const ada = set.browser()
    await ada.confirm('link-of-ada')
    const lost = ada.copy()
    const late = ada.copy()
    const question = await set.validator.question(0)
    await using events = await ada.events()
    question.answer(200, await goodFor(set.upstream, 'ada'))
    await events.event('signin.active')
    await ada.session()

    set.clock.advance(29_000)
    const again = await lost.session()
    set.clock.advance(2000)
    const over = await late.session()

    expect(again.json()).toMatchObject({ sub: 'ada' })
    expect(over.json()).toMatchObject({ authenticated: false, state: 'absent' })
  })

  it('works without a script: a form, a page that waits, a page that goes on', async () => {
    await using set = await startPending()
    const ada = set.browser()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }

    const posted = await ada.send('/auth/confirm', {
      method: 'POST',
      headers,
      body: 'provider=invite&token=link',
    })
    const question = await set.validator.question(0)
    await using events = await ada.events()
    question.answer(200, await goodFor(set.upstream, 'ada'))
    await events.event('signin.active')
    const page = await ada.send('/auth/pending')

    expect([posted.status, posted.headers.location]).toEqual([303, '/auth/pending'])
    expect(page.headers.refresh).toBe('0; url=/')
    expect((await ada.session()).json()).toMatchObject({ sub: 'ada' })
  })

  it('goes to nobody once an operator has ended it', async () => {
    await using set = await startPending()
    const ada = set.browser()
    await ada.confirm('link-of-ada')
    const question = await set.validator.question(0)
    await using events = await ada.events()
    question.answer(200, await goodFor(set.upstream, 'ada'))
    await events.event('signin.active')

    await set.gateway.app.coatcheck.desk({ do: 'end', who: { provider: 'main', sub: 'ada' } })

    expect((await ada.session()).json()).toMatchObject({ state: 'ended', reason: 'revoked' })
  })
})

describe('a link that is not good', () => {
  it.each([
    ['says no', { ok: false }, 200, 'sign_in_refused'],
    ['answers 404', {}, 404, 'sign_in_refused'],
    ['says neither yes nor no', { fine: true }, 200, 'sign_in_unreadable'],
    ['says yes without a token', { ok: true }, 200, 'sign_in_unreadable'],
  ] as const)('is told with its reason where the validator %s', async (_, body, status, reason) => {
    await using set = await startPending()
    const ada = set.browser()
    await ada.confirm('link-of-ada')
    await using events = await ada.events()
    const question = await set.validator.question(0)
    question.answer(status, body)

    const { data } = await events.event('signin.refused')
    const state = await ada.send('/auth/pending/state')

    expect(data).toEqual({ reason, to: `/sign-in?reason=${reason}` })
    expect(state.json()).toMatchObject({ state: 'refused', ...data })
    expect([...ada.cookies.keys()]).toEqual([])
  })

  it('is asked about again while nobody answers, until it is too late', async () => {
    await using set = await startPending({ confirm: { withinMs: 60_000, timeoutMs: 10_000 } })
    const ada = set.browser()
    await ada.confirm('link-of-ada')
    await using events = await ada.events()
    ;(await set.validator.question(0)).answer(503)
    await logs(set, 1)
    set.clock.advance(1000)
    ;(await set.validator.question(1)).hangUp()
    await logs(set, 2)
    set.clock.advance(2000)
    // Hangs.
    await set.validator.question(2)
    set.clock.advance(10_000)
    await logs(set, 3)
    set.clock.advance(60_000)

    const { data } = await events.event('signin.refused')

    expect(data.reason).toBe('sign_in_late')
    expect(
      new Set(set.validator.questions.map(({ headers }) => headers['idempotency-key'])).size,
    ).toBe(1)
  })

  it('may have taken some time: a validator that failed first is believed', async () => {
    await using set = await startPending()
    const ada = set.browser()
    await ada.confirm('link-of-ada')
    await using events = await ada.events()
    ;(await set.validator.question(0)).answer(503, {}, { 'retry-after': '7' })
    await logs(set, 1)
    set.clock.advance(6000)
    set.clock.advance(1000)
    ;(await set.validator.question(1)).answer(200, await goodFor(set.upstream, 'ada'))

    await events.event('signin.active')

    expect((await ada.session()).json()).toMatchObject({ sub: 'ada' })
  })
})

describe('a completion that comes later', () => {
  it('is taken once, and signs in', async () => {
    await using set = await startPending()
    const ada = set.browser()
    await ada.confirm('link-of-ada')
    await using events = await ada.events()
    const { id, answer } = await set.validator.question(0)
    answer(202)
    const good = signed({ id, ...(await goodFor(set.upstream, 'ada')) }, set.clock.now())
    const post = () => set.gateway.send(`/auth/pending/${id}`, { method: 'POST', ...outside(good) })

    const [first, again] = [await post(), await post()]
    await events.event('signin.active')

    expect([first.status, again.status]).toEqual([204, 409])
    expect((await ada.session()).json()).toMatchObject({ sub: 'ada' })
    expect(set.logged('completion_refused')).toMatchObject([
      { code: 'duplicate', provider: 'invite' },
    ])
  })

  it('may say no', async () => {
    await using set = await startPending()
    const ada = set.browser()
    await ada.confirm('link-of-ada')
    await using events = await ada.events()
    const { id, answer } = await set.validator.question(0)
    answer(202)

    const bad = signed({ id, ok: false }, set.clock.now())
    await set.gateway.send(`/auth/pending/${id}`, { method: 'POST', ...outside(bad) })

    expect((await events.event('signin.refused')).data.reason).toBe('sign_in_refused')
  })

  it('that never comes is late', async () => {
    await using set = await startPending()
    const ada = set.browser()
    await ada.confirm('link-of-ada')
    await using events = await ada.events()
    ;(await set.validator.question(0)).answer(202)

    set.clock.advance(121_000)

    expect((await events.event('signin.refused')).data.reason).toBe('sign_in_late')
  })
})

/** As another program sends it: nothing of a browser's. */
function outside({ body, headers }: ReturnType<typeof signed>) {
  return { body, headers: Object.entries(headers).flat().concat('Host', 'localhost:3000') }
}

/** Until the gateway has taken in that so many questions came to nothing. */
async function logs(set: Awaited<ReturnType<typeof startPending>>, count: number): Promise<void> {
  while (set.logged('validator_unreachable').length < count) await new Promise(setImmediate)
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
}

describe('several processes', () => {
  async function setUpTwo() {
    const clock = manualClock()
    const opened = await openTestStore('memory', clock)
    const { store } = opened
    const set = await startPending({
      clock,
      confirm: { timeoutMs: 10_000 },
      settings: { options: { store } },
    })
    const another = () =>
      startGateway({
        routes: [{ prefix: '/api', upstream: set.upstream.url }],
        confirm: [confirmProvider(set.validator.url, set.upstream.url, { timeoutMs: 10_000 })],
        options: { clock, store },
      })
    return {
      ...set,
      store,
      another,
      async [Symbol.asyncDispose]() {
        await set[Symbol.asyncDispose]()
        await opened[Symbol.asyncDispose]()
      },
    }
  }

  it('ask once between them, and one goes on at once for another that stops', async () => {
    await using set = await setUpTwo()
    await using other = await set.another()
    const ada = set.browser()
    await ada.confirm('link-of-ada')
    const first = await set.validator.question(0)
    set.clock.advance(5000)
    await turns()
    const asked = set.validator.questions.length

    await set.gateway.close()
    set.clock.advance(1000)
    const second = await set.validator.question(1)
    second.answer(200, await goodFor(set.upstream, 'ada'))
    const elsewhere = jarBrowser(other, ada.cookies)
    await using events = await elsewhere.events()
    await events.event('signin.active')

    expect(asked).toBe(1)
    expect(second.id).toBe(first.id)
    expect((await elsewhere.session()).json()).toMatchObject({ sub: 'ada' })
  })

  it('take over what one began that died, once its lease is over', async () => {
    await using set = await setUpTwo()
    await set.browser().confirm('link-of-ada')
    await set.validator.question(0)
    await set.gateway.close()
    // Whoever holds a job and never comes back looks like this.
    const dead = await set.store.claim('pending-sign-in', 15_000)
    await using _other = await set.another()

    set.clock.advance(14_000)
    await turns()
    const before = set.validator.questions.length
    set.clock.advance(2000)
    await set.validator.question(1)

    expect([dead?.attempts, before]).toEqual([2, 1])
  })
})

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}
