// Runs as an engine would hand them over, for the report's tests: a shared jar, a clean one of any length, a hostile one.
import type {
  CallOutcome,
  Mark,
  Message,
  Run,
  RunCall,
  RunPhase,
  RunUser,
} from '../../../src/qa/run.ts'
import { openDice } from '../../support/dice.ts'

const PEOPLE: readonly RunUser[] = [
  { name: 'alice', colour: 'violet' },
  { name: 'bob', colour: 'green' },
  { name: 'carol', colour: 'orange' },
  { name: 'dave', colour: 'blue' },
]

/** 2025-03-14, 09:26:53 UTC. */
const STARTED_AT = 1_741_944_413_000

export function profileBody(name: string, extra: object = {}): string {
  const id = PEOPLE.findIndex((one) => one.name === name) + 41
  return JSON.stringify({
    id,
    username: name,
    email: `${name}@example.org`,
    bio: null,
    roles: ['member'],
    settings: { language: 'en', digest: true },
    ...extra,
  })
}

/** Where `owner` stands in the body: as user name and in the address. */
export function marksOf(body: string, owner: string): readonly Mark[] {
  const words = [`"${owner}"`, `${owner}@example.org`]
  return words.flatMap((word) => {
    const at = body.indexOf(word)
    const bare = word.replaceAll('"', '')
    return at < 0 ? [] : [{ owner, in: 'body', at: at + word.indexOf(bare), length: bare.length }]
  })
}

export function message(body: string, extra: readonly string[] = []): Message {
  return {
    headers: ['content-type', 'application/json', 'server', 'sample/1.0', ...extra],
    body,
    cut: false,
  }
}

export function asking(name: string): Message {
  return {
    headers: ['accept', 'application/json', 'cookie', `sid={{${name}.cookie}}`],
    body: '',
    cut: false,
  }
}

/** 400 answers: 14 of them belonged to someone else, and 102 valid users were thrown out. */
export function sharedJarRun(): Run {
  const dice = openDice(7)
  const phases: readonly RunPhase[] = [
    { name: 'one-after-another', title: 'One after another', startMs: 0, endMs: 640 },
    { name: 'simultaneous-sign-in', title: 'Sign-ins at once', startMs: 640, endMs: 1320 },
    { name: 'steady', title: 'Steady mixed load', startMs: 1320, endMs: 4100 },
    { name: 'sign-out', title: 'One signs out', startMs: 4100, endMs: 4780 },
  ]
  const calls: RunCall[] = []
  let holder = 'alice'
  for (const phase of phases) {
    const count = phase.name === 'steady' ? 220 : 60
    for (let nth = 0; nth < count; nth++) {
      const n = calls.length
      const user = (PEOPLE[nth < 4 ? nth : dice.roll(4)] as RunUser).name
      const share = (nth + dice.roll(80) / 100) / count
      const startMs = phase.startMs + share * (phase.endMs - phase.startMs - 40)
      const endMs = startMs + 4 + dice.roll(90) / 4
      const common = { n, phase: phase.name, user, startMs, endMs, request: asking(user) }
      if (nth < 4) {
        holder = user
        calls.push({
          ...common,
          method: 'POST',
          path: '/login',
          status: 200,
          outcome: 'plain',
          response: message('{"ok":true}', ['set-cookie', `sid={{${user}.cookie}}; Path=/`]),
        })
        continue
      }
      const outcome: CallOutcome = user === holder || dice.roll(3) > 0 ? 'own' : 'thrown_out'
      const body = outcome === 'own' ? profileBody(user) : '{"error":"The token is invalid!"}'
      calls.push({
        ...common,
        method: 'GET',
        path: dice.roll(3) === 0 ? '/user/notes?page=1' : '/user',
        status: outcome === 'own' ? 200 : 401,
        outcome,
        response: message(body),
      })
    }
  }
  make(calls, 102, 'thrown_out')
  make(calls, 14, 'foreign')
  return {
    version: 1,
    kind: 'leaks',
    target: 'http://localhost:5000',
    seed: 1_204_771,
    startedAt: STARTED_AT,
    users: PEOPLE,
    phases,
    calls: calls.toSorted((a, b) => a.startMs - b.startMs).map((call, n) => ({ ...call, n })),
    verdict: {
      outcome: 'leak',
      leaks: 14,
      thrownOut: 102,
      verified: calls.filter(({ outcome }) => outcome === 'own').length,
      answers: calls.length,
      bug: 'shared-jar',
      sentence:
        'LEAK: 14 of 400 answers belonged to someone else; 102 valid users were thrown out.',
      explanation: 'Shared jar: the last sign-in wins.',
      history: {
        steps: [
          'alice signs in: POST /login answers 200.',
          'bob signs in: POST /login answers 200.',
          'alice asks GET /user with her own cookie.',
          'The answer is bob’s: his user name and his address stand in it.',
        ],
        curl: [
          'BASE=http://localhost:5000',
          'curl -s -c alice.jar -H "Content-Type: application/json" \\',
          '  -d \'{"username":"alice","password":"\'"$ALICE_PW"\'"}\' $BASE/login',
          'curl -s -c bob.jar -H "Content-Type: application/json" \\',
          '  -d \'{"username":"bob","password":"\'"$BOB_PW"\'"}\' $BASE/login',
          '',
          '# Expected: alice. Got: bob.',
          'curl -s -b alice.jar $BASE/user',
        ].join('\n'),
      },
    },
  }

  /** Turns own answers into trouble until there is as much as was asked for. */
  function make(all: RunCall[], count: number, outcome: 'foreign' | 'thrown_out'): void {
    const missing = () => count - all.filter((call) => call.outcome === outcome).length
    while (missing() !== 0) {
      const at = dice.roll(all.length)
      const call = all[at] as RunCall
      const { owner: _, marks: __, ...rest } = call
      if (missing() < 0 && call.outcome === outcome) {
        all[at] = {
          ...rest,
          outcome: 'own',
          status: 200,
          response: message(profileBody(call.user)),
        }
      } else if (missing() > 0 && call.outcome === 'own') {
        const owner = dice.pick(PEOPLE.filter(({ name }) => name !== call.user)).name
        const body = profileBody(owner)
        all[at] =
          outcome === 'foreign'
            ? { ...rest, outcome, owner, marks: marksOf(body, owner), response: message(body) }
            : { ...rest, outcome, status: 401, response: message('{"error":"Sign in first"}') }
      }
    }
  }
}

