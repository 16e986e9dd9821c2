// A bug is called by its name or not at all: what several kinds could show, and what shows rarely, stays unknown.
import { describe, expect, it } from 'vitest'
import { classify } from '../../../src/qa/leaks/classify.ts'
import { withoutCompany } from '../../../src/qa/leaks/classify-history.ts'
import { createDice, type Dice } from '../../../src/qa/leaks/dice.ts'
import { asks, laterPhases, signIns, visits } from '../../../src/qa/leaks/phases.ts'
import { type Batch, type Observation, STRANGER } from '../../../src/qa/leaks/step.ts'
import type { BugClass } from '../../../src/qa/run.ts'

interface Asked {
  /** `undefined`: never signed in. */
  readonly user: string | undefined
  readonly path: string
  /** Who signed in last; empty where nobody has. */
  readonly last: string
  /** All who ask at the same time, whoever asks included. */
  readonly together: readonly string[]
  readonly others: readonly string[]
  /** 0 to 3. */
  readonly worker: number
  /** Counts the answers. */
  readonly at: number
  /** Whoever was answered last at this path. */
  readonly kept: Map<string, string>
  readonly dice: Dice
}

/** Whose data is answered; `undefined`: nobody's. */
type Service = (asked: Asked) => string | undefined

const other = ({ others, dice }: Asked) => dice.pick(others)
const any = ({ together, dice }: Asked) => dice.pick(together)
const oneIn = (sides: number, { dice }: Asked) => dice.roll(sides) === 0
const keep = (one: Asked, key = one.path) => {
  const owner = one.kept.get(key) ?? one.user
  if (owner !== undefined) one.kept.set(key, owner)
  return owner
}
const isNotes = ({ path }: Asked) => path === '/notes'

/** For who is signed in. */
const inside =
  (service: Service): Service =>
  (one) =>
    one.user === undefined ? undefined : service(one)

const named: ReadonlyArray<readonly [string, BugClass, Service]> = [
  ['a shared jar', 'shared-jar', inside(({ last }) => last)],
  ['a shared jar at one path', 'shared-jar', inside((one) => (isNotes(one) ? one.last : one.user))],
  ['a shared jar that visitors share', 'shared-jar', ({ last }) => last || undefined],
  [
    'a default header that is forgotten at one path',
    'leaked-default-header',
    (one) => (isNotes(one) || one.user === undefined ? one.last : one.user) || undefined,
  ],
  ['a cache before the service', 'cached-answer', (one) => keep(one)],
  ['a cache behind the sign-in', 'cached-answer', inside((one) => keep(one))],
  ['a cache at one path', 'cached-answer', inside((one) => (isNotes(one) ? keep(one) : one.user))],
  [
    'a cache that forgets',
    'cached-answer',
    (one) => {
      if (one.at % 40 === 0) one.kept.clear()
      return keep(one)
    },
  ],
  ['a race', 'request-race', inside(any)],
  ['a race at one path', 'request-race', inside((one) => (isNotes(one) ? any(one) : one.user))],
]

const unnamed: ReadonlyArray<readonly [string, Service]> = [
  ['a shared jar, one answer in twenty', inside((one) => (oneIn(20, one) ? one.last : one.user))],
  ['a shared jar, every other answer', inside((one) => (oneIn(2, one) ? one.last : one.user))],
  [
    'a shared jar in two of four processes',
    inside((one) => (one.worker < 2 ? one.last : one.user)),
  ],
  [
    'a cache in two of four processes',
    inside((one) => (one.worker < 2 ? keep(one, `${one.path} ${one.worker}`) : one.user)),
  ],
  [
    'somebody else, one answer in twenty',
    inside((one) => (oneIn(20, one) ? other(one) : one.user)),
  ],
  [
    'somebody else, one answer in two hundred',
    inside((one) => (oneIn(200, one) ? other(one) : one.user)),
  ],
  ['somebody else, every other answer', inside((one) => (oneIn(2, one) ? other(one) : one.user))],
  [
    'somebody else at one path',
    inside((one) => (isNotes(one) && oneIn(3, one) ? other(one) : one.user)),
  ],
  ['a race and a shared jar', inside((one) => (isNotes(one) ? one.last : any(one)))],
  ['a cache and a shared jar', inside((one) => (isNotes(one) ? keep(one) : one.last))],
  ['a race, one request in fifty', inside((one) => (oneIn(50, one) ? any(one) : one.user))],
  ['nobody, one answer in twenty', inside((one) => (oneIn(20, one) ? undefined : one.user))],
]

const SEEDS = 50
const RARE = 0.06
const CROWDS = [2, 4, 6]

