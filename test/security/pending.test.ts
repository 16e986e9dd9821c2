// L-10: what a worker finds out reaches the browser that asked, once, in time, and nobody else; whatever completions are
// swapped, repeated, late, replayed or made up.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { createCanaries } from '../support/canaries.ts'
import { manualClock } from '../support/clock.ts'
import type { Answer } from '../support/http.ts'
import { type JarBrowser, startPending } from '../support/pending.ts'
import { openTestStore, storeKinds } from '../support/stores.ts'
import { COMPLETION_SECRET, goodFor, type Question, signed } from '../support/validator.ts'

const MINUTE = 60_000
const RUNS = process.env.COATCHECK_LONG === '1' ? 400 : 40

type Set = Awaited<ReturnType<typeof startPending>>

async function two(set: Set): Promise<readonly [Pending, Pending]> {
  set.validator.always = (question) => question.answer(202)
  const ada = await pendingAs(set, 'ada')
  return [ada, await pendingAs(set, 'bob')]
}

interface Pending {
  readonly name: string
  readonly browser: JarBrowser
  readonly question: Question
}

async function pendingAs(set: Set, name: string): Promise<Pending> {
  const browser = set.browser()
  const number = set.validator.questions.length
  await browser.confirm(`link-of-${name}`)
  return { name, browser, question: await set.validator.question(number) }
}

function post(set: Set, id: string, { body, headers }: ReturnType<typeof signed>): Promise<Answer> {
  const list = [...Object.entries(headers).flat(), 'Host', 'localhost:3000']
  return set.gateway.send(`/auth/pending/${id}`, { method: 'POST', body, headers: list })
}

describe('two browsers that wait', { timeout: 60_000 }, () => {
  it(
    'never get what is not theirs, whatever completions come, in whatever order',
    async () => {
      const step = fc.record({
        kind: fc.constantFrom(
          'right',
          'swapped',
          'forged',
          'unsigned',
          'replayed',
          'stale',
          'ahead',
          'foreign',
          'bent',
          'collect',
        ),
        who: fc.constantFrom(0 as const, 1 as const),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
          await using set = await startPending()
          const both = await two(set)
          const sent: Array<() => Promise<Answer>> = []
          const completed = [false, false]
          const collected = [false, false]
          for (const { kind, who } of steps) {
            const mine = both[who]
            const other = both[who === 0 ? 1 : 0]
            const { id } = mine.question
            const now = set.clock.now()
            const body = { id, ...(await goodFor(set.upstream, mine.name)) }
            let answer: Answer | undefined
            if (kind === 'right') {
              const again = completed[who]
              const whole = signed(body, now)
              sent.push(() => post(set, id, whole))
              answer = await post(set, id, whole)
              expect(answer.status).toBe(again ? 409 : 204)
              completed[who] = true
            } else if (kind === 'collect') {
              const { authenticated, sub } = (await mine.browser.session()).json()
              expect(authenticated).toBe(completed[who])
              if (authenticated) expect(sub).toBe(mine.name)
              collected[who] = authenticated
            } else if (kind === 'replayed') {
              const last = sent.at(-1)
              if (last) expect((await last()).status).toBe(409)
            } else {
              answer = await post(set, ...wrong(kind, { id, other: other.question.id, body, now }))
              expect(answer.status).toBeGreaterThanOrEqual(400)
            }
          }
          for (const [who, { browser, name }] of both.entries()) {
            const { authenticated, sub } = (await browser.session()).json()
            expect([authenticated, sub]).toEqual([
              completed[who],
              completed[who] ? name : undefined,
            ])
            const seen = (await browser.send('/api/mine')).json()
            if (completed[who]) expect(seen.owner).toBe(name)
          }
        }),
        { numRuns: RUNS, interruptAfterTimeLimit: RUNS * 300, markInterruptAsFailure: false },
      )
    },
    RUNS * 500,
  )

  function wrong(
    kind: 'swapped' | 'forged' | 'unsigned' | 'stale' | 'ahead' | 'foreign' | 'bent',
    { id, other, body, now }: { id: string; other: string; body: object; now: number },
  ): [string, ReturnType<typeof signed>] {
    switch (kind) {
      case 'swapped':
        return [other, signed(body, now)]
      case 'forged':
        return [id, signed(body, now, `${COMPLETION_SECRET}x`)]
      case 'unsigned':
        return [
          id,
          {
            ...signed(body, now),
            headers: { 'content-type': 'application/json', 'coatcheck-signature': '' },
          },
        ]
      case 'stale':
        return [id, signed(body, now - 6 * MINUTE)]
      case 'ahead':
        return [id, signed(body, now + 6 * MINUTE)]
      case 'foreign': {
        const { headers } = signed({ ...body, access_token: 'another' }, now)
        return [id, { body: signed(body, now).body, headers }]
      }
      case 'bent': {
        const at = id.length >> 1
        const letter = id[at] === 'A' ? 'B' : 'A'
        return [`${id.slice(0, at)}${letter}${id.slice(at + 1)}`, signed(body, now)]
      }
    }
  }

  it('are told apart when a completion comes too late', async () => {
    await using set = await startPending()
    const [ada, bob] = await two(set)
    const inTime = signed(
      { id: bob.question.id, ...(await goodFor(set.upstream, 'bob')) },
      set.clock.now(),
    )
    expect((await post(set, bob.question.id, inTime)).status).toBe(204)

    set.clock.advance(2 * MINUTE)
    const late = signed(
      { id: ada.question.id, ...(await goodFor(set.upstream, 'ada')) },
      set.clock.now(),
    )
    const answer = await post(set, ada.question.id, late)

    expect([answer.status, answer.json().reason]).toEqual([409, 'late'])
    expect((await ada.browser.session()).json()).toMatchObject({
      state: 'ended',
      reason: 'sign_in_late',
    })
    expect((await bob.browser.session()).json()).toMatchObject({ sub: 'bob' })
    expect(set.logged('completion_refused')).toMatchObject([{ code: 'late' }])
  })

  it('get one outcome each where a hundred completions come at once', async () => {
    await using set = await startPending()
    const [ada] = await two(set)
    const { id } = ada.question
    const bodies = await Promise.all(['ada', 'bob'].map((name) => goodFor(set.upstream, name)))
    const good = bodies.map((body) => signed({ id, ...body }, set.clock.now()))

    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => post(set, id, good[n % 2] ?? signed({}, 0))),
    )

    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses.slice(0, 2)).toEqual([204, 409])
    const won = answers.findIndex(({ status }) => status === 204) % 2
    expect((await ada.browser.session()).json().sub).toBe(['ada', 'bob'][won])
  })

  it('open nothing with the cookie of the other, nor with a session cookie in its place', async () => {
    await using set = await startPending()
    const [ada, bob] = await two(set)
    const body = signed(
      { id: ada.question.id, ...(await goodFor(set.upstream, 'ada')) },
      set.clock.now(),
    )
    await post(set, ada.question.id, body)
    const eve = await set.gateway.signIn('eve')
    const session = eve.cookie.split('=')[1] ?? ''

    const asPending = await set.gateway.send('/auth/session', {
      headers: { cookie: `coatcheck-3000-pending=${session}` },
    })
    const twice = await set.gateway.send('/auth/session', {
      headers: {
        cookie: [ada, bob]
          .map(
            ({ browser }) =>
              `coatcheck-3000-pending=${browser.cookies.get('coatcheck-3000-pending')}`,
          )
          .join('; '),
      },
    })

    expect((await bob.browser.session()).json().state).toBe('pending')
    expect(asPending.json().authenticated).toBe(false)
    expect(twice.json().authenticated).toBe(false)
  })
})

