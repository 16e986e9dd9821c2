// How long to wait before the gateway is asked again. Pure.
import type { Problem } from './problem.ts'
import type { SessionState } from './state.ts'

export interface Pace {
  readonly pollMs: number
  readonly endingMs: number
}

const FIRST_RETRY_MS = 1000
export const LONGEST_MS = 300_000

/** Milliseconds from the last answer to the next question. `now`: by the gateway's clock. */
export function waitAfter(state: SessionState, now: number, { pollMs, endingMs }: Pace): number {
  if (!state.session) return pollMs
  const left = Math.min(state.session.idleAt, state.session.endsAt) - now
  // Once when the end comes in sight, once when it is there; the two clocks need not agree, so never at once.
  const soon = left > endingMs ? left - endingMs : left
  return Math.min(pollMs, Math.max(soon, FIRST_RETRY_MS))
}

/** After so many `failures` in a row, the last of which was `problem`. */
export function waitAfterFailure(
  { retryAfter = 0 }: Problem,
  failures: number,
  { pollMs }: Pace,
): number {
  const doubling = Math.min(pollMs, FIRST_RETRY_MS * 2 ** failures)
  return Math.min(LONGEST_MS, Math.max(doubling, retryAfter * 1000))
}
