// A clock that goes on as the machine's does, but for the moments in which everything stood still.
import type { Clock } from '../../src/lib/clock.ts'
import { manualClock } from './clock.ts'

/** Of a stall so much counts, ms; what shares the clock and this process sees none that is longer. */
const MOST_MS = 5

export interface SteadyClock extends Clock, Disposable {}

export function startSteadyClock(): SteadyClock {
  const clock = manualClock(Date.now())
  let before = performance.now()
  const ticking = setInterval(() => {
    const wholeMs = Math.floor(performance.now() - before)
    before += wholeMs
    clock.advance(Math.min(wholeMs, MOST_MS))
  }, 1)
  return {
    now: clock.now,
    after: clock.after,
    [Symbol.dispose]: () => clearInterval(ticking),
  }
}
