// A run made ready for its lanes, once: who has which lane, calls by when they ended, and where foreign answers come from. Pure.
import type { Run, RunCall, RunPhase, RunUser } from '../../qa/run.ts'
import type { View } from './view.ts'

export type LanesSource = Pick<Run, 'users' | 'phases' | 'calls'>

export interface LaneCall {
  readonly call: RunCall
  readonly lane: number
  /** Of a foreign answer: its owner's lane, and the last call that had ended there in the same phase. */
  readonly from?: { readonly lane: number; readonly call?: RunCall }
}

export interface LanesRun {
  readonly users: readonly RunUser[]
  readonly phases: readonly RunPhase[]
  /** By `endMs`. */
  readonly calls: readonly LaneCall[]
  readonly whole: View
}

/** Somebody who calls and is not among the users has a lane below theirs. */
export function readyLanes({ users, phases, calls }: LanesSource): LanesRun {
  const everybody = [...users]
  const laneOf = new Map(users.map(({ name }, lane) => [name, lane]))
  const laneFor = (name: string): number => {
    const known = laneOf.get(name)
    if (known !== undefined) return known
    laneOf.set(name, everybody.push({ name, colour: '' }) - 1)
    return everybody.length - 1
  }

  const lastOf = new Map<number, RunCall>()
  const byEnd = calls.toSorted((a, b) => a.endMs - b.endMs || a.n - b.n)
  const ready = byEnd.map((call): LaneCall => {
    const lane = laneFor(call.user)
    lastOf.set(lane, call)
    const owner = call.owner === undefined ? undefined : laneOf.get(call.owner)
    if (call.outcome !== 'foreign' || owner === undefined || owner === lane) return { call, lane }
    const last = lastOf.get(owner)
    const from = last?.phase === call.phase ? { lane: owner, call: last } : { lane: owner }
    return { call, lane, from }
  })
  return { users: everybody, phases, calls: ready, whole: wholeOf(phases, calls) }
}

/** From the first moment to the last, with a little room. */
function wholeOf(phases: readonly RunPhase[], calls: readonly RunCall[]): View {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { startMs, endMs } of [...phases, ...calls]) {
    from = Math.min(from, startMs)
    to = Math.max(to, endMs)
  }
  if (from > to) return { from: 0, to: 1000 }
  const room = Math.max((to - from) * 0.01, 1)
  return { from: Math.min(0, from) - room, to: to + room }
}
