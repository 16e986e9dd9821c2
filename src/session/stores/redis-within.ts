// A promise that has so long and no longer.
import type { Clock } from '../../lib/clock.ts'
import { TimeoutError } from './redis-failure.ts'

/**
 * Rejects with a TimeoutError after `ms`, however `work` ends then. Where the process itself was held up, what
 * arrived meanwhile is read first.
 */
export function within<T>(timer: Clock, ms: number, work: Promise<T>, told = ms): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = timer.after(Math.max(0, ms), () => {
      setImmediate(() => setImmediate(() => reject(new TimeoutError(told))))
    })
    work.then(
      (value) => {
        cancel()
        resolve(value)
      },
      (error: unknown) => {
        cancel()
        reject(error)
      },
    )
  })
}
