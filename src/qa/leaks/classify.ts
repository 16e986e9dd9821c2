// Which kind of bug shows itself like this? Decided by what was observed, never by how the service is made. Pure.
import type { BugClass } from '../run.ts'
import {
  answerOwner,
  areOfTheLast,
  companyOf,
  hasCookie,
  onOneConnection,
  pathsOf,
  repeatedIn,
  stuckIn,
  usersIn,
} from './evidence.ts'
import { isNobody } from './knowledge.ts'
import { type Observation, STRANGER, VISITOR } from './step.ts'

/** What each kind means, in a few words. */
export const explanations: Readonly<Record<BugClass, string>> = {
  'shared-jar': 'Shared jar: the last sign-in wins.',
  'leaked-default-header':
    'Leaked default header: who brings no credential of their own gets those of the last sign-in.',
  'cached-set-cookie': "Cached Set-Cookie: one user's session cookie is handed to the next.",
  'cached-answer': 'Cached answer: what the first one was answered is handed to whoever asks next.',
  'request-race':
    "Request race: all is well until two ask at the same time; then one gets the other's answer.",
  'desynchronised-responses':
    'Desynchronised responses: after somebody left early, each answer goes to the next one who asks.',
  'session-fixation':
    'Session fixation: a session that was known before the sign-in is signed in after it.',
  'per-process-memory': 'Per-process memory: a session is known to one process only.',
  'connection-bound':
    'Connection-bound: the identity sticks to a keep-alive connection, whoever uses it next.',
  'single-session': 'One session at a time: a sign-in ends those of everybody else.',
  unknown: 'The history fits none of the kinds that can be told apart.',
}

interface Sights {
  readonly seen: readonly Observation[]
  /** Never empty. */
  readonly foreign: readonly Observation[]
  /** Those of them that users got, and those that somebody without a sign-in got. */
  readonly users: readonly Observation[]
  readonly nobodys: readonly Observation[]
}

/** `undefined` where nothing was wrong. */
export function classify(seen: readonly Observation[]): BugClass | undefined {
  const foreign = seen.filter(({ outcome }) => outcome === 'foreign')
  const thrown = seen.filter(({ outcome }) => outcome === 'thrown_out')
  if (foreign.length === 0) return thrown.length === 0 ? undefined : ofThrownOut(seen, thrown)
  const users = foreign.filter(({ step }) => !isNobody(step.user))
  const nobodys = foreign.filter(({ step }) => isNobody(step.user))
  return KINDS.find(([, fits]) => fits({ seen, foreign, users, nobodys }))?.[0] ?? 'unknown'
}

/** The first that fits. Each asks for what no other bug is likely to show: what fits none is better called unknown. */
const KINDS: ReadonlyArray<readonly [BugClass, (sights: Sights) => boolean]> = [
  ['desynchronised-responses', isDesynchronised],
  ['connection-bound', isConnectionBound],
  ['request-race', isRace],
  ['cached-set-cookie', handsOutCookies],
  ['session-fixation', isFixation],
  ['leaked-default-header', isDefaultHeader],
  ['shared-jar', isSharedJar],
  ['cached-answer', isCachedAnswer],
]

/** Less likely is not taken for chance. */
const UNLIKELY = 0.01
const MOST = 0.8
const NEARLY_ALL = 0.9

/** Were this bug as frequent where it did not show, would it have shown there too? */
function tells(foreign: number, where: number, elsewhere: number): boolean {
  return (1 - foreign / where) ** elsewhere <= UNLIKELY
}

function isDesynchronised({ seen, foreign }: Sights): boolean {
  const asked = seen.filter((one) => answerOwner(one) !== undefined)
  const after = asked.filter(({ afterLeave }) => afterLeave).length
  return (
    foreign.every(({ afterLeave }) => afterLeave) &&
    tells(foreign.length, after, asked.length - after)
  )
}

/** Nowhere but where requests of several users share a connection, and there one owner follows on himself. */
function isConnectionBound({ seen, foreign }: Sights): boolean {
  const asked = seen.filter((one) => answerOwner(one) !== undefined)
  const shared = onOneConnection(asked)
  const stuck = stuckIn(shared)
  return (
    foreign.every((one) => shared.includes(one)) &&
    foreign.length >= shared.length * LEAST_STUCK &&
    foreign.filter((one) => stuck.has(one)).length >= foreign.length * MOST &&
    tells(foreign.length, shared.length, asked.length - shared.length)
  )
}

/** Of two users who share a connection, every other answer would be wrong. */
const LEAST_STUCK = 0.25

function isRace({ seen, foreign }: Sights): boolean {
  const { besides, isAlone } = companyOf(seen)
  if (!foreign.every((one) => besides(one).has(one.owner ?? ''))) return false
  const wrong = pathsOf(foreign)
  const asked = seen.filter((one) => wrong.has(one.path) && answerOwner(one) !== undefined)
  const alone = asked.filter(isAlone).length
  return tells(foreign.length, asked.length - alone, alone)
}

/** Not next to a sign-in of the one whose cookie it is: those can be mixed up without any cache. */
function handsOutCookies({ seen, users }: Sights): boolean {
  const { besides } = companyOf(seen)
  return users.some((one) => hasCookie(one) && !besides(one).has(one.owner ?? ''))
}

/** Whoever came with nothing at all got nothing: it was the session that gave it away. */
function isFixation({ users, nobodys }: Sights): boolean {
  return users.length === 0 && nobodys.every(({ step }) => step.user === VISITOR)
}

