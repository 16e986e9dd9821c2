// A clock that moves only when a test says so.
import type { Clock } from '../../src/lib/clock.ts'

export interface ManualClock extends Clock {
  /** Moves on by `ms`; every timer that falls due runs in order, at its own moment, those set on the way included. */
  advance(ms: number): void
  /** Moves on by `ms` at once, like a machine that slept: what fell due meanwhile runs once, in order and late. */
  jump(ms: number): void
}

interface Timer {
  readonly at: number
  readonly work: () => void
}

export function manualClock(start = Date.UTC(2030, 0, 1)): ManualClock {
  let now = start
  // In the order they were set, which decides between timers of one moment.
  const timers = new Set<Timer>()

  function nextDue(until: number, among: Iterable<Timer>): Timer | undefined {
    let next: Timer | undefined
    for (const timer of among) {
      if (timers.has(timer) && timer.at <= until && (!next || timer.at < next.at)) next = timer
    }
    return next
  }

  function runDue(until: number, among: Iterable<Timer>) {
    for (let next = nextDue(until, among); next; next = nextDue(until, among)) {
      timers.delete(next)
      now = Math.max(now, next.at)
      next.work()
    }
  }

  return {
    now: () => now,
    after(ms, work) {
      const timer = { at: now + Math.max(0, ms), work }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advance(ms) {
      const until = now + ms
      runDue(until, timers)
      now = until
    },
    jump(ms) {
      now += ms
      runDue(now, [...timers])
    },
  }
}
