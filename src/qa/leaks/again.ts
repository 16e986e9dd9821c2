// Does a history show it again, by itself? Tried a few times, so that neither luck nor what earlier tries left passes.
import type { Clock } from '../../lib/clock.ts'
import { SOMEBODY } from './judge.ts'
import type { Batch, Observation } from './step.ts'

export interface Tally {
  readonly batches: readonly Batch[]
  readonly shown: number
  readonly tries: number
  /** What was seen the last time that it showed itself. */
  readonly seen: readonly Observation[]
}

export interface AgainOptions {
  readonly clock: Clock
  readonly isLate: () => boolean
  /** Does it with sessions and connections of its own; `undefined` where it did not show. */
  readonly shows: (batches: readonly Batch[]) => Promise<readonly Observation[] | undefined>
}

/** So long a service has to forget: connections that nobody uses, short-lived caches. After a miss, twice as long. */
const PAUSE_MS = 300
const MOST_DOUBLINGS = 2
const TRIES = 3
const ENOUGH = 2

export function isReproducible({ shown, tries }: Tally): boolean {
  return shown >= ENOUGH && shown * TRIES >= tries * ENOUGH
}

/** Adds three tries to those that there were; fewer where it is late. */
export async function tryAgain(before: Tally, options: AgainOptions): Promise<Tally> {
  const { clock, isLate, shows } = options
  let tally = before
  for (let n = 0; n < TRIES && !isLate(); n++) {
    const { shown, tries } = tally
    await pause(clock, tries - shown)
    const seen = await shows(tally.batches)
    tally = { ...tally, tries: tries + 1, ...(seen ? { shown: shown + 1, seen } : {}) }
  }
  return tally
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

export function pause(clock: Clock, misses = 0): Promise<void> {
  return new Promise((resolve) => {
    clock.after(PAUSE_MS * 2 ** Math.min(misses, MOST_DOUBLINGS), resolve)
  })
}
