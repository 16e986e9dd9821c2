// How a proxied request came out, told once to the log, the metrics and whoever looks on; and what the gateway itself
// answers in an upstream's place.
import type { ProblemCode, ProblemOptions } from '../errors.ts'
import { bouncePage } from '../http/bounce.ts'
import { returnTo } from '../lib/return-to.ts'
import { StoreUnreachableError } from '../session/store.ts'
import { ClientGone } from './aborts.ts'
import type { Asked, Grant } from './admission.ts'
import { errorCode, upstreamFailure } from './failure.ts'
import { type Denying, SessionOver, sessionOver } from './session-over.ts'

/** Answers with a problem. `step`: the first that failed; `grant`: what the request had been admitted with by then. */
export function deny(
  asked: Asked,
  grant: Grant | undefined,
  code: ProblemCode,
  step: string,
  options: ProblemOptions = {},
): void {
  const { context, requestId, route, req, res, tap } = asked
  const cause = options.cause === undefined ? {} : { cause: errorCode(options.cause) }
  context.events.denied({ code, step, requestId, route: route.pattern, ...cause })
  context.answerProblem(req, res, code, options, requestId)
  tap?.head(res.statusCode, ['Coatcheck-Problem', code])
  tellTap(asked, grant, context.clock.now())
}

/** Lets the browser come again from a page of ours. */
export function bounce(asked: Asked): void {
  const { context, req, res, origin, tap } = asked
  const { headers, body } = bouncePage(returnTo(req.url, '/'), origin)
  res.writeHead(200, headers)
  res.end(body)
  tap?.head(200, [])
  tellTap(asked, undefined, context.clock.now())
}

/** The upstream's answer has been written, or cut off by `error`. `status` 0: before there was one. */
export function tellAnswered(
  asked: Asked,
  grant: Grant | undefined,
  status: number,
  error?: unknown,
): void {
  const { context, requestId, route, req, startedAt } = asked
  const now = context.clock.now()
  const cut = error === undefined ? undefined : errorCode(error)
  context.events.answered({
    requestId,
    route: route.pattern,
    method: req.method ?? '',
    status: error instanceof ClientGone && status === 0 ? 499 : status,
    ms: now - startedAt,
    cut,
  })
  tellTap(asked, grant, now, cut)
}

/** What went wrong between here and the upstream, or ended the exchange, as one of our problems. */
export function denialOf(error: unknown): Denying {
  if (error instanceof SessionOver) return sessionOver(error.why)
  return [upstreamFailure(error), errorCode(error), { cause: error }]
}

/** The store cannot be reached, or something that must not happen did: told, and as one of our problems. */
export function misfortune({ context: { events } }: Asked, error: unknown): Denying {
  if (error instanceof StoreUnreachableError) {
    events.storeUnreachable(error)
    return ['store_unreachable', 'store', { retryAfter: 2, cause: error }]
  }
  events.failed(error)
  return ['internal', 'proxy', {}]
}

function tellTap(asked: Asked, grant: Grant | undefined, now: number, cut?: string) {
  const { context, origin, tap } = asked
  // Whoever came by a name that is not ours asked for something of ours all the same.
  tap?.end(grant?.session, origin === '' ? context.hosts.publicOrigin : origin, now, cut)
}