describe.each(CROWDS)('with %i users', (users) => {
  it.each(named)('%s is called %s, or seldom nothing', (_name, bug, service) => {
    const found = Array.from({ length: SEEDS }, (_, seed) => classify(run(service, users, seed)))

    expect(new Set([bug, 'unknown', ...found])).toEqual(new Set([bug, 'unknown']))
    expect(found.filter((one) => one === bug).length).toBeGreaterThanOrEqual(SEEDS * 0.9)
  })

  it.each(unnamed)('%s is hardly ever given a wrong name', (_name, service) => {
    const found = Array.from({ length: SEEDS }, (_, seed) => classify(run(service, users, seed)))

    // Where nothing went wrong at all there is nothing to call.
    const wrong = found.filter((one) => one !== 'unknown' && one !== undefined)
    expect(wrong.length).toBeLessThanOrEqual(SEEDS * RARE)
  })
})

describe('what shows itself in a history without company', () => {
  const step = (user: string, at: number, more: Partial<Observation> = {}): Observation => ({
    step: { do: 'ask', user, path: '/user', via: 'own' },
    phase: 'shrink',
    batch: at,
    method: 'GET',
    path: '/user',
    startMs: at,
    endMs: at,
    status: 200,
    outcome: 'own',
    marks: [],
    signedIn: true,
    lastSignIn: 'bob',
    afterLeave: false,
    afterRestart: false,
    ...more,
  })
  const wrong = { outcome: 'foreign', owner: 'ann' } as const

  it.each<readonly [string, readonly Observation[], BugClass]>([
    [
      'the same answer for whoever comes next',
      [step('ann', 0), step('bob', 1, wrong)],
      'cached-answer',
    ],
    ['nothing of the kind', [step('bob', 0, wrong)], 'unknown'],
    ['two at the same time', [step('ann', 0), step('bob', 0, wrong)], 'request-race'],
  ])('with %s is called accordingly', (_name, seen, bug) => {
    expect(withoutCompany('request-race', seen)).toBe(bug)
    expect(withoutCompany('shared-jar', seen)).toBe('shared-jar')
  })
})

/** What a run would see of such a service. */
function run(service: Service, users: number, seed: number): Observation[] {
  const names = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay'].slice(0, users)
  const dice = createDice(seed)
  const settings = {
    names,
    whoami: { path: '/user', owner: { pointer: '/username' }, is: '{name}' },
    reads: ['/notes'],
    mix: { whoami: 8, reads: 3, visitors: 1 },
    requests: 20,
    signOut: undefined,
    restart: undefined,
  }
  const everywhere = (user: string) =>
    ['/user', '/notes'].map((path) => [{ do: 'ask', user, path, via: 'own' }] as const)
  const first: Batch[] = names.flatMap((name, at) => [
    ...signIns([name]),
    ...everywhere(name),
    asks(settings, [names[at - 1] ?? name]),
    ...visits(settings).map((step) => [step]),
  ])
  const phases = [
    { name: 'first', batches: [...first, ...names.flatMap(everywhere)] },
    ...laterPhases(settings, dice),
  ]
  const kept = new Map<string, string>()
  let [last, at, clock] = ['', 0, 0]
  return phases.flatMap(({ name: phase, batches }) => {
    let known: string | undefined
    let afterLeave = false
    return batches.flatMap((batch, index) => {
      clock += 5
      const together = batch.map(({ user }) => user).filter((user) => user !== STRANGER)
      const entering = batch.filter((step) => step.do === 'sign-in')
      const seen = batch.map((step): Observation => {
        const user = step.user === STRANGER ? undefined : step.user
        const path = 'path' in step ? step.path : '/login'
        const others = names.filter((name) => name !== user)
        const worker = dice.roll(4)
        const asked = { user, path, last, together, others, worker, at: at++, kept, dice }
        const owner = step.do === 'ask' ? service(asked) : undefined
        const outcome =
          step.do !== 'ask' || (owner === undefined && user === undefined)
            ? 'plain'
            : owner === undefined
              ? 'thrown_out'
              : owner === user
                ? 'own'
                : 'foreign'
        return {
          step,
          phase,
          batch: index,
          method: 'GET',
          path,
          startMs: clock,
          endMs: clock + 4,
          status: owner === undefined ? 401 : 200,
          outcome,
          ...(outcome === 'foreign' && owner !== undefined ? { owner } : {}),
          marks: [],
          signedIn: user !== undefined,
          ...(known === undefined ? {} : { lastSignIn: known }),
          afterLeave,
          afterRestart: false,
        }
      })
      if (entering.length > 0) {
        last = dice.pick(entering)?.user ?? ''
        known = entering.length === 1 ? last : undefined
      }
      afterLeave ||= batch.some((step) => step.do === 'leave')
      return seen
    })
  })
}
