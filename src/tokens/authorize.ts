// Decides, for one request and one moment, what a session's tokens allow. Pure.
import type { OpenSession } from '../session/session.ts'
import type { Provider } from './provider.ts'
import type { TokenSet } from './token-set.ts'

export type Judgement =
  /** Use it. `refreshAhead`: it is close enough to its end to be renewed in the background. */
  | { kind: 'usable'; tokens: TokenSet; refreshAhead: boolean }
  /** It has expired; renew it, then ask again. */
  | { kind: 'refresh'; tokens: TokenSet }
  /** It has expired and nothing can renew it: the session is over. */
  | { kind: 'expired' }
  /** The session holds nothing from this provider. */
  | { kind: 'missing' }

export function judge(session: OpenSession, provider: Provider, now: number): Judgement {
  const tokens = session.content.tokens[provider.name]
  if (!tokens) return { kind: 'missing' }
  const expiresAt = tokens.accessExpiresAt
  if (expiresAt === undefined) return { kind: 'usable', tokens, refreshAhead: false }
  const refreshable = canRefresh(tokens, provider, now)
  if (now >= expiresAt) return refreshable ? { kind: 'refresh', tokens } : { kind: 'expired' }
  const aheadMs = provider.refreshAheadMs(expiresAt - tokens.issuedAt)
  return { kind: 'usable', tokens, refreshAhead: refreshable && now >= expiresAt - aheadMs }
}

export function canRefresh(tokens: TokenSet, provider: Provider, now: number): boolean {
  if (!provider.refresh || provider.refreshable?.(tokens) === false) return false
  return tokens.refreshExpiresAt === undefined || now < tokens.refreshExpiresAt
}

/** A token younger than this that the upstream refuses is not the token's fault. */
export const YOUNG_MS = 30_000

/**
 * Whether an upstream's 401 for `refused` calls for a forced refresh: only while that very token is still the
 * session's current one and is old enough to have gone bad.
 */
export function callsForRefresh(
  session: OpenSession,
  provider: Provider,
  refused: TokenSet,
  now: number,
): boolean {
  const current = session.content.tokens[provider.name]
  return (
    current?.access === refused.access &&
    (now - refused.issuedAt > YOUNG_MS || now >= (refused.accessExpiresAt ?? Infinity)) &&
    canRefresh(refused, provider, now)
  )
}

/** When a session is over for its browser: its end, or the end of a token that nothing can renew. */
export function endOf(session: OpenSession, providers: Iterable<Provider>, now: number): number {
  let end = session.record.endsAt
  for (const provider of providers) {
    const tokens = session.content.tokens[provider.name]
    if (provider.name !== session.record.provider || !tokens) continue
    if (tokens.accessExpiresAt !== undefined && !canRefresh(tokens, provider, now)) {
      end = Math.min(end, tokens.accessExpiresAt)
    }
  }
  return end
}