describe('an attacker', { timeout: 60_000 }, () => {
  it('signs nobody in by sending a link: opening it does nothing, other sites cannot press its button', async () => {
    await using set = await startPending()
    const victim = set.browser()
    const navigation = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    }

    const page = await victim.send('/auth/confirm/link-of-mallory', { headers: navigation })
    const form = await victim.send('/auth/confirm', {
      method: 'POST',
      headers: {
        ...navigation,
        origin: 'https://evil.example',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'token=link-of-mallory',
    })
    const old = await set.gateway.send('/auth/confirm', {
      method: 'POST',
      headers: [
        'Host',
        'localhost:3000',
        'Origin',
        'https://evil.example',
        'Content-Type',
        'application/x-www-form-urlencoded',
      ],
      body: 'token=link-of-mallory',
    })

    expect(page.text).toContain('Sign in to localhost:3000?')
    expect(page.text).not.toContain('data-auto')
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect([form.status, old.status]).toEqual([403, 403])
    expect(victim.cookies.size).toBe(0)
    expect(set.validator.questions).toEqual([])
  })

  it('is slowed down when guessing links', async () => {
    await using set = await startPending({
      settings: { limits: { signInPerAddress: 5, signInPerAccount: 5, windowMs: MINUTE } },
    })
    set.validator.always = (question) => question.answer(200, { ok: false })
    const mallory = set.browser()
    const answers: number[] = []
    for (let n = 0; n < 8; n++) answers.push((await mallory.confirm(`guess-${n}`)).status)

    expect(answers).toEqual([202, 202, 202, 202, 202, 429, 429, 429])
  })
})

describe.each(storeKinds)('a stolen store (%s)', { timeout: 60_000 }, (kind) => {
  it('tells neither the link nor the tokens, at any moment', async () => {
    const canaries = createCanaries()
    // Redis and its clock go by real time.
    const clock = kind === 'redis' ? systemClock : manualClock()
    await using data = await openTestStore(kind, clock)
    await using set = await startPending({ settings: { options: { store: data.store, clock } } })
    const token = 'the-token-of-this-link-is-a-secret'
    canaries.plant('link', token)
    const ada = set.browser()
    await ada.confirm(token)
    const question = await set.validator.question(0)
    const said = (await goodFor(set.upstream, 'ada')) as Record<string, unknown>
    canaries.plant('access token', String(said.access_token))
    canaries.plant('refresh token', String(said.refresh_token))
    const places: Buffer[] = [await data.bytes()]
    await using events = await ada.events()
    question.answer(200, said)
    await events.event('signin.active')
    places.push(await data.bytes())
    await ada.session()
    places.push(await data.bytes(), Buffer.from(set.gateway.log.join('')))

    expect(places.flatMap((bytes) => canaries.find(bytes))).toEqual([])
    expect((await ada.send('/api/mine')).json().owner).toBe('ada')
  })
})
