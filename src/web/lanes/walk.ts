// From one call to the next, as arrow keys go: along a lane, and to the lane above or below. Pure.
import { type Kind, kindOf } from '../../qa/report/page/words.ts'
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

/** What is looked for: foreign answers; where there are none, what a replay found to be different, or mended. */
export function soughtIn(kinds: Iterable<Kind>): 'foreign' | 'different' | 'mended' | undefined {
  const there = new Set(kinds)
  return (['foreign', 'different', 'mended'] as const).find((kind) => there.has(kind))
}

/** The next of them in time, around the end too. */
export function nextSought(
  calls: readonly LaneCall[],
  from: LaneCall | undefined,
  way: 1 | -1 = 1,
): LaneCall | undefined {
  const kind = soughtIn(calls.map(({ call }) => kindOf(call)))
  const sought = calls.filter(({ call }) => kindOf(call) === kind)
  const at = from ? sought.indexOf(from) : -1
  if (at >= 0) return sought.at((at + way) % sought.length)
  const end = from?.call.endMs ?? Number.NEGATIVE_INFINITY
  if (way === 1) return sought.find(({ call }) => call.endMs >= end) ?? sought[0]
  return sought.findLast(({ call }) => call.endMs <= end) ?? sought.at(-1)
}

function nearest(calls: readonly LaneCall[], lane: number, ms: number): LaneCall | undefined {
  let best: LaneCall | undefined
  for (const one of calls) {
    if (one.lane !== lane) continue
    if (!best || Math.abs(one.call.endMs - ms) < Math.abs(best.call.endMs - ms)) best = one
  }
  return best
}
