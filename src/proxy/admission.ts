// Decides what becomes of a proxied request: who asks, may they, and with which token. Where session and token are at
// hand the answer is there without waiting.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ProblemCode, ProblemOptions } from '../errors.ts'
import {
  CSRF_DETAIL,
  isOwnWebSocket,
  isTopLevelNavigation,
  ORIGIN_DETAIL,
  passesCsrf,
} from '../http/csrf.ts'
import type { FoundSession } from '../session/find.ts'
import type { EndReason, OpenSession } from '../session/session.ts'
import type { Ticket } from '../session/ticket.ts'
import { judge } from '../tokens/authorize.ts'
import type { RefreshOutcome } from '../tokens/refresh-contract.ts'
import type { TokenSet } from '../tokens/token-set.ts'
import type { ProxyContext } from './context.ts'
import type { RequestHead } from './request-head.ts'
import type { ProxyRoute } from './route.ts'
import type { Tap } from './tap.ts'

/** One proxied request, as it came. */
export interface Asked {
  readonly context: ProxyContext
  readonly route: ProxyRoute
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly head: RequestHead
  /** The upstream's path and query, already judged safe. */
  readonly target: string
  readonly requestId: string
  readonly startedAt: number
  /** Its handshake: only our own pages may open one with our cookie. */
  readonly webSocket?: boolean
  /** Present while anybody looks on. */
  readonly tap?: Tap | undefined
  /** The origin of ours that was asked; empty until the Host has been checked. */
  origin: string
  /** What this request's own cookie says, and nothing that was looked up with it; set by `admit`. */
  ticket: Ticket | undefined
}

/** Whose request it is and what goes along; both undefined for nobody in particular. */
export interface Grant {
  readonly session: OpenSession
  readonly tokens: TokenSet | undefined
}

export type Admission =
  | { kind: 'pass'; grant: Grant | undefined }
  | { kind: 'refuse'; code: ProblemCode; step: string; options: ProblemOptions }
  /** A Strict cookie may have been withheld: let the browser come again from our own page. */
  | { kind: 'bounce' }

type Eventually<T> = T | Promise<T>

const ANYBODY: Admission = { kind: 'pass', grant: undefined }

/** A promise only where the store or a provider has to be asked. Rejects with StoreUnreachableError only. */
export function admit(asked: Asked): Eventually<Admission> {
  const { context, route, head } = asked
  const origin = context.hosts.originOf(head.host)
  if (origin === undefined) return refuse('host_unknown', 'host')
  asked.origin = origin
  if (context.isLoop(head.via)) {
    const detail = 'This request has been through this gateway already'
    return refuse('bad_request', 'via', { status: 508, detail })
  }

  const cookie = context.reader.read(head.cookie)
  if (route.config.auth === 'public') {
    return cookie.kind === 'none' || isOurs(asked) ? ANYBODY : notOurs(asked)
  }
  switch (cookie.kind) {
    case 'none':
      if (route.config.auth === 'required' && context.isPending(head.cookie)) {
        return withoutSession(asked, 'sign_in_pending', 'pending cookie')
      }
      if (route.config.auth === 'required' && arrivesFromElsewhere(asked)) return { kind: 'bounce' }
      return withoutSession(asked, 'session_required', 'cookie')
    case 'twice':
      return refuse('session_required', 'two cookies', {
        detail: 'Two cookies of the same name arrived; sign in again',
        headers: { 'set-cookie': context.cookie.clear() },
      })
    case 'unreadable':
      return withoutSession(asked, 'session_required', 'seal')
    case 'ticket': {
      const { ticket } = cookie.opened
      asked.ticket = ticket
      const session = context.sessions.near(ticket)
      if (session) return withSession(asked, session)
      return context.sessions.find(ticket).then((found) => withFound(asked, found))
    }
  }
}

