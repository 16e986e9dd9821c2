// A token set is renewed once, however many ask: flight (this process) → turn → slot → lease (all processes) → grant.
// Who waits is answered in bounded time; the work itself is never given up half-way.
import { cacheKey } from '../lib/cache-key.ts'
import type { Clock } from '../lib/clock.ts'
import type { OpenSession } from '../session/session.ts'
import type { Sessions } from '../session/sessions.ts'
import type { SessionStore, StoreUnreachableError } from '../session/store.ts'
import type { Provider } from './provider.ts'
import { createAttempt, type Patience, tooLate } from './refresh-attempt.ts'
import type { RefreshEvents, Refresher, RefreshOutcome } from './refresh-contract.ts'
import { createGrant } from './refresh-grant.ts'
import type { HeldLease } from './refresh-lease.ts'
import { createUndisturbed } from './refresh-undisturbed.ts'
import type { TokenSet } from './token-set.ts'

export interface RefresherOptions {
  readonly sessions: Sessions
  readonly store: SessionStore
  readonly clock: Clock
  /** The longest a provider may take, in ms. */
  readonly providerMs: number
  /** Grants that one provider is asked for at a time by this process; default 64. */
  readonly grantsAtOnce?: number
  readonly events: RefreshEvents
}

interface Flight {
  readonly outcome: Promise<RefreshOutcome>
  readonly patience: Patience
}

interface Turn {
  /** Settles when those who wait have been answered. */
  readonly told: Promise<unknown>
  /** Granted, and the store does not take it at the moment. */
  stuck: StoreUnreachableError | undefined
}

/** Between two attempts that nobody waits for. */
const REST_MS = 5000
/** What the store may take before and after the grant. */
const STORE_MS = 1000
const GRANTS_AT_ONCE = 64

export function createRefresher(options: RefresherOptions): Refresher {
  const { sessions, store, clock, providerMs, events } = options
  // Longer than a grant can take; the watchdog renews it all the same, for a process that is slow, not dead.
  const leaseMs = providerMs + 5000
  const waitMs = providerMs + STORE_MS
  const flights = new Map<string, Flight>()
  // One attempt at a time for a token set in this process: who comes second finds at once what the first has done.
  const turns = new Map<string, Turn>()
  const restingUntil = new Map<string, number>()
  const unfinished = new Set<Promise<unknown>>()
  let closing = false

  const attempt = createAttempt({
    sessions,
    store,
    clock,
    grant: createGrant({
      sessions,
      clock,
      providerMs,
      events,
      inBackground: finish,
      closing: () => closing,
    }),
    leaseMs,
    grantsAtOnce: options.grantsAtOnce ?? GRANTS_AT_ONCE,
    letGo,
  })

  function finish(work: Promise<unknown>): void {
    const finished: Promise<unknown> = work
      .catch(() => undefined)
      .finally(() => unfinished.delete(finished))
    unfinished.add(finished)
  }

  function letGo(lease: HeldLease): void {
    finish(lease.letGo(() => closing))
  }

  /** Joins the renewal of `seen` that is under way, or begins one. */
  function board(session: OpenSession, provider: Provider, seen: TokenSet, waitedFor: boolean) {
    const key = flightOf(session, provider, seen)
    const until = clock.now() + waitMs
    const known = flights.get(key)
    if (known) {
      known.patience.until = until
      if (waitedFor && !known.patience.waitedFor) known.patience.place?.hurry()
      known.patience.waitedFor ||= waitedFor
      return known.outcome
    }
    const patience: Patience = { until, waitedFor, place: undefined }
    const outcome = inTurn(session, provider, seen, patience).finally(() => flights.delete(key))
    flights.set(key, { outcome, patience })
    return outcome
  }

  async function inTurn(
    session: OpenSession,
    provider: Provider,
    seen: TokenSet,
    patience: Patience,
  ): Promise<RefreshOutcome> {
    const name = nameOf(session, provider.name)
    for (let turn = turns.get(name); turn; turn = turns.get(name)) {
      if (turn.stuck) throw turn.stuck
      await turn.told.catch(() => undefined)
    }
    const { promise: told, resolve, reject } = Promise.withResolvers<RefreshOutcome>()
    const turn: Turn = { told, stuck: undefined }
    turns.set(name, turn)
    const stuck = (error: StoreUnreachableError) => {
      turn.stuck = error
      reject(error)
    }
    const attempting = { name, session, provider, seen, patience, stuck }
    const work = attempt(attempting).finally(() => turns.delete(name))
    finish(work)
    work.then(resolve, reject)
    return told
  }

  /** The outcome, or that it did not come in time for the one who asks here. */
  async function inTime(outcome: Promise<RefreshOutcome>): Promise<RefreshOutcome> {
    const { promise: late, resolve } = Promise.withResolvers<RefreshOutcome>()
    const cancel = clock.after(waitMs, () => resolve(tooLate()))
    return Promise.race([outcome, late]).finally(cancel)
  }

  return {
    refresh: (session, provider, seen) => inTime(board(session, provider, seen, true)),
    refreshAhead(session, provider, seen) {
      const now = clock.now()
      // Oldest first, since all rest equally long.
      for (const [key, until] of restingUntil) {
        if (until > now) break
        restingUntil.delete(key)
      }
      const key = flightOf(session, provider, seen)
      if (closing || restingUntil.has(key)) return
      // A provider that is down must not get one attempt for every request that comes by.
      restingUntil.set(key, now + REST_MS)
      board(session, provider, seen, false).catch(events.storeUnreachable)
    },
    undisturbed: createUndisturbed({ sessions, store, clock, leaseMs, waitMs, letGo, nameOf }),
    get underWay() {
      return flights.size
    },
    async close() {
      closing = true
      while (unfinished.size > 0) await Promise.all(unfinished)
    },
  }
}

/** Of a lease, and of turns in this process. */
function nameOf(session: OpenSession, provider: string): string {
  return cacheKey('refresh', session.ticket.storeKey, provider)
}

function flightOf(session: OpenSession, provider: Provider, seen: TokenSet): string {
  const { access, issuedAt } = seen
  return cacheKey(session.ticket.text, provider.name, access, String(issuedAt))
}
