// The parts that judge, decide and tell, each by itself.
import { describe, expect, it } from 'vitest'
import { isReproducible, tryAgain } from '../../../src/qa/leaks/again.ts'
import { curlScript } from '../../../src/qa/leaks/curl.ts'
import { createDice } from '../../../src/qa/leaks/dice.ts'
import { isOwnerIn } from '../../../src/qa/leaks/evidence.ts'
import { explanations } from '../../../src/qa/leaks/explanations.ts'
import { hostComplaint } from '../../../src/qa/leaks/hosts.ts'
import { createMarkers } from '../../../src/qa/leaks/markers.ts'
import { createRedactor, shownAddress } from '../../../src/qa/leaks/redact.ts'
import { junitReport } from '../../../src/qa/leaks/report-junit.ts'
import { textReport } from '../../../src/qa/leaks/report-text.ts'
import { shortestHistory } from '../../../src/qa/leaks/shortest.ts'
import { batchesOf, placed, shrink } from '../../../src/qa/leaks/shrink.ts'
import type { Observation, Step } from '../../../src/qa/leaks/step.ts'
import type { Target } from '../../../src/qa/leaks/target.ts'
import { stepsInWords } from '../../../src/qa/leaks/words.ts'
import { headOf } from '../../../src/qa/report/page/head.ts'
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

  it('hides what a form and an address say under the name of a secret', () => {
    const { redact } = createRedactor(createMarkers())

    expect(redact('grant_type=password&client_secret=hush%21&postcode=1234').text).toBe(
      'grant_type=password&client_secret={{hidden}}&postcode=1234',
    )
    expect(redact('{"postcode":"12345","shipping":"fast","pin":"1234"}').text).toBe(
      '{"postcode":"12345","shipping":"fast","pin":"{{hidden}}"}',
    )
    expect(shownAddress('/user?api_key=quiet&page=2')).toBe('/user?api_key={{hidden}}&page=2')
  })

  it('is bounded, and hides tokens and cookies that nobody was known to have', () => {
    const { keep } = createRedactor(createMarkers())
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJpZGVudGl0eSI6MX0.c2lnbmF0dXJl'

    const { message } = keep(
      { headers: ['set-cookie', 'x=unknown-value'], body: `${jwt} ${'x'.repeat(5000)}` },
      () => false,
    )

    expect(message.headers).toEqual(['set-cookie', 'x={{a cookie}}'])
    expect(message.body).toMatch(/^\{\{hidden\}\} x+$/)
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

describe('trying a history again', () => {
  const sign = (user: string, batch: number): Observation =>
    observed({ do: 'sign-in', user }, batch)
  const sees = (user: string, owner: string, batch: number): Observation => ({
    ...observed({ do: 'ask', user, path: '/user', via: 'own' }, batch),
    outcome: 'foreign',
    owner,
  })

  it.each([
    ['every time', [true, true, true], 3, 3, true],
    ['most times', [false, true, true], 2, 3, true],
    ['the first time only', [true, false, false], 1, 3, false],
    ['never', [false, false, false], 0, 3, false],
  ] as const)('that shows it %s', async (_name, shows, shown, tries, reproducible) => {
    const left = [...shows]
    const clock = createPatientClock()

    const tally = await tryAgain(
      { batches: [], seen: [], shown: 0, tries: 0 },
      { clock, until: Infinity, shows: async () => (left.shift() ? [] : undefined) },
    )

    expect(tally).toMatchObject({ shown, tries })
    expect(isReproducible(tally)).toBe(reproducible)
    expect(clock.waits).toHaveLength(tries)
    expect(Math.min(...clock.waits)).toBeGreaterThanOrEqual(200)
  })

  it('leaves in what only seemed needless while the service remembered it', async () => {
    const clock = createPatientClock()
    let warm = false
    const batches: Step[] = [
      { do: 'sign-in', user: 'ann' },
      { do: 'sign-in', user: 'bob' },
      { do: 'sign-in', user: 'cat' },
      { do: 'ask', user: 'cat', path: '/user', via: 'own' },
      { do: 'ask', user: 'ann', path: '/user', via: 'own' },
    ]
    const told = (steps: readonly Step[]) =>
      steps.map((step, at) => {
        const isIt = step.do === 'ask' && step.user === 'ann'
        return isIt && warm ? sees('ann', 'bob', at) : observed(step, at)
      })

    const cool = (ms: number, work: () => void) => {
      warm = false
      return clock.after(ms, work)
    }

    const { history } =
      (await shortestHistory({
        target: { ...target(), users: ['ann', 'bob', 'cat'].map((name) => ({ name, fields: {} })) },
        seen: batches.map((step, at) => (at < 4 ? observed(step, at) : sees('ann', 'bob', at))),
        bug: 'unknown',
        clock: { ...clock, after: cool },
        until: 1,
        attempt: async (tried) => {
          const steps = tried.flat()
          warm ||= steps.some(({ do: what, user }) => what === 'sign-in' && user === 'cat')
          return told(steps)
        },
      })) ?? {}

    expect(history?.steps).toEqual([
      'Ann signs in',
      'Bob signs in',
      'Cat signs in',
      "Ann asks GET /user → Bob's profile",
    ])
    expect(history?.again).toEqual({ shown: 3, tries: 3 })
  })

  it('takes nothing for found that is left from another history', () => {
    const seen = [sign('ann', 0), sees('ann', 'bob', 1), sign('bob', 2), sees('ann', 'bob', 3)]

    expect(seen.map((one) => isOwnerIn(seen, one))).toEqual([true, false, true, true])
  })

  it('tells of all that was asked at the same time whose answer each was', () => {
    const seen = [sees('ann', 'erin', 0), sees('bob', 'dave', 0)]

    expect(stepsInWords(seen, target())).toEqual([
      "At the same time: Ann asks GET /user → Erin's profile; Bob asks GET /user → Dave's profile",
    ])
  })

  it('asks at the same time in the script, too, and waits for all answers', () => {
    const seen = [sees('ann', 'bob', 0), sees('bob', 'ann', 0)]

    const script = curlScript(seen, ['both'], target(), 'It shows itself in 3 of 3 tries.')

    expect(script).toContain('# It shows itself in 3 of 3 tries.\n')
    expect(script).toMatch(
      /# 1\. both\nfor round in 1 2 3 4 5; do\nprintf '%s: %s\\n' "Ann" "\$\(curl .*\)" &\nprintf .* "Bob" .* &\nwait\ndone\n/,
    )
  })
})

describe('the script for curl', () => {
  it('has a variable for every secret, the users’ and the service’s own', () => {
    const json = { username: '{name}', password: '{password}', client_secret: 'hush-hush' }
    const script = curlScript(
      [
        observed({ do: 'sign-in', user: 'ann' }, 0),
        observed(
          { do: 'ask', user: 'ann', path: '/user?api_key=very-quiet&page=2', via: 'own' },
          1,
        ),
      ],
      ['in', 'asks'],
      {
        ...target(),
        headers: { 'x-api-key': 'not-for-you', 'accept-language': 'en' },
        signIn: {
          method: 'POST',
          path: '/login',
          headers: { 'x-csrf': '1', authorization: 'Basic nobody-knows' },
          body: { format: 'json', fields: json },
        },
        users: [{ name: 'ann', fields: { name: 'ann', password: 'a' } }],
      },
    )

    expect(script).not.toMatch(/hush-hush|very-quiet|not-for-you|nobody-knows/)
    expect(script).toContain('-H "x-api-key: $TARGET_X_API_KEY" -H "accept-language: en"')
    expect(script).toContain('"$TARGET/user?api_key=$TARGET_API_KEY&page=2"')
    expect(script).toContain('"client_secret":"$TARGET_CLIENT_SECRET"')
    expect(script).toContain('-H "x-csrf: 1" -H "authorization: $TARGET_AUTHORIZATION"')
    expect(script).toMatch(/^: "\$\{TARGET_CLIENT_SECRET:\?is not set\}"$/m)
  })

  it('says that a process is chosen by chance, and asks often', () => {
    const ask: Step = { do: 'ask', user: 'ann', path: '/user', via: 'own' }
    const script = curlScript(
      [
        observed({ do: 'sign-in', user: 'ann' }, 0),
        { ...observed(ask, 1), outcome: 'own' },
        { ...observed(ask, 2), outcome: 'thrown_out', status: 401 },
      ],
      ['Ann signs in', "Ann asks → Ann's own profile", 'Ann asks → 401, thrown out'],
      target(),
    )

    expect(script).toMatch(
      /# 1\. Ann signs in\n[^\n]+\n\n# 2\. Ann asks → Ann's own profile; 3\. Ann asks → 401, thrown out\n# Each curl .*\nfor round in [\d ]+; do\nprintf .*\ndone\n/,
    )
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

  it('say how often it showed itself, and every answer of what was asked at the same time', () => {
    const steps = ["At the same time: Ann asks → Bob's profile; Bob asks → Erin's profile"]
    const history = { steps, curl: '', again: { shown: 2, tries: 6 } }
    const verdict = { ...run.verdict, history }

    const reports = [
      textReport({ ...run, verdict }, { colour: false, files: [] }),
      junitReport({ ...run, verdict }).replaceAll('&apos;', "'"),
    ]

    for (const report of reports) {
      expect(report).toContain(`1. ${steps[0]}\n`)
      expect(report).toContain('It shows itself in 2 of 6 tries: it depends on timing.')
    }
  })

  it('count who signs in, and say who never does', () => {
    const users = [...run.users, { name: 'visitor', colour: 'gray', isNobody: true as const }]

    const head = headOf({ ...run, users }).markup.replaceAll(/<[^>]*>/g, ' ')

    expect(head).toMatch(/Users\s+2\s+· visitor: never signed in/)
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

function observed(step: Step, batch: number): Observation {
  return {
    step,
    phase: 'shrink',
    batch,
    method: step.do === 'sign-in' ? 'POST' : 'GET',
    path: 'path' in step ? step.path : '/login',
    startMs: batch,
    endMs: batch + 1,
    status: 200,
    outcome: 'plain',
    marks: [],
    signedIn: true,
    afterLeave: false,
    afterRestart: false,
  }
}

function target(): Target {
  return {
    origin: 'http://localhost:5000',
    base: '',
    headers: {},
    signIn: { method: 'POST', path: '/login', headers: {}, body: undefined },
    signOut: undefined,
    carry: { kind: 'cookies' },
    whoami: { path: '/user', owner: { pointer: '/username' }, is: '{name}' },
    users: [],
    reads: [],
    ordinary: [],
    mix: { whoami: 1, reads: 0, visitors: 0 },
    restart: undefined,
    dir: '.',
    allowHosts: [],
    rate: undefined,
    seed: 1,
    requests: 1,
    timeouts: { requestMs: 1, restartMs: 1, totalMs: 1 },
  }
}

/** Nobody really waits for it. */
function createPatientClock() {
  const waits: number[] = []
  return {
    waits,
    now: () => 0,
    after(ms: number, work: () => void) {
      waits.push(ms)
      queueMicrotask(work)
      return () => {}
    },
  }
}
