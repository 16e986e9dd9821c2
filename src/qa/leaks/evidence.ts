// What the observations of a run say about the service: whose answers came when, next to whom. Pure.
import { SOMEBODY } from '../run.ts'
import { isNobody } from './knowledge.ts'
import { COOKIE } from './sight.ts'
import type { Observation } from './step.ts'

/** Whose data an answer carried; `undefined` where it carried nobody's. */
export function answerOwner({ outcome, owner, step }: Observation): string | undefined {
  if (outcome === 'foreign') return owner
  return outcome === 'own' ? step.user : undefined
}

/** Somebody else's session cookie, not whatever else a Set-Cookie may hold. */
export function hasCookie({ marks, sight }: Observation): boolean {
  return marks.some((mark) => mark.in === 'set-cookie') && (sight?.what ?? COOKIE) === COOKIE
}

export function pathsOf(seen: readonly Observation[]): ReadonlySet<string> {
  return new Set(seen.map(({ path }) => path))
}

export interface Company {
  /** Everybody else whose requests may have been under way with this one. */
  besides(one: Observation): ReadonlySet<string>
  /** No other request was. */
  isAlone(one: Observation): boolean
}

/** By batches: only what is asked in one batch overlaps, but for whoever left, whose request may go on for a while. */
export function companyOf(seen: readonly Observation[]): Company {
  const batches = Map.groupBy(seen, ({ phase, batch }) => keyOf(phase, batch))
  const askers = new Map([...batches].map(([key, all]) => [key, new Set(all.map(userOf))]))
  const leavers = new Map(
    [...batches].map(([key, all]) => [
      key,
      new Set(all.filter(({ step }) => step.do === 'leave').map(userOf)),
    ]),
  )
  const none: ReadonlySet<string> = new Set()
  const before = ({ phase, batch }: Observation) => leavers.get(keyOf(phase, batch - 1)) ?? none
  return {
    besides: (one) =>
      new Set([...(askers.get(keyOf(one.phase, one.batch)) ?? none), ...before(one)]),
    isAlone: (one) =>
      batches.get(keyOf(one.phase, one.batch))?.length === 1 && before(one).size === 0,
  }
}

/**
 * Were all of these answers, at whatever path, those of whoever had signed in last? Where nobody knows who that was,
 * they must be those of one and the same.
 */
export function areOfTheLast(answers: readonly Observation[]): boolean {
  const phases = new Map<string, string>()
  let differing = 0
  for (const one of answers) {
    const owner = answerOwner(one)
    if (owner === undefined) continue
    const last = one.lastSignIn ?? phases.get(one.phase) ?? owner
    if (owner !== last) return false
    if (one.lastSignIn === undefined) phases.set(one.phase, last)
    else if (one.step.user !== last) differing++
  }
  return differing > 0
}

/**
 * Of these, the foreign answers that were whoever's the answer before was at that path: as if it went on answering with
 * the same one's data, until somebody's own takes its place.
 */
export function repeatedIn(seen: readonly Observation[]): ReadonlySet<Observation> {
  const before = new Map<string, string>()
  const repeated = new Set<Observation>()
  for (const one of seen.toSorted((a, b) => a.startMs - b.startMs)) {
    const owner = answerOwner(one)
    if (owner === undefined) continue
    if (one.outcome === 'foreign' && before.get(one.path) === owner) repeated.add(one)
    before.set(one.path, owner)
  }
  return repeated
}

/** What is asked on the one connection that all share. */
export function onOneConnection(seen: readonly Observation[]): Observation[] {
  return seen.filter(({ step }) => step.do === 'ask' && step.via === 'shared')
}

/** Of answers that came one after another, those that were whose the one before was, in the same phase. */
export function stuckIn(seen: readonly Observation[]): ReadonlySet<Observation> {
  return new Set(
    seen.filter((one, at) => {
      const before = seen[at - 1]
      const owner = answerOwner(one)
      return before?.phase === one.phase && owner !== undefined && answerOwner(before) === owner
    }),
  )
}

/** Who signed out, or else signed in, last before this: whose doing it may be that somebody is thrown out. */
export function culpritOf(one: Observation, seen: readonly Observation[]): string | undefined {
  const before = seen.filter(
    ({ phase, batch, step }) =>
      phase === one.phase && batch < one.batch && step.user !== one.step.user,
  )
  const last = before.findLast(({ step }) => step.do === 'sign-out' || step.do === 'sign-in')
  return last?.step.user
}

/**
 * Whose data this answer has had signed in before, in this very history: then it is not left over from another one, and
 * whoever reads it sees where the data came from.
 */
export function isOwnerIn(
  history: readonly Observation[],
  { owner = SOMEBODY, batch }: Observation,
): boolean {
  return (
    owner === SOMEBODY ||
    history.some(
      (one) => one.step.do === 'sign-in' && one.step.user === owner && one.batch <= batch,
    )
  )
}

export function usersIn(seen: readonly Observation[]): number {
  return new Set(seen.map(userOf).filter((name) => !isNobody(name))).size
}

function userOf({ step }: Observation): string {
  return step.user
}

function keyOf(phase: string, batch: number): string {
  return `${phase} ${batch}`
}
