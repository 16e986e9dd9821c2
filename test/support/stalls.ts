// Tells a slow gateway from a busy machine: how long this process itself stood still.
import { monitorEventLoopDelay } from 'node:perf_hooks'

export function watchStalls() {
  const stalls = monitorEventLoopDelay({ resolution: 5 })
  stalls.enable()
  return {
    /** Milliseconds of the longest one. */
    get maxMs() {
      return stalls.max / 1e6
    },
    [Symbol.dispose]: () => void stalls.disable(),
  }
}

/** `ms`: without the longest time in which this process stood still meanwhile. */
export async function timed<T>(call: () => Promise<T>): Promise<{ answer: T; ms: number }> {
  using stalls = watchStalls()
  const since = performance.now()
  const answer = await call()
  return { answer, ms: Math.max(0, performance.now() - since - stalls.maxMs) }
}
