// Lets requests through one by one where a rate is set.
import { type Clock, pause } from '../../lib/clock.ts'

/** `perSecond` absent: at once. `until`, in epoch ms: whoever waits by then waits no longer. */
export function createPace(
  perSecond: number | undefined,
  clock: Clock,
  until = Infinity,
): () => Promise<void> {
  if (perSecond === undefined) return () => Promise.resolve()
  let next = clock.now()
  return () => {
    const now = clock.now()
    const at = Math.max(now, next)
    next = at + 1000 / perSecond
    if (at - now < 1) return Promise.resolve()
    return pause(clock, Math.max(0, Math.min(at, until) - now))
  }
}
