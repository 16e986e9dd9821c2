// From one call to the next, as arrow keys go: along a lane, and to the lane above or below. Pure.
import type { LaneCall } from './lanes-run.ts'

export type Step = 'next' | 'previous' | 'up' | 'down' | 'first' | 'last'

/** `calls` are by time. From nowhere, the first; at an end, it stays. */
export function walk(
  calls: readonly LaneCall[],
  from: LaneCall | undefined,
  step: Step,
): LaneCall | undefined {
  if (step === 'first') return calls[0]
  if (step === 'last') return calls.at(-1)
  const at = from ? calls.indexOf(from) : -1
  if (from === undefined || at < 0) return calls[0]
  if (step === 'next' || step === 'previous') {
    const way = step === 'next' ? 1 : -1
    for (let n = at + way; calls[n]; n += way) if (calls[n]?.lane === from.lane) return calls[n]
    return from
  }
  const way = step === 'down' ? 1 : -1
  // A lane without calls is stepped over.
  const lane = calls.reduce<number | undefined>((best, one) => {
    const away = (one.lane - from.lane) * way
    const isNearer = best === undefined || away < (best - from.lane) * way
    return away > 0 && isNearer ? one.lane : best
  }, undefined)
  return lane === undefined ? from : (nearest(calls, lane, from.call.endMs) ?? from)
}

/** The next foreign answer in time, around the end too. */
export function nextForeign(
  calls: readonly LaneCall[],
  from: LaneCall | undefined,
  way: 1 | -1 = 1,
): LaneCall | undefined {
  const foreign = calls.filter(({ call }) => call.outcome === 'foreign')
  const at = from ? foreign.indexOf(from) : -1
  if (at >= 0) return foreign.at((at + way) % foreign.length)
  const end = from?.call.endMs ?? Number.NEGATIVE_INFINITY
  if (way === 1) return foreign.find(({ call }) => call.endMs >= end) ?? foreign[0]
  return foreign.findLast(({ call }) => call.endMs <= end) ?? foreign.at(-1)
}

function nearest(calls: readonly LaneCall[], lane: number, ms: number): LaneCall | undefined {
  let best: LaneCall | undefined
  for (const one of calls) {
    if (one.lane !== lane) continue
    if (!best || Math.abs(one.call.endMs - ms) < Math.abs(best.call.endMs - ms)) best = one
  }
  return best
}
