// The parts that judge, decide and tell, each by itself.
import { describe, expect, it } from 'vitest'
import { explanations } from '../../../src/qa/leaks/classify.ts'
import { createDice } from '../../../src/qa/leaks/dice.ts'
import { hostComplaint } from '../../../src/qa/leaks/hosts.ts'
import { createMarkers } from '../../../src/qa/leaks/markers.ts'
import { createRedactor } from '../../../src/qa/leaks/redact.ts'
import { junitReport } from '../../../src/qa/leaks/report-junit.ts'
import { textReport } from '../../../src/qa/leaks/report-text.ts'
import { batchesOf, placed, shrink } from '../../../src/qa/leaks/shrink.ts'
import type { Step } from '../../../src/qa/leaks/step.ts'
import type { Run } from '../../../src/qa/run.ts'

describe('markers', () => {
  it('are found whole only, the longest first, and in every spelling', () => {
    const markers = createMarkers()
    markers.add({ owner: 'ann', text: 'ann', kind: 'name' })
    markers.add({ owner: 'ann', text: 'ann@example.org', kind: 'profile' })
    markers.add({ owner: 'zoe', text: 'zoë/1', kind: 'name' })

    const found = (text: string) =>
      markers.scan(text).map(({ at, length }) => text.slice(at, at + length))

    expect(found('annual anna ann_1 banner')).toEqual([])
    expect(found('{"who":"ann","mail":"ann@example.org"}')).toEqual(['ann', 'ann@example.org'])
    expect(found('zo\\u00eb/1 zo%C3%AB%2F1 zoë/1')).toHaveLength(3)
  })

  it('that are short, or that two users share, say nothing', () => {
    const markers = createMarkers()
    markers.add({ owner: 'ann', text: 'al', kind: 'name' })
    markers.add({ owner: 'ann', text: '1234', kind: 'name' })
    markers.add({ owner: 'ann', text: 'example-and-sons', kind: 'profile' })
    markers.add({ owner: 'bob', text: 'example-and-sons', kind: 'profile' })

    expect(markers.scan('al 1234 example-and-sons')).toEqual([])
  })

  it('of a session stay with the first who had it', () => {
    const markers = createMarkers()

    expect(markers.add({ owner: 'ann', text: 'a-session-id', kind: 'cookie' })).toBe('ann')
    expect(markers.add({ owner: 'bob', text: 'a-session-id', kind: 'cookie' })).toBe('ann')
  })
})

describe('what is kept of a message', () => {
  it('has labels for secrets, and tells where what belongs to others stands', () => {
    const markers = createMarkers()
    markers.add({
      owner: 'bob',
      text: 's3cret-token-of-bob',
      kind: 'token',
      label: '{{bob.token}}',
    })
    markers.add({ owner: 'bob', text: 'bob', kind: 'name' })
    const { keep } = createRedactor(markers)

    const { message, marks } = keep(
      {
        headers: ['set-cookie', 'sid=s3cret-token-of-bob; Path=/', 'authorization', 'Basic abc'],
        body: '{"token":"s3cret-token-of-bob","name":"bob","refresh_token":"another"}',
      },
      () => true,
    )

    expect(message.headers).toEqual([
      'set-cookie',
      'sid={{bob.token}}; Path=/',
      'authorization',
      '{{hidden}}',
    ])
    expect(message.body).toBe('{"token":"{{bob.token}}","name":"bob","refresh_token":"{{hidden}}"}')
    const marked = marks.map(({ in: where, at, length }) =>
      (where === 'body' ? message.body : 'sid={{bob.token}}; Path=/').slice(at, at + length),
    )
    expect(marked).toEqual(['{{bob.token}}', '{{bob.token}}', 'bob'])
  })

  it('is bounded, and hides tokens and cookies that nobody was known to have', () => {
    const { keep } = createRedactor(createMarkers())
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJpZGVudGl0eSI6MX0.c2lnbmF0dXJl'

    const { message } = keep(
      { headers: ['set-cookie', 'x=unknown-value'], body: `${jwt} ${'x'.repeat(5000)}` },
      () => false,
    )

    expect(message.headers).toEqual(['set-cookie', 'x={{a cookie}}'])
    expect(message.body).toMatch(/^\{\{a token\}\} x+$/)
    expect([message.body.length, message.cut]).toEqual([4096, true])
  })
})

