// A 401 for a session's token, and what better than that can still be had for the browser.
import type { FoundSession } from '../session/find.ts'
import type { OpenSession } from '../session/session.ts'
import type { Provider } from '../tokens/provider.ts'
import type { RefreshOutcome } from '../tokens/refresh-contract.ts'
import type { TokenSet } from '../tokens/token-set.ts'
import { type Admission, type Asked, endSession, type Grant, withFound } from './admission.ts'
import { judgeRefusal, type Refusal } from './replay.ts'

/** The token that was sent, and whose it was. */
export interface Carried {
  readonly session: OpenSession
  readonly tokens: TokenSet
  readonly provider: Provider
}

/** Undefined where none went along. */
function carriedBy({ route }: Asked, grant: Grant | undefined): Carried | undefined {
  const { provider } = route
  const { session, tokens } = grant ?? {}
  return session && tokens && provider ? { session, tokens, provider } : undefined
}

/** A 401 that need not be the last word. */
export interface Refused extends Carried {
  readonly refusal: Exclude<Refusal, 'pass_on'>
}

/** `repeatable`: whether the request can be sent again. Undefined: the 401 is passed on, else it goes no further. */
export function judgeAnswer401(
  asked: Asked,
  grant: Grant | undefined,
  repeatable: boolean,
): Refused | undefined {
  const carried = carriedBy(asked, grant)
  if (!carried) return undefined
  const { session, tokens, provider } = carried
  const { sessions, clock, refresher } = asked.context
  const current = sessions.near(session.ticket) ?? session
  const refusal = judgeRefusal(current, provider, tokens, clock.now())
  if (refusal === 'pass_on') return undefined
  if (refusal === 'end' || repeatable) return { ...carried, refusal }
  // What was streamed is gone: this request keeps its 401, the next one finds a new token.
  if (refusal === 'refresh') refresher.refreshAhead(current, provider, tokens)
  return undefined
}

/** What becomes of the request whose 401 was taken back. */
export async function takeBack(asked: Asked, refused: Refused): Promise<Admission> {
  const { session, tokens, provider, refusal } = refused
  const { refresher, sessions, clock } = asked.context
  if (refusal === 'end') return endUnlessRenewed(asked, refused)
  // Resolves at once where the tokens have been renewed already.
  const outcome: FoundSession | RefreshOutcome = await refresher.refresh(session, provider, tokens)
  const alive = clock.now() < (tokens.accessExpiresAt ?? Infinity)
  // Nobody can renew it now, and it lives: the upstream's own word is what there is.
  const kept = outcome.kind === 'unreachable' && alive
  return withFound(asked, kept ? await sessions.find(session.ticket) : outcome)
}

/** What the upstream renewed with its answer is kept (a cookie jar). */
export function absorb(
  asked: Asked,
  grant: Grant | undefined,
  rawHeaders: readonly string[],
): void {
  const carried = carriedBy(asked, grant)
  if (!carried) return
  const { session, tokens, provider } = carried
  if (!provider.absorb?.(tokens, rawHeaders)) return
  const { sessions, events } = asked.context
  // A cookie that came with an answer to older tokens says nothing about what stands there by then.
  const absorbed = (standing: TokenSet | undefined) =>
    (standing?.access === tokens.access && provider.absorb?.(standing, rawHeaders)) || standing
  sessions.replaceTokens(session, provider.name, absorbed).catch(events.storeUnreachable)
}

/** Whether what stays open has to end, because its session holds other tokens by now than those that were sent. */
export function dropsWith(asked: Asked, grant: Grant | undefined, found: FoundSession): boolean {
  const carried = asked.route.config.dropOnRefresh && carriedBy(asked, grant)
  if (!carried || found.kind !== 'active') return false
  const { tokens, provider } = carried
  return found.session.content.tokens[provider.name]?.access !== tokens.access
}

/** Another answer may have brought another token meanwhile, here or in another process. */
async function endUnlessRenewed(
  asked: Asked,
  { session, tokens, provider }: Carried,
): Promise<Admission> {
  const found = await asked.context.sessions.find(session.ticket)
  if (found.kind !== 'active') return withFound(asked, found)
  const current = found.session.content.tokens[provider.name]
  if (current?.access !== tokens.access) return withFound(asked, found)
  return endSession(asked, found.session, 'upstream_refused')
}
