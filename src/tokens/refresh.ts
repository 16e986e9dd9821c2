// A token set is renewed once, however many ask: flight (this process) → lease (all processes) → read again →
// decide again → grant → compare-and-set. An ended session is never brought back.
import { cacheKey } from '../lib/cache-key.ts'
import type { Clock } from '../lib/clock.ts'
import { createSingleFlight } from '../lib/single-flight.ts'
import type { EndReason, OpenSession } from '../session/session.ts'
import type { FoundSession, Sessions } from '../session/sessions.ts'
import { ANY_RECORD, type Lease, SESSION_TOPIC, type SessionStore } from '../session/store.ts'
import type { FreshTokens, Provider } from './provider.ts'
import type { TokenSet } from './token-set.ts'

export type RefreshOutcome =
  /** The session holds a token that was issued after `seen`. */
  | { kind: 'fresh'; session: OpenSession }
  | { kind: 'ended'; reason: EndReason }
  /** Refused, by another provider than the session's first: the session goes on without its tokens. */
  | { kind: 'dropped'; session: OpenSession }
  | { kind: 'idle' | 'absent' | 'pending' | 'unsealable' }
  /** The provider could not be reached; the session is as it was. */
  | { kind: 'unreachable'; cause: unknown }

export interface Refresher {
  /** Renews `provider`'s tokens unless they are no longer `seen`. Rejects with StoreUnreachableError only. */
  refresh(session: OpenSession, provider: Provider, seen: TokenSet): Promise<RefreshOutcome>
  /** The same with nobody waiting for it. After a failure the next try has to wait a few seconds. */
  refreshAhead(session: OpenSession, provider: Provider, seen: TokenSet): void
  /** Grants under way in this process. */
  readonly underWay: number
}

export interface RefreshEvents {
  refreshed(provider: string, ref: string): void
  refused(provider: string, ref: string): void
  unreachable(provider: string, ref: string, cause: unknown): void
  /** The provider answered with tokens for somebody else: the session was ended. */
  ownerChanged(provider: string, ref: string): void
  /** The store failed while nobody waited. */
  storeUnreachable(error: unknown): void
}

export interface RefresherOptions {
  readonly sessions: Sessions
  readonly store: SessionStore
  readonly clock: Clock
  /** The longest a provider may take, in ms. */
  readonly providerMs: number
  readonly events: RefreshEvents
}

/** Between two attempts that nobody waits for. */
const REST_MS = 5000

