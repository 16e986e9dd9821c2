// How long requests took of late, and what is usual. Pure.
import type { Observation } from './step.ts'

/** So many of the last are looked at. */
const TIMES = 200

/** What a quarter of them stay below; 0 of none. */
export function usual(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 2] ?? 0
}

/** Adds to `times`; the oldest are forgotten. */
export function addTime(times: number[], ms: number): void {
  times.push(ms)
  if (times.length > TIMES) times.shift()
}

/** What a batch takes, ms, by what was seen: some wait for each other. */
export function batchMs(seen: readonly Observation[]): number {
  const took = seen.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)
  return (1.2 * took) / Math.max(1, seen.length)
}
