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
  /** Epoch ms: no pause goes on after it. */
  readonly until: number
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
  const { clock, until, shows } = options
  let tried = before
  for (let n = 0; n < TRIES; n++) {
    const { shown, tries } = tried
    await pauseBetween(clock, until, 2 ** Math.min(tries - shown, MOST_DOUBLINGS))
    // What has no time to show itself says nothing.
    if (clock.now() >= until) break
    const seen = await shows(tried.batches)
    tried = { ...tried, tries: tries + 1, ...(seen ? { shown: shown + 1, seen } : {}) }
  }
  return tried
}

/** As long as a service needs to forget, or so many times as long; no later than `until`, in epoch ms. */
export function pauseBetween(clock: Clock, until: number, times = 1): Promise<void> {
  return pause(clock, Math.max(0, Math.min(PAUSE_MS * times, until - clock.now())))
}
