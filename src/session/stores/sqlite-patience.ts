// Waiting for other processes, at an even pace: SQLite's own waiting grows to a tenth of a second a step, and whoever
// waits so long between two looks may never find a busy database free.
import { failureOf, isBusy } from './sqlite-failure.ts'

/** How long a write waits for other processes before it gives up. */
export const PATIENCE_MS = 2000

const STEP_MS = 1

/** Tries until nobody else is in the way. Blocks its thread: for the one that writes only. */
export function patiently<T>(attempt: () => T): T {
  const nothing = new Int32Array(new SharedArrayBuffer(4))
  for (let waited = 0; ; waited += STEP_MS) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(failureOf(error)) || waited >= PATIENCE_MS) throw error
      Atomics.wait(nothing, 0, 0, STEP_MS)
    }
  }
}