export function createRefresher(options: RefresherOptions): Refresher {
  const { sessions, store, clock, providerMs, events } = options
  const flights = createSingleFlight<RefreshOutcome>()
  // Granted, not stored yet; by flight. Only a store that fails in between leaves anything here.
  const unwritten = new Map<string, Extract<FreshTokens, { kind: 'fresh' }>>()
  // Longer than a grant can take; the watchdog renews it all the same, for a process that is slow, not dead.
  const leaseMs = providerMs + 5000

  /** One attempt at a time for a token set in this process: who comes second finds at once what the first has done. */
  async function inTurn(session: OpenSession, provider: Provider, seen: TokenSet) {
    const name = cacheKey('refresh', session.ticket.storeKey, provider.name)
    for (let turn = turns.get(name); turn; turn = turns.get(name)) await turn
    const attempt = underLease(name, session, provider, seen)
    turns.set(
      name,
      attempt.then(
        () => undefined,
        () => undefined,
      ),
    )
    return attempt.finally(() => turns.delete(name))
  }

  async function underLease(
    name: string,
    session: OpenSession,
    provider: Provider,
    seen: TokenSet,
  ): Promise<RefreshOutcome> {
    const { ticket } = session
    for (;;) {
      const lease = await store.lease(name, leaseMs)
      if (lease) {
        const stopWatching = watch(lease, clock, leaseMs)
        try {
          return await grant(await sessions.find(ticket), provider, seen)
        } finally {
          stopWatching()
          // Not released is not lost: it lapses by itself.
          await lease.release().catch(() => undefined)
        }
      }
      // Somebody else is at it. Listening begins before the look, so that nothing falls between the two.
      const changed = changeOf(store, clock, ticket.storeKey, 250)
      try {
        const found = await sessions.find(ticket)
        if (found.kind !== 'active') return found
        if (!isCurrent(found.session, provider, seen)) {
          return { kind: 'fresh', session: found.session }
        }
        await changed.seen
      } finally {
        changed.cancel()
      }
    }
  }

  async function grant(
    found: FoundSession,
    provider: Provider,
    seen: TokenSet,
  ): Promise<RefreshOutcome> {
    if (found.kind !== 'active') return found
    const { session } = found
    if (!isCurrent(session, provider, seen)) return { kind: 'fresh', session }
    const { ref } = session.record
    const flight = flightOf(session, provider, seen)
    const answer = unwritten.get(flight) ?? (await ask(provider, seen))
    if (answer.kind === 'unreachable') {
      events.unreachable(provider.name, ref, answer.cause)
      return answer
    }
    if (answer.kind === 'refused') return refused(session, provider, seen)
    if (answer.sub !== undefined && seen.sub !== undefined && answer.sub !== seen.sub) {
      events.ownerChanged(provider.name, ref)
      return endAs(session, 'owner_changed')
    }
    // A store that fails here must not cost a refresh token that can be used only once.
    unwritten.set(flight, answer)
    const owned = seen.sub === undefined ? answer.tokens : { ...answer.tokens, sub: seen.sub }
    const replaced = await sessions.replaceTokens(session, provider.name, owned)
    unwritten.delete(flight)
    if (replaced.kind !== 'replaced') {
      // Signed out while the provider worked: nobody may use what it issued.
      await provider.revoke?.(answer.tokens)
      return replaced
    }
    events.refreshed(provider.name, ref)
    return { kind: 'fresh', session: replaced.session }
  }

  /** A refusal counts only while nobody else has renewed: a process that slept sends what is long spent. */
  async function refused(
    session: OpenSession,
    provider: Provider,
    seen: TokenSet,
  ): Promise<RefreshOutcome> {
    const found = await sessions.find(session.ticket)
    if (found.kind !== 'active') return found
    if (!isCurrent(found.session, provider, seen)) return { kind: 'fresh', session: found.session }
    events.refused(provider.name, session.record.ref)
    if (provider.name === session.record.provider) return endAs(session, 'refresh_refused')
    const dropped = await sessions.replaceTokens(found.session, provider.name, undefined)
    return dropped.kind === 'replaced' ? { kind: 'dropped', session: dropped.session } : dropped
  }

  async function ask(provider: Provider, seen: TokenSet): Promise<FreshTokens> {
    if (!provider.refresh) return { kind: 'refused' }
    const abort = new AbortController()
    const cancel = clock.after(providerMs, () =>
      abort.abort(new Error('the provider took too long')),
    )
    try {
      return await provider.refresh(seen, abort.signal)
    } catch (cause) {
      return { kind: 'unreachable', cause }
    } finally {
      cancel()
    }
  }

  async function endAs(session: OpenSession, reason: EndReason): Promise<RefreshOutcome> {
    await sessions.end(session.ticket.storeKey, reason)
    return { kind: 'ended', reason }
  }

  const turns = new Map<string, Promise<void>>()
  const restingUntil = new WeakMap<TokenSet, number>()

  function refresh(session: OpenSession, provider: Provider, seen: TokenSet) {
    return flights.run(flightOf(session, provider, seen), () => inTurn(session, provider, seen))
  }

  return {
    refresh,
    refreshAhead(session, provider, seen) {
      if (clock.now() < (restingUntil.get(seen) ?? 0)) return
      // A provider that is down must not get one attempt for every request that comes by.
      restingUntil.set(seen, clock.now() + REST_MS)
      refresh(session, provider, seen).catch(events.storeUnreachable)
    },
    get underWay() {
      return flights.size
    },
  }
}

function flightOf(session: OpenSession, provider: Provider, seen: TokenSet): string {
  return cacheKey(session.ticket.text, provider.name, seen.access)
}

function isCurrent(session: OpenSession, provider: Provider, seen: TokenSet): boolean {
  return session.content.tokens[provider.name]?.access === seen.access
}

/** Keeps a lease alive while its work runs. */
function watch(lease: Lease, clock: Clock, leaseMs: number): () => void {
  let cancel = clock.after(leaseMs / 3, renew)
  let stopped = false
  function renew() {
    // A renewal that fails costs nothing here: the compare-and-set decides who wrote.
    lease.renew(leaseMs).catch(() => false)
    if (!stopped) cancel = clock.after(leaseMs / 3, renew)
  }
  return () => {
    stopped = true
    cancel()
  }
}

/** Resolves when the session's record is said to have changed, or after `ms`. */
function changeOf(store: SessionStore, clock: Clock, storeKey: string, ms: number) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const cancelTimer = clock.after(ms, resolve)
  const unsubscribe = store.subscribe(SESSION_TOPIC, (message) => {
    if (message === storeKey || message === ANY_RECORD) resolve()
  })
  const cancel = () => {
    cancelTimer()
    unsubscribe()
  }
  return { seen: promise.finally(cancel), cancel }
}
