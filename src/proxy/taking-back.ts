// A 401 for a session's token, and what better than that can still be had for the browser.
import type { FoundSession } from '../session/find.ts'
import type { OpenSession } from '../session/session.ts'
import type { Provider } from '../tokens/provider.ts'
import type { RefreshOutcome } from '../tokens/refresh.ts'
import type { TokenSet } from '../tokens/token-set.ts'
import { type Admission, type Asked, endSession, withFound } from './admission.ts'
import { judgeRefusal, type Refusal } from './replay.ts'

/** The token that was sent, and whose it was. */
export interface Refused {
  readonly session: OpenSession
  readonly tokens: TokenSet
  readonly provider: Provider
}

/** `repeatable`: whether the request can be sent again. Anything but `pass_on`: the 401 goes no further. */
export function judgeAnswer401(asked: Asked, refused: Refused, repeatable: boolean): Refusal {
  const { session, tokens, provider } = refused
  const { sessions, clock, refresher } = asked.context
  const current = sessions.near(session.ticket) ?? session
  const refusal = judgeRefusal(current, provider, tokens, clock.now())
  if (refusal === 'pass_on' || refusal === 'end' || repeatable) return refusal
  // What was streamed is gone: this request keeps its 401, the next one finds a new token.
  if (refusal === 'refresh') refresher.refreshAhead(current, provider, tokens)
  return 'pass_on'
}

/** What becomes of the request whose 401 was taken back. */
export async function takeBack(
  asked: Asked,
  { session, tokens, provider }: Refused,
  refusal: Refusal,
): Promise<Admission> {
  const { refresher, sessions, clock } = asked.context
  if (refusal === 'end') return endUnlessRenewed(asked, { session, tokens, provider })
  // Resolves at once where the tokens have been renewed already.
  const outcome: FoundSession | RefreshOutcome = await refresher.refresh(session, provider, tokens)
  const alive = clock.now() < (tokens.accessExpiresAt ?? Infinity)
  // Nobody can renew it now, and it lives: the upstream's own word is what there is.
  const kept = outcome.kind === 'unreachable' && alive
  return withFound(asked, kept ? await sessions.find(session.ticket) : outcome)
}

/** What the upstream renewed with its answer is kept (a cookie jar). */
export function absorb(asked: Asked, carried: Refused, rawHeaders: readonly string[]): void {
  const { session, tokens, provider } = carried
  if (!provider.absorb?.(tokens, rawHeaders)) return
  const { sessions, events } = asked.context
  // A cookie that came with an answer to older tokens says nothing about what stands there by then.
  const absorbed = (standing: TokenSet | undefined) =>
    (standing?.access === tokens.access && provider.absorb?.(standing, rawHeaders)) || standing
  sessions.replaceTokens(session, provider.name, absorbed).catch(events.storeUnreachable)
}

/** Whether the session holds other tokens by now than those that were sent. */
export function renewedSince({ tokens, provider }: Refused, found: FoundSession): boolean {
  if (found.kind !== 'active') return false
  return found.session.content.tokens[provider.name]?.access !== tokens.access
}

/** Another answer may have brought another token meanwhile, here or in another process. */
async function endUnlessRenewed(
  asked: Asked,
  { session, tokens, provider }: Refused,
): Promise<Admission> {
  const found = await asked.context.sessions.find(session.ticket)
  if (found.kind !== 'active') return withFound(asked, found)
  const current = found.session.content.tokens[provider.name]
  if (current?.access !== tokens.access) return withFound(asked, found)
  return endSession(asked, found.session, 'upstream_refused')
}
