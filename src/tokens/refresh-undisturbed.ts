// Work on a session while none of its tokens is renewed, by whatever process.
import { type Clock, pause } from '../lib/clock.ts'
import type { OpenSession } from '../session/session.ts'
import type { Sessions } from '../session/sessions.ts'
import type { SessionStore } from '../session/store.ts'
import { type HeldLease, holdLease, LOOK_MS } from './refresh-lease.ts'

export interface UndisturbedOptions {
  readonly sessions: Sessions
  readonly store: SessionStore
  readonly clock: Clock
  readonly leaseMs: number
  /** How long renewals under way are waited for, in ms. */
  readonly waitMs: number
  readonly letGo: (lease: HeldLease) => void
  /** Of the lease under which a session's tokens of one provider are renewed. */
  readonly nameOf: (session: OpenSession, provider: string) => string
}

/** `undefined`, and no work, where the session is not active by then or a renewal takes too long. */
export function createUndisturbed(options: UndisturbedOptions) {
  const { sessions, store, clock, leaseMs, waitMs, letGo, nameOf } = options

  async function leaseBy(until: number, name: string): Promise<HeldLease | undefined> {
    for (;;) {
      const lease = await holdLease(store, clock, name, leaseMs)
      if (lease || clock.now() >= until) return lease
      await pause(clock, LOOK_MS)
    }
  }

  return async function undisturbed<T>(
    session: OpenSession,
    work: (session: OpenSession) => Promise<T>,
  ): Promise<T | undefined> {
    const until = clock.now() + waitMs
    const leases: HeldLease[] = []
    try {
      // In one order for all, so that nobody waits in a circle.
      for (const provider of Object.keys(session.content.tokens).sort()) {
        const lease = await leaseBy(until, nameOf(session, provider))
        if (!lease) return undefined
        leases.push(lease)
      }
      const found = await sessions.find(session.ticket)
      return found.kind === 'active' ? await work(found.session) : undefined
    } finally {
      for (const lease of leases) letGo(lease)
    }
  }
}
