// New tokens in place of old ones, over whatever else has changed meanwhile. An ended session stays ended.
import { brandTokens, type IssuedTokens, type TokenSet } from '../tokens/token-set.ts'
import { type Envelopes, openSession } from './envelope.ts'
import type { Finder } from './find.ts'
import type { Memory } from './memory.ts'
import type { EndReason, OpenSession } from './session.ts'
import type { SessionStore } from './store.ts'

export type ReplacedTokens =
  | { kind: 'replaced'; session: OpenSession }
  | { kind: 'ended'; reason: EndReason }
  | { kind: 'absent' }

export type Replacement =
  | IssuedTokens
  | undefined
  | ((current: TokenSet | undefined) => IssuedTokens | undefined)

export interface TokenReplacerOptions {
  readonly store: SessionStore
  readonly envelopes: Envelopes
  readonly memory: Memory
  readonly finder: Finder
  /** When a session created then ends at the latest, given its refresh token's own end. */
  readonly endFor: (createdAt: number, refreshExpiresAt: number | undefined) => number
}

export function createTokenReplacer(options: TokenReplacerOptions) {
  const { store, envelopes, memory, finder, endFor } = options

  return async function replaceTokens(
    session: OpenSession,
    provider: string,
    tokens: Replacement,
  ): Promise<ReplacedTokens> {
    const { ticket } = session
    let base = { record: session.record, content: session.content }
    for (;;) {
      const { [provider]: standing, ...others } = base.content.tokens
      const wanted = typeof tokens === 'function' ? tokens(standing) : tokens
      const set = wanted && brandTokens(wanted, ticket.storeKey)
      const content = { ...base.content, tokens: set ? { ...others, [provider]: set } : others }
      const { seenAt, idleAt, record: known } = session
      const { createdAt, endsAt: end } = base.record
      // A renewed refresh token moves the end of the session that lives by it, never past its lifetime.
      const endsAt =
        set && provider === known.provider ? endFor(createdAt, set.refreshExpiresAt) : end
      const revision = base.record.revision + 1
      const facts = { ...base.record, revision, seenAt, idleAt, endsAt }
      const record = envelopes.seal(ticket, facts, content)
      // What is in memory goes by the store's own event; the next request reads what stands there by then.
      const replaced = await store.replace(ticket.storeKey, record)
      memory.drop(ticket.storeKey)
      if (replaced) return { kind: 'replaced', session: openSession(ticket, record, content) }
      const current = await finder.read(ticket)
      if (current.kind === 'unsealable') return { kind: 'absent' }
      if (current.kind !== 'read') return current
      base = current
    }
  }
}
