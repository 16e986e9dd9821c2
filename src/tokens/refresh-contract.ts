// What a renewal of tokens comes to, who is asked for one, and who is told.
import type { EndReason, OpenSession } from '../session/session.ts'
import type { Provider } from './provider.ts'
import type { TokenSet } from './token-set.ts'

export type RefreshOutcome =
  /** The session holds a token that was issued after `seen`. */
  | { kind: 'fresh'; session: OpenSession }
  | { kind: 'ended'; reason: EndReason }
  /** Refused, by another provider than the session's first: the session goes on without its tokens. */
  | { kind: 'dropped'; session: OpenSession }
  | { kind: 'idle' | 'absent' | 'pending' | 'unsealable' }
  /** The provider could not be reached, or not in time; the session is as it was. */
  | { kind: 'unreachable'; cause: unknown }

export interface Refresher {
  /**
   * Renews `provider`'s tokens unless they are no longer `seen`. Resolves within `providerMs` and a second, whatever
   * the queue; what has been sent to the provider by then goes on. Rejects with StoreUnreachableError only.
   */
  refresh(session: OpenSession, provider: Provider, seen: TokenSet): Promise<RefreshOutcome>
  /** The same with nobody waiting for it. After a failure the next try has to wait a few seconds. */
  refreshAhead(session: OpenSession, provider: Provider, seen: TokenSet): void
  /**
   * Runs `work` on the session as it is once nobody renews any of its tokens, and keeps renewals away meanwhile: what
   * `work` copies is not spent behind its back. `undefined`, and no work, where the session is not active by then, or a
   * renewal takes longer than a provider may. Rejects with StoreUnreachableError, and as `work` does.
   */
  undisturbed<T>(
    session: OpenSession,
    work: (session: OpenSession) => Promise<T>,
  ): Promise<T | undefined>
  /** Renewals under way in this process, those waiting for their turn included. */
  readonly underWay: number
  /** Begins nothing in the background any more; resolves when what was granted is written and every lease let go. */
  close(): Promise<void>
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
