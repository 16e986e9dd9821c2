// What was asked and answered in the calls of the last minute, redacted as in a recording. Nothing is kept unless
// somebody watches.
import type { Clock } from '../lib/clock.ts'
import type { CallSeen, Observers } from '../proxy/observe.ts'
import { KEPT_MS } from './timeline.ts'

export interface CallDetails {
  /** Keeps what passes from here on; the returned function stops that, a minute later. */
  watch(): () => void
  /** One HAR entry as JSON; undefined where it was not kept. */
  of(requestId: string): string | undefined
  /** By request id, oldest first. */
  all(): ReadonlyMap<string, string>
}

export interface CallDetailsOptions {
  readonly observers: Observers
  readonly clock: Clock
  readonly bodyBytes: number
  /** A call as a HAR entry without a secret in it. */
  readonly lineOf: (seen: CallSeen) => string
  /** A call could not be written down. */
  readonly failed: (error: unknown) => void
}

const MOST = 1000

export function createCallDetails(options: CallDetailsOptions): CallDetails {
  const { observers, clock, bodyBytes, lineOf, failed } = options
  const kept = new Map<string, { readonly line: string; readonly endedAt: number }>()
  let watchers = 0
  let stay = () => {}
  let leave: (() => void) | undefined

  function forgetOld(): void {
    const since = clock.now() - KEPT_MS
    for (const [id, { endedAt }] of kept) {
      if (endedAt > since && kept.size <= MOST) break
      kept.delete(id)
    }
  }

  function begin(): void {
    leave ??= observers.add({
      // One more than is kept shows that there was more.
      bodyBytes: bodyBytes + 1,
      call(seen) {
        try {
          kept.set(seen.requestId, { line: lineOf(seen), endedAt: seen.endedAt })
        } catch (error) {
          failed(error)
        }
        forgetOld()
      },
    })
  }

  function endUnlessWatched(): void {
    if (watchers > 0) return
    leave?.()
    leave = undefined
    kept.clear()
  }

  return {
    watch() {
      watchers++
      begin()
      return () => {
        watchers--
        stay()
        // A page that is loaded anew finds what it had.
        stay = clock.after(KEPT_MS, endUnlessWatched)
      }
    },
    of(requestId) {
      forgetOld()
      return kept.get(requestId)?.line
    },
    all() {
      forgetOld()
      return new Map(Array.from(kept, ([id, { line }]) => [id, line]))
    },
  }
}