/** What to do with what the store, or a renewal, said. */
export function withFound(
  asked: Asked,
  found: FoundSession | RefreshOutcome,
): Eventually<Admission> {
  switch (found.kind) {
    case 'active':
      return withSession(asked, found.session)
    case 'fresh':
    case 'dropped':
      return withSession(asked, found.session, true)
    case 'idle':
      return withoutSession(asked, 'session_idle', 'idle')
    case 'ended':
      return withoutSession(asked, 'session_ended', 'tombstone', { reason: found.reason })
    case 'pending':
      return withoutSession(asked, 'sign_in_pending', 'pending')
    case 'absent':
      return withoutSession(asked, 'session_required', 'absent')
    case 'unsealable':
      return withoutSession(asked, 'session_required', 'record')
    case 'unreachable':
      return refuse('provider_unreachable', 'refresh', { retryAfter: 5, cause: found.cause })
  }
}

function withSession(asked: Asked, session: OpenSession, refreshed = false): Eventually<Admission> {
  const { context, head, route } = asked
  const { provider, config } = route
  if (!isOurs(asked)) return notOurs(asked)
  if (head.expectedRef !== undefined && head.expectedRef !== session.record.ref) {
    return refuse('session_changed', 'ref')
  }
  if (!config.passive && !head.passive) context.sessions.see(session)
  if (!provider) return { kind: 'pass', grant: { session, tokens: undefined } }

  const judgement = judge(session, provider, context.clock.now())
  switch (judgement.kind) {
    case 'usable':
      if (judgement.refreshAhead) {
        context.refresher.refreshAhead(session, provider, judgement.tokens)
      }
      return { kind: 'pass', grant: { session, tokens: judgement.tokens } }
    case 'refresh':
      // A provider that issues expired tokens is not asked in a circle: the upstream has the last word.
      if (refreshed) return { kind: 'pass', grant: { session, tokens: judgement.tokens } }
      return context.refresher
        .refresh(session, provider, judgement.tokens)
        .then((outcome) => withFound(asked, outcome))
    case 'missing':
      return withoutTokens(asked, session)
    case 'expired':
      if (provider.name === session.record.provider) {
        return endSession(asked, session, 'token_expired')
      }
      return withoutTokens(asked, session)
  }
}

/** Signed in, but not at this route's provider. */
function withoutTokens(asked: Asked, session: OpenSession): Admission {
  if (asked.route.config.auth === 'required') return refuse('token_required', 'token')
  return { kind: 'pass', grant: { session, tokens: undefined } }
}

/** Ends it for everybody and says why to the one who asked. */
export async function endSession(
  asked: Asked,
  session: OpenSession,
  reason: EndReason,
): Promise<Admission> {
  await asked.context.sessions.end(session.ticket.storeKey, reason)
  return withoutSession(asked, 'session_ended', reason, { reason })
}

/** Nobody is signed in, for the reason given: the route decides whether that matters. */
function withoutSession(
  asked: Asked,
  code: ProblemCode,
  step: string,
  options: ProblemOptions = {},
): Admission {
  if (asked.route.config.auth === 'required') return refuse(code, step, options)
  return step === 'cookie' || isOurs(asked) ? ANYBODY : notOurs(asked)
}

function refuse(code: ProblemCode, step: string, options: ProblemOptions = {}): Admission {
  return { kind: 'refuse', code, step, options }
}

function isOurs(asked: Asked): boolean {
  const facts = csrfFacts(asked)
  return asked.webSocket ? isOwnWebSocket(facts) : passesCsrf(facts, asked.route.config.csrf)
}

function notOurs({ webSocket }: Asked): Admission {
  return refuse('csrf_refused', 'csrf', { detail: webSocket ? ORIGIN_DETAIL : CSRF_DETAIL })
}

function arrivesFromElsewhere(asked: Asked): boolean {
  return asked.head.site === 'cross-site' && isTopLevelNavigation(csrfFacts(asked))
}

function csrfFacts({ head, req, origin: ownOrigin }: Asked) {
  const { site, mode, dest, origin, csrf: csrfHeader } = head
  return { method: req.method ?? 'GET', site, mode, dest, origin, csrfHeader, ownOrigin }
}