/** Every answer its own, in three phases. */
export function cleanRun(count: number, people = 50): Run {
  const dice = openDice(11)
  const users = Array.from({ length: people }, (_, n): RunUser => {
    const { colour } = PEOPLE[n % 4] as RunUser
    return { name: `user-${String(n + 1).padStart(2, '0')}`, colour }
  })
  const spanMs = count / 1.2
  const titles = ['One after another', 'Steady mixed load', 'Connection reuse'] as const
  const phases = ['one-after-another', 'steady', 'reuse'].map((name, n): RunPhase => {
    return {
      name,
      title: titles[n] ?? name,
      startMs: (spanMs / 3) * n,
      endMs: (spanMs / 3) * (n + 1),
    }
  })
  const calls = Array.from({ length: count }, (_, n): RunCall => {
    const { name } = users[dice.roll(users.length)] as RunUser
    const startMs = (n / count) * spanMs
    const phase = phases[Math.min(2, Math.floor((n * 3) / count))]?.name ?? 'steady'
    const body = `{"id":${n},"username":"${name}","nonce":"${dice.roll(2 ** 31)}"}`
    return {
      n,
      phase,
      user: name,
      method: 'GET',
      path: `/items/${dice.roll(400)}`,
      startMs,
      endMs: startMs + 2 + dice.roll(300) / 10,
      status: 200,
      outcome: 'own',
      request: asking(name),
      response: message(body),
    }
  })
  return {
    version: 1,
    kind: 'leaks',
    target: 'http://localhost:8080',
    seed: 42,
    startedAt: STARTED_AT,
    users,
    phases,
    calls,
    verdict: {
      outcome: 'clean',
      leaks: 0,
      thrownOut: 0,
      verified: count,
      answers: count,
      sentence: `CLEAN: all ${count.toLocaleString('en')} answers belonged to whoever asked.`,
    },
  }
}

/** What a service might answer to whoever opens the report, in every text of a run. */
export const HOSTILE = [
  '<script>window.hit = 1</script>',
  '</script><script>window.hit = 2</script>',
  '<img src=x onerror="window.hit = 3">',
  '--><svg onload="window.hit = 4">',
  '"\'`><a href="javascript:window.hit = 5">x</a>',
  '<!--run:data--><!--run:head-->',
  '</title></style><style>*{display:none}</style>',
  'line\u2028separator\u2029\u202eevil\u0000',
  '</pre></code></li></ol></main><base href="http://attacker.example/">',
  '<meta http-equiv="refresh" content="0;url=http://attacker.example/">',
].join(' ')

