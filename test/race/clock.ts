// One time for all simulated processes; each keeps its own timers, and a timer that is due runs when the scheduler says so.
import type { Clock } from '../../src/lib/clock.ts'

export interface Timer {
  readonly id: number
  readonly at: number
  readonly work: () => void
}

export interface ProcessClock extends Clock {
  /** Those set and neither run nor cancelled, earliest first. */
  timers(): Timer[]
  run(timer: Timer): void
}

export function createProcessClock(now: () => number): ProcessClock {
  const timers = new Set<Timer>()
  let count = 0
  return {
    now,
    after(ms, work) {
      const timer = { id: count++, at: now() + Math.max(0, ms), work }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    timers: () => [...timers].sort((a, b) => a.at - b.at || a.id - b.id),
    run(timer) {
      timers.delete(timer)
      timer.work()
    },
  }
}
