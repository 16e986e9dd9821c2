// Which kind of bug is it after all, by the shortest history that shows it? Pure.
import type { BugClass } from '../run.ts'
import { companyOf, pathsOf } from './evidence.ts'
import { type Observation, STRANGER } from './step.ts'

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
