// What the observations of a run say about the service: whose answers came when, next to whom. Pure.
import { SOMEBODY } from '../run.ts'
import { isNobody } from './knowledge.ts'
import type { Observation } from './step.ts'

/** Whose data an answer carried; `undefined` where it carried nobody's. */
export function answerOwner({ outcome, owner, step }: Observation): string | undefined {
  if (outcome === 'foreign') return owner
  return outcome === 'own' ? step.user : undefined
}

export function hasCookie({ marks }: Observation): boolean {
  return marks.some((mark) => mark.in === 'set-cookie')
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
