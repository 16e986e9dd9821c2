// One attempt at a renewal: slot → lease (all processes) → grant; where somebody else is at it, what comes of that.
import type { Clock } from '../lib/clock.ts'
import type { OpenSession } from '../session/session.ts'
import type { Sessions } from '../session/sessions.ts'
import type { SessionStore, StoreUnreachableError } from '../session/store.ts'
import type { Provider } from './provider.ts'
import type { RefreshOutcome } from './refresh-contract.ts'
import { type Grant, sameTokens } from './refresh-grant.ts'
import { changeOf, type HeldLease, holdLease, LOOK_MS } from './refresh-lease.ts'
import { createSlots, type Place, type Slots } from './refresh-slots.ts'
import type { TokenSet } from './token-set.ts'

/** Who waits for a renewal, and until when (epoch ms). */
export interface Patience {
  until: number
  waitedFor: boolean
  place: Place | undefined
}

export interface AttemptOptions {
  readonly sessions: Sessions
  readonly store: SessionStore
  readonly clock: Clock
  readonly grant: Grant
  readonly leaseMs: number
  /** Grants that one provider is asked for at a time. */
  readonly grantsAtOnce: number
  readonly letGo: (lease: HeldLease) => void
}

export interface Attempting {
  /** Of the lease. */
  readonly name: string
  readonly session: OpenSession
  readonly provider: Provider
  readonly seen: TokenSet
  readonly patience: Patience
  /** Granted, and the store does not take it at the moment; the work goes on. */
  readonly stuck: (error: StoreUnreachableError) => void
}

/** Rejects with StoreUnreachableError only. */
export type Attempt = (attempting: Attempting) => Promise<RefreshOutcome>

export function createAttempt(options: AttemptOptions): Attempt {
  const { sessions, store, clock, grant, leaseMs, grantsAtOnce, letGo } = options
  const slots = new Map<string, Slots>()

  function slotsOf(provider: Provider): Slots {
    const known = slots.get(provider.name) ?? createSlots(grantsAtOnce)
    slots.set(provider.name, known)
    return known
  }

  /** What another process has done; undefined when it has done nothing yet. */
  async function doneElsewhere({ session, provider, seen }: Attempting) {
    // Listening begins before the look, so that nothing falls between the two.
    const changed = changeOf(store, clock, session.ticket.storeKey, LOOK_MS)
    try {
      const found = await sessions.find(session.ticket)
      if (found.kind !== 'active') return found
      const standing = found.session.content.tokens[provider.name]
      if (!standing || !sameTokens(standing, seen)) {
        return { kind: 'fresh', session: found.session } as const
      }
      await changed.seen
      return undefined
    } finally {
      changed.cancel()
    }
  }

  return async function attempt(attempting) {
    const { name, session, provider, seen, patience, stuck } = attempting
    for (;;) {
      const place = slotsOf(provider).enter(patience.waitedFor)
      patience.place = place
      let lease: HeldLease | undefined
      try {
        await place.turn
        if (clock.now() >= patience.until) return tooLate()
        lease = await holdLease(store, clock, name, leaseMs)
        if (lease) {
          const answered = place.leave
          const outcome = await grant({ session, provider, seen, lease, answered, stuck })
          if (outcome) return outcome
        }
      } finally {
        place.leave()
        if (lease) letGo(lease)
      }
      const done = await doneElsewhere(attempting)
      if (done) return done
    }
  }
}

export function tooLate(): RefreshOutcome {
  const cause = new DOMException('no renewal in the time that was left', 'TimeoutError')
  return { kind: 'unreachable', cause }
}
