// The lease under which a token set is renewed: kept alive while the work runs, known to be lost in time, let go in the end.
import { type Clock, pause } from '../lib/clock.ts'
import { ANY_RECORD, SESSION_TOPIC, type SessionStore } from '../session/store.ts'

export interface HeldLease {
  /** False from the moment on at which somebody else may hold it: this process slept, or the store was away. */
  readonly holds: boolean
  /** Resolves once it is released; where the store cannot be told, once it has lapsed or `givesUp`. Never rejects. */
  letGo(givesUp: () => boolean): Promise<void>
}

/** Between two tries to reach a store that is away, in ms. */
export const RETRY_MS = 250

/** Where no event tells that somebody else is done, who waits looks after this long. */
export const LOOK_MS = 250

/** `undefined` while somebody else holds it. Rejects with StoreUnreachableError only. */
export async function holdLease(
  store: SessionStore,
  clock: Clock,
  name: string,
  ms: number,
): Promise<HeldLease | undefined> {
  // Counted from before the question: the store cannot have begun earlier.
  let holdsUntil = clock.now() + ms
  const lease = await store.lease(name, ms)
  if (!lease) return undefined
  let over = false
  let cancel = clock.after(ms / 3, renew)

  function renew() {
    const askedAt = clock.now()
    lease?.renew(ms).then(
      (renewed) => {
        holdsUntil = renewed ? Math.max(holdsUntil, askedAt + ms) : 0
      },
      // The next renewal may come through; until then the time that is left counts.
      () => undefined,
    )
    if (!over) cancel = clock.after(ms / 3, renew)
  }

  return {
    get holds() {
      return clock.now() < holdsUntil
    },
    async letGo(givesUp) {
      over = true
      cancel()
      // A lease that stays behind would make everybody wait for its end.
      while (clock.now() < holdsUntil) {
        const released = await lease.release().then(
          () => true,
          () => false,
        )
        if (released || givesUp()) return
        await pause(clock, RETRY_MS)
      }
    },
  }
}

/** Resolves when the session's record is said to have changed, or after `ms`. */
export function changeOf(store: SessionStore, clock: Clock, storeKey: string, ms: number) {
  const { promise: seen, resolve } = Promise.withResolvers<void>()
  const cancelTimer = clock.after(ms, resolve)
  const unsubscribe = store.subscribe(SESSION_TOPIC, (message) => {
    if (message === storeKey || message === ANY_RECORD) resolve()
  })
  return {
    seen,
    cancel() {
      cancelTimer()
      unsubscribe()
    },
  }
}