export function hostileRun(): Run {
  const run = sharedJarRun()
  const users = [
    { name: `eve ${HOSTILE}`, colour: HOSTILE },
    { name: 'bob', colour: 'green' },
  ]
  const [eve = '', bob = ''] = users.map(({ name }) => name)
  const body = `{"note":${JSON.stringify(HOSTILE)},"username":"bob"}`
  const call = (n: number, outcome: CallOutcome, user: string): RunCall => ({
    n,
    phase: HOSTILE,
    user,
    method: `GET${HOSTILE}`,
    path: `/${HOSTILE}`,
    startMs: n * 20,
    endMs: n * 20 + 9,
    status: 200,
    outcome,
    ...(outcome === 'foreign' && { owner: user === bob ? eve : bob }),
    ...(outcome === 'foreign' && {
      marks: [
        ...marksOf(body, 'bob'),
        { owner: HOSTILE, in: 'body', at: -5, length: 1e9 },
        { owner: 'bob', in: 'header', at: 3, length: 40 },
        { owner: 'bob', in: 'set-cookie', at: Number.NaN, length: 4 },
      ] satisfies readonly Mark[],
    }),
    request: { headers: [`x-${HOSTILE}`, HOSTILE], body: HOSTILE, cut: true },
    response: { headers: ['set-cookie', HOSTILE, HOSTILE, HOSTILE, 'odd'], body, cut: true },
  })
  return {
    ...run,
    target: HOSTILE,
    startedAt: Number.NaN,
    users,
    phases: [{ name: HOSTILE, title: HOSTILE, startMs: 0, endMs: 300 }],
    calls: [
      call(0, 'own', eve),
      call(1, 'own', bob),
      call(2, 'foreign', eve),
      call(3, 'thrown_out', bob),
      call(4, 'failed', 'nobody <b>known</b>'),
    ],
    verdict: {
      ...run.verdict,
      sentence: `LEAK: ${HOSTILE}`,
      explanation: HOSTILE,
      history: { steps: [HOSTILE, HOSTILE, HOSTILE], curl: HOSTILE },
    },
  }
}

/** A shared jar of any size with bodies as long as they may be, no two alike. */
export function hugeRun(count: number): Run {
  const dice = openDice(23)
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/é漢'
  const noise = (length: number): string =>
    Array.from({ length }, () => letters.charAt(dice.roll(letters.length))).join('')
  const run = cleanRun(count, 20)
  const calls = run.calls.map((call): RunCall => {
    const path = `/${noise(60)}`
    if (call.n % 4 > 0) return { ...call, path }
    const owner = (run.users[(call.n / 4) % 20] as RunUser).name
    const body = owner + noise(4096 - owner.length)
    const marks = [{ owner, in: 'body', at: 0, length: owner.length }] as const
    return { ...call, path, outcome: 'foreign', owner, marks, response: message(body) }
  })
  return { ...run, calls, verdict: { ...sharedJarRun().verdict, answers: count } }
}

/** A replay: one answer is somebody else's, three are not as recorded, two were wrong then and are right, five are fine. */
export function replayRun(): Run {
  const own = (n: number, user: string, path = '/api/user'): RunCall => ({
    ...{ n, phase: 'replay', user, method: 'GET', path, startMs: n * 20, endMs: n * 20 + 12 },
    ...{ status: 200, outcome: 'own', request: asking(user) },
    response: message(profileBody(user)),
  })
  const broken = (n: number): RunCall => ({
    ...own(n, 'alice', '/api/orders'),
    ...{ status: 500, outcome: 'plain', response: message('{"error":"boom"}') },
    differences: ['status 200 → 500', 'content type application/json → text/html'],
    recorded: { status: 200, outcome: 'plain', response: message('{"orders":[1,2]}') },
  })
  const mended = (n: number): RunCall => {
    const body = profileBody('bob')
    const wrong = { owner: 'bob', marks: marksOf(body, 'bob'), response: message(body) }
    return {
      ...own(n, 'alice'),
      mended: true,
      recorded: { status: 200, outcome: 'foreign', ...wrong },
    }
  }
  const body = profileBody('alice')
  const foreign: RunCall = {
    ...own(10, 'bob'),
    ...{ outcome: 'foreign', owner: 'alice', marks: marksOf(body, 'alice') },
    response: message(body),
  }
  const calls = [
    ...[0, 1, 2, 3, 4].map((n) => own(n, n % 2 === 0 ? 'alice' : 'bob')),
    ...[5, 6, 7].map(broken),
    ...[8, 9].map(mended),
    foreign,
  ]
  const [alice, bob] = PEOPLE as [RunUser, RunUser]
  return {
    ...{ version: 1, kind: 'replay', target: 'http://localhost:3000', seed: 0, pace: 'order' },
    startedAt: STARTED_AT,
    users: [alice, bob, { name: 'nobody', colour: 'gray', isNobody: true }],
    phases: [{ name: 'replay', title: 'Replay', startMs: 0, endMs: 260 }],
    calls,
    verdict: {
      ...{ outcome: 'leak', leaks: 1, thrownOut: 0, verified: 7, answers: 11 },
      sentence:
        'LEAK: 1 of 11 answers belonged to someone else. 2 others were wrong when they were recorded, and are right.',
      explanation: 'Not as recorded: alice GET /api/orders: status 200 → 500 (3 times).',
    },
  }
}
