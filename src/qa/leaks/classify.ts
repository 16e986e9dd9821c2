// Which kind of bug shows itself like this? Decided by what was observed, never by how the service is made. Pure.
import type { BugClass } from '../run.ts'
import { ofThrownOut } from './classify-thrown-out.ts'
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
import { type Observation, VISITOR } from './step.ts'

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
