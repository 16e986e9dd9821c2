// What an upstream's 401 for a session's token means (design: refresh). Pure.
import type { OpenSession } from '../session/session.ts'
import { callsForRefresh, canRefresh } from '../tokens/authorize.ts'
import type { Provider } from '../tokens/provider.ts'
import type { TokenSet } from '../tokens/token-set.ts'

export type Refusal =
  /** It is the upstream's own business: the browser gets it as it is. */
  | 'pass_on'
  /** Other tokens have come since: ask again with those. */
  | 'replay'
  /** Renew, then ask again. */
  | 'refresh'
  /** Nothing can renew it and nobody knew when it ends: this was its end. */
  | 'end'

/** `current`: the session as it is at this moment; `refused`: the token that the upstream did not take. */
export function judgeRefusal(
  current: OpenSession,
  provider: Provider,
  refused: TokenSet,
  now: number,
): Refusal {
  if (current.content.tokens[provider.name]?.access !== refused.access) return 'replay'
  if (!canRefresh(refused, provider, now)) {
    return refused.accessExpiresAt === undefined ? 'end' : 'pass_on'
  }
  return callsForRefresh(current, provider, refused, now) ? 'refresh' : 'pass_on'
}
