// Tells of a store's outages: once when one begins, once when it gets worse, once when it has been over for a while.
import type { Clock } from '../../lib/clock.ts'

export interface StoreGuardEvents {
  /** Calls fail: those that write, or all. */
  outageBegan(lost: Lost, cause: unknown): void
  /** It took so long, and has not come again for a second. */
  outageEnded(ms: number): void
}

export type Lost = 'writes' | 'everything'

const OVER_MS = 1000

/** `look`: what cannot be done at the moment, and why; the function is called whenever that may have changed. */
export function createTeller(
  clock: Clock,
  events: StoreGuardEvents,
  look: () => { lost: Lost; cause: unknown } | undefined,
) {
  let told: { lost: Lost; since: number } | undefined
  let cancel = () => {}
  let stopped = false
  function tell(): void {
    if (stopped) return
    const now = look()
    cancel()
    if (now) {
      if (told?.lost === 'everything' || told?.lost === now.lost) return
      told = { lost: now.lost, since: told?.since ?? clock.now() }
      events.outageBegan(now.lost, now.cause)
    } else if (told) {
      const ms = clock.now() - told.since
      cancel = clock.after(OVER_MS, () => {
        told = undefined
        events.outageEnded(ms)
      })
    }
  }
  const stop = () => {
    stopped = true
    cancel()
  }
  return Object.assign(tell, { stop })
}
