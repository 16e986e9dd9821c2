// Time comes in through one door, so a test can move it.

export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Runs `work` once, `ms` from now, unless the returned function is called first. Never keeps the process alive. */
  after(ms: number, work: () => void): () => void
}

/** Resolves `ms` from now. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve))
}

export const systemClock: Clock = {
  now: Date.now,
  after(ms, work) {
    const timer = setTimeout(work, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