/** Without a credential, the last sign-in stands in; where users send their own, everybody is right. */
function isDefaultHeader(sights: Sights): boolean {
  const { seen, users, nobodys } = sights
  if (!areOfTheLast(nobodys)) return false
  if (users.length === 0) return new Set(nobodys.map(({ owner }) => owner)).size > 1
  const wrong = pathsOf(users)
  return (
    isSharedJar(sights) && seen.some(({ outcome, path }) => outcome === 'own' && !wrong.has(path))
  )
}

function isSharedJar({ seen, users }: Sights): boolean {
  const wrong = pathsOf(users)
  return areOfTheLast(seen.filter(({ step, path }) => wrong.has(path) && !isNobody(step.user)))
}

/** Every path that is wrong repeats itself, above all where nothing else is under way, and whoever signed in last. */
function isCachedAnswer({ seen, foreign }: Sights): boolean {
  const { isAlone } = companyOf(seen)
  const repeated = repeatedIn(seen)
  const alone = foreign.filter(isAlone)
  const chance = 1 / Math.max(2, usersIn(seen))
  return (
    chance ** alone.length <= UNLIKELY &&
    share(alone, repeated) >= NEARLY_ALL &&
    [...pathsOf(foreign)].every((path) => {
      const here = foreign.filter((one) => one.path === path)
      const isOfTheLast = areOfTheLast(seen.filter((one) => one.path === path))
      return !isOfTheLast && share(here, repeated) >= MOST
    })
  )
}

function share(some: readonly Observation[], of: ReadonlySet<Observation>): number {
  return some.filter((one) => of.has(one)).length / some.length
}

/** Nobody saw anything of others. */
function ofThrownOut(seen: readonly Observation[], thrown: readonly Observation[]): BugClass {
  if (thrown.every(({ afterRestart }) => afterRestart)) return 'per-process-memory'
  const known = thrown.filter(({ lastSignIn }) => lastSignIn !== undefined)
  // Whoever signed in last is in.
  if (known.length > 0 && known.every(({ step, lastSignIn }) => step.user !== lastSignIn)) {
    const others = seen.some(
      ({ outcome, step, lastSignIn }) =>
        outcome === 'own' && lastSignIn !== undefined && lastSignIn !== step.user,
    )
    if (!others) return 'single-session'
  }
  const own = seen.filter(({ outcome }) => outcome === 'own').length
  const isOften = thrown.length >= (thrown.length + own) * LEAST_THROWN
  return isOften && alternates(seen) ? 'per-process-memory' : 'unknown'
}

/** With two processes every other one is wrong; rarer ones have other causes. */
const LEAST_THROWN = 0.2

/** The same user, without anybody signing in between, is in, out, and in again. */
function alternates(seen: readonly Observation[]): boolean {
  const before = new Map<string, { outcome: string; lastSignIn: string | undefined }>()
  let turns = 0
  for (const { step, phase, outcome, lastSignIn } of seen) {
    if (step.do !== 'ask' || (outcome !== 'own' && outcome !== 'thrown_out')) continue
    const key = `${phase} ${step.user}`
    const last = before.get(key)
    if (last && last.outcome !== outcome && last.lastSignIn === lastSignIn) turns++
    before.set(key, { outcome, lastSignIn })
  }
  return turns >= 2
}

/**
 * What kind it is after all, where its history has nothing at the same time: `seen` is that history. A race needs two;
 * an answer that its owner asked for before somebody signed in and got it was kept.
 */
export function withoutCompany(bug: BugClass, seen: readonly Observation[]): BugClass {
  const { isAlone } = companyOf(seen)
  if (bug !== 'request-race' || !seen.every(isAlone)) return bug
  const isKept = seen.some((one, at) => {
    const before = seen.slice(0, at)
    const isOwners = (other: Observation) =>
      other.path === one.path && other.step.user === one.owner && other.outcome === 'own'
    return one.outcome === 'foreign' && before.some(isOwners) && one.lastSignIn !== one.owner
  })
  return isKept ? 'cached-answer' : 'unknown'
}

/** A history that was tried, and what that says of its kind. */
export interface Shown {
  readonly seen: readonly Observation[]
  /** What it does at the same time shows nothing when it is done in turn. */
  readonly isOnlyTogether: boolean
}

/** What a run alone did not tell: a visitor comes seldom, and a race may be rare. `seen`: of the whole run. */
export function withHistoryOf(bug: BugClass, shown: Shown, seen: readonly Observation[]): BugClass {
  const kind = withoutCompany(bug, shown.seen)
  if (kind !== 'unknown') return kind
  const foreign = seen.filter(({ outcome }) => outcome === 'foreign')
  if (foreign.length === 0) return kind
  const { besides } = companyOf(seen)
  if (shown.isOnlyTogether && foreign.every((one) => besides(one).has(one.owner ?? ''))) {
    return 'request-race'
  }
  return showsDefault(shown.seen, foreign, seen) ? 'leaked-default-header' : kind
}

/** Somebody who brings nothing gets what is the last sign-in's, and nobody had asked for that; users get their own. */
function showsDefault(
  history: readonly Observation[],
  foreign: readonly Observation[],
  seen: readonly Observation[],
): boolean {
  const wrong = pathsOf(foreign)
  const isRight = seen.some(({ outcome, path }) => outcome === 'own' && wrong.has(path))
  const [first, ...more] = history.filter(({ step }) => step.do !== 'sign-in')
  const last = history.findLast(({ step }) => step.do === 'sign-in')
  return (
    isRight &&
    foreign.every(({ step }) => step.user === STRANGER) &&
    more.length === 0 &&
    first?.outcome === 'foreign' &&
    first.owner === last?.step.user
  )
}
