// Does a history show it again, by itself? Tried a few times, so that neither luck nor what earlier tries left passes.
import { type Clock, pause } from '../../lib/clock.ts'
import type { Batch, Observation } from './step.ts'

export interface Tried {
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

export function isReproducible({ shown, tries }: Tried): boolean {
  return shown >= ENOUGH && shown * TRIES >= tries * ENOUGH
}

/** Adds three tries to those that there were; fewer where it is late. */
export async function tryAgain(before: Tried, options: AgainOptions): Promise<Tried> {
  const { clock, isLate, shows } = options
  let tried = before
  for (let n = 0; n < TRIES && !isLate(); n++) {
    const { shown, tries } = tried
    await pause(clock, PAUSE_MS * 2 ** Math.min(tries - shown, MOST_DOUBLINGS))
    const seen = await shows(tried.batches)
    tried = { ...tried, tries: tries + 1, ...(seen ? { shown: shown + 1, seen } : {}) }
  }
  return tried
}

/** As long as a service needs to forget. */
export function pauseBetween(clock: Clock): Promise<void> {
  return pause(clock, PAUSE_MS)
}