describe('shrinking', () => {
  const sign = (user: string): Step => ({ do: 'sign-in', user })
  const ask = (user: string): Step => ({ do: 'ask', user, path: '/user', via: 'own' })

  it('leaves the fewest steps that still show it, pinned ones included', async () => {
    const people = ['a', 'b', 'c', 'd', 'e']
    const steps = placed([
      ...people.map((user) => [sign(user)]),
      ...people.map((user) => [ask(user)]),
    ])

    const short = await shrink(
      steps,
      async (some) => {
        const text = some.map(({ step }) => `${step.do} ${step.user}`).join(', ')
        return /sign-in b.*sign-in d.*ask b/.test(text)
      },
      (step) => step.do === 'ask' && step.user === 'e',
      () => false,
    )

    const told = batchesOf(short)
      .flat()
      .map(({ do: what, user }) => `${what} ${user}`)
    expect(told).toEqual(['sign-in b', 'sign-in d', 'ask b', 'ask e'])
  })

  it('does in turn what need not be done at once', async () => {
    const short = await shrink(
      placed([[sign('a'), sign('b')]]),
      async (some) => some.length === 2,
      () => false,
      () => false,
    )

    expect(batchesOf(short)).toEqual([[sign('a')], [sign('b')]])
  })

  it('stops when time is up', async () => {
    let tries = 0

    const short = await shrink(
      placed([[sign('a')], [sign('b')], [ask('a')], [ask('b')]]),
      async () => {
        tries++
        return false
      },
      () => false,
      () => tries >= 2,
    )

    expect([short.length, tries]).toEqual([4, 2])
  })
})

it('the same seed throws the same dice', () => {
  const throws = (seed: number) => {
    const dice = createDice(seed)
    return [dice.roll(1000), dice.word(12), dice.shuffle([1, 2, 3, 4, 5, 6, 7, 8])]
  }

  expect(throws(7)).toEqual(throws(7))
  expect(throws(7)).not.toEqual(throws(8))
})

it.each([
  ['http://localhost:5000', true],
  ['http://alice.localhost', true],
  ['http://127.8.9.1', true],
  ['http://[::1]:5000', true],
  ['https://named.example.org', true],
  ['http://example.org', false],
  ['http://localhost.example.org', false],
  ['http://0.0.0.0', false],
  ['http://192.168.0.1', false],
])('%s may be tried: %s', (origin, allowed) => {
  expect(hostComplaint(origin, ['named.example.org']) === undefined).toBe(allowed)
})

describe('reports', () => {
  const run: Run = {
    version: 1,
    kind: 'leaks',
    target: 'http://localhost:5000',
    seed: 7,
    startedAt: 0,
    users: [
      { name: 'alice', colour: 'violet' },
      { name: '<bob & co>', colour: 'green' },
    ],
    phases: [{ name: 'steady', title: 'Steady mixed load', startMs: 0, endMs: 1500 }],
    calls: [
      call(0, 'alice', 'foreign', { owner: '<bob & co>' }),
      call(1, '<bob & co>', 'own'),
      call(2, '<bob & co>', 'thrown_out', { status: 401 }),
    ],
    verdict: {
      outcome: 'leak',
      leaks: 1,
      thrownOut: 1,
      verified: 1,
      answers: 3,
      bug: 'shared-jar',
      sentence: 'LEAK: 1 of 3 answers belonged to someone else; 1 valid user was thrown out.',
      explanation: explanations['shared-jar'],
      history: { steps: ['Alice signs in', "Alice asks GET /user → Bob's profile"], curl: '' },
    },
  }

  it('for the terminal say it in a sentence, and have no colour where nobody wants any', () => {
    const text = textReport(run, { colour: false, files: [['html', 'leaks.html']] })

    expect(text).toContain('LEAK: 1 of 3 answers belonged to someone else;')
    expect(text).toContain('Shared jar: the last sign-in wins.')
    expect(text).toContain("  2. Alice asks GET /user → Bob's profile\n")
    expect(text).toContain('html   leaks.html')
    expect(text).not.toContain('\u001b')
    expect(textReport(run, { colour: true, files: [] })).toContain('\u001b[')
  })

  it('for builds fail the verdict and every user who got what was not theirs', () => {
    const xml = junitReport(run)

    expect(xml).toContain('tests="3" failures="3" errors="0">')
    expect(xml).toContain('name="&lt;bob &amp; co&gt;"')
    expect(xml).toContain('#0 GET /user: 200, belongs to &lt;bob &amp; co&gt;')
    expect(xml).not.toMatch(/<bob/)
  })

  it('for builds pass where all is well, and never where nothing could be judged', () => {
    const verdict = {
      outcome: 'clean' as const,
      leaks: 0,
      thrownOut: 0,
      verified: 1,
      answers: 1,
      sentence: 'CLEAN',
    }
    const calls = [call(0, 'alice', 'own')]

    expect(junitReport({ ...run, calls, verdict })).toContain('tests="2" failures="0" errors="0">')
    const unjudged = { ...verdict, outcome: 'unjudged' as const }
    expect(junitReport({ ...run, calls, verdict: unjudged })).toContain('failures="0" errors="1">')
  })
})

function call(n: number, user: string, outcome: Run['calls'][number]['outcome'], more = {}) {
  const times = { startMs: n, endMs: n + 5 }
  return {
    n,
    phase: 'steady',
    user,
    method: 'GET',
    path: '/user',
    status: 200,
    outcome,
    ...times,
    ...more,
  }
}
