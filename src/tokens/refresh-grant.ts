// One renewal of one token set under its lease: read again → decide again → grant → compare-and-set.
import { type Clock, pause } from '../lib/clock.ts'
import type { EndReason, OpenSession } from '../session/session.ts'
import type { Sessions } from '../session/sessions.ts'
import { StoreUnreachableError } from '../session/store.ts'
import type { FreshTokens, Provider } from './provider.ts'
import type { RefreshEvents, RefreshOutcome } from './refresh-contract.ts'
import { type HeldLease, RETRY_MS } from './refresh-lease.ts'
import type { IssuedTokens, TokenSet } from './token-set.ts'

export interface GrantOptions {
  readonly sessions: Sessions
  readonly clock: Clock
  /** The longest a provider may take, in ms. */
  readonly providerMs: number
  readonly events: RefreshEvents
  /** What nobody waits for, to be finished before the process goes. */
  readonly inBackground: (work: Promise<void>) => void
  /** Whether the process is about to go. */
  readonly closing: () => boolean
}

export interface Granting {
  readonly session: OpenSession
  readonly provider: Provider
  readonly seen: TokenSet
  readonly lease: HeldLease
  /** The provider has answered. */
  readonly answered: () => void
  /** Tells those who wait that the store is away; the work goes on. */
  readonly stuck: (error: StoreUnreachableError) => void
}

/** `undefined`: the lease was lost on the way; begin again. Rejects with StoreUnreachableError only. */
export type Grant = (granting: Granting) => Promise<RefreshOutcome | undefined>

export function createGrant(options: GrantOptions): Grant {
  const { sessions, clock, providerMs, events, inBackground, closing } = options

  async function grant(granting: Granting): Promise<RefreshOutcome | undefined> {
    const { session: asked, provider, seen, lease, answered } = granting
    const found = await sessions.find(asked.ticket)
    if (found.kind !== 'active') return found
    const { session } = found
    const standing = session.content.tokens[provider.name]
    if (!standing || !sameTokens(standing, seen)) return { kind: 'fresh', session }
    // A process that slept may have read what is old by now, and a spent token sent again looks stolen.
    if (!lease.holds) return undefined
    const answer = await ask(provider, standing)
    answered()
    switch (answer.kind) {
      case 'unreachable':
        events.unreachable(provider.name, session.record.ref, answer.cause)
        return answer
      case 'refused':
        return refused(session, granting)
      case 'fresh':
        if (isForSomebodyElse(answer, seen)) {
          events.ownerChanged(provider.name, session.record.ref)
          return endAs(session, 'owner_changed')
        }
        return write(session, answer.tokens, granting)
    }
  }

  async function ask(provider: Provider, tokens: TokenSet): Promise<FreshTokens> {
    if (!provider.refresh) return { kind: 'refused' }
    const abort = new AbortController()
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    const cancel = clock.after(providerMs, () => {
      const error = new DOMException('the provider took too long', 'TimeoutError')
      abort.abort(error)
      reject(error)
    })
    try {
      // A race, because a provider that overlooks the signal must not hold the lease for ever.
      return await Promise.race([provider.refresh(tokens, abort.signal), aborted])
    } catch (cause) {
      return { kind: 'unreachable', cause }
    } finally {
      cancel()
    }
  }

  /** A refusal counts only while nobody else has renewed: a process that slept sends what is long spent. */
  async function refused(
    session: OpenSession,
    { provider, seen, lease }: Granting,
  ): Promise<RefreshOutcome | undefined> {
    const found = await sessions.find(session.ticket)
    if (found.kind !== 'active') return found
    const standing = found.session.content.tokens[provider.name]
    if (!standing || !sameTokens(standing, seen)) return { kind: 'fresh', session: found.session }
    if (!lease.holds) return undefined
    events.refused(provider.name, session.record.ref)
    if (provider.name === session.record.provider) return endAs(session, 'refresh_refused')
    const dropped = await sessions.replaceTokens(found.session, provider.name, (current) =>
      current && sameTokens(current, seen) ? undefined : current,
    )
    return dropped.kind === 'replaced' ? { kind: 'dropped', session: dropped.session } : dropped
  }

  /** What can be had only once is not lost to a store that is away: tried until it is written or of no use. */
  async function write(
    session: OpenSession,
    tokens: IssuedTokens,
    { provider, seen, stuck }: Granting,
  ): Promise<RefreshOutcome> {
    const owned = seen.sub === undefined ? tokens : { ...tokens, sub: seen.sub }
    for (;;) {
      try {
        // Only over what was renewed: whoever took over meanwhile may have got something newer.
        const replaced = await sessions.replaceTokens(session, provider.name, (standing) =>
          standing && sameTokens(standing, seen) ? owned : standing,
        )
        if (replaced.kind === 'replaced') {
          events.refreshed(provider.name, session.record.ref)
          return { kind: 'fresh', session: replaced.session }
        }
        // Signed out while the provider worked: nobody may use what it issued.
        revoke(provider, owned)
        return replaced
      } catch (error) {
        const lost = closing() || clock.now() >= session.record.endsAt
        if (lost || !(error instanceof StoreUnreachableError)) throw error
        stuck(error)
        await pause(clock, RETRY_MS)
      }
    }
  }

  /** Nobody waits for it, and nobody could do better where it fails. */
  function revoke(provider: Provider, tokens: IssuedTokens): void {
    const revoked = provider.revoke?.(tokens)
    if (revoked) inBackground(revoked.catch(() => undefined))
  }

  async function endAs(session: OpenSession, reason: EndReason): Promise<RefreshOutcome> {
    await sessions.end(session.ticket.storeKey, reason)
    return { kind: 'ended', reason }
  }

  return grant
}

function isForSomebodyElse(answer: Extract<FreshTokens, { kind: 'fresh' }>, seen: TokenSet) {
  return answer.sub !== undefined && seen.sub !== undefined && answer.sub !== seen.sub
}

/** The same issue: a provider may answer a renewal with an access token that it has issued before. */
export function sameTokens(one: TokenSet, other: TokenSet): boolean {
  return (
    one.access === other.access && one.refresh === other.refresh && one.issuedAt === other.issuedAt
  )
}
