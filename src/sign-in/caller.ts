// Who is calling one of our own endpoints: from which origin, with which cookie, and whether our own page sent them.
import type { FastifyRequest } from 'fastify'
import { ProblemError } from '../errors.ts'
import { CSRF_DETAIL, passesCsrf } from '../http/csrf.ts'
import { type RequestHead, readRequestHead } from '../proxy/request-head.ts'
import type { ReadCookie } from '../session/reader.ts'
import { StoreUnreachableError } from '../session/store.ts'
import type { SignInContext } from './context.ts'

export interface Caller {
  readonly head: RequestHead
  /** The origin of ours that was asked. */
  readonly origin: string
  readonly cookie: ReadCookie
  readonly ip: string
}

/** Throws `host_unknown`. */
export function callerOf(context: SignInContext, request: FastifyRequest): Caller {
  const head = readRequestHead(request.raw.rawHeaders)
  const origin = context.hosts.originOf(head.host)
  if (origin === undefined) throw new ProblemError('host_unknown')
  return {
    head,
    origin,
    cookie: context.reader.read(head.cookie),
    ip: context.clientIp(request.socket.remoteAddress, head.forwardedFor),
  }
}

/** Throws `csrf_refused` unless our own page sent this. */
export function requireOwnPage(context: SignInContext, caller: Caller, method: string): void {
  const { site, mode, dest, origin, csrf } = caller.head
  const facts = { method, site, mode, dest, origin, csrfHeader: csrf, ownOrigin: caller.origin }
  if (!passesCsrf(facts, context.csrf))
    throw new ProblemError('csrf_refused', { detail: CSRF_DETAIL })
}

/** Turns a store that cannot be reached into the answer that says so; the cookie is kept. */
export async function withStore<T>(context: SignInContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StoreUnreachableError)) throw error
    context.events.storeUnreachable(error)
    throw new ProblemError('store_unreachable', { retryAfter: 2, cause: error })
  }
}
