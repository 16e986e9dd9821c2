// Lets requests through one by one where a rate is set.
import { type Clock, pause } from '../../lib/clock.ts'

/** `perSecond` absent: at once. */
export function createPace(perSecond: number | undefined, clock: Clock): () => Promise<void> {
  if (perSecond === undefined) return () => Promise.resolve()
  let next = clock.now()
  return () => {
    const now = clock.now()
    const at = Math.max(now, next)
    next = at + 1000 / perSecond
    if (at - now < 1) return Promise.resolve()
    return pause(clock, at - now)
  }
}
