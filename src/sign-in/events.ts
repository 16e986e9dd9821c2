// GET /auth/events: what becomes of this browser's session and of the sign-in it waits for, as it happens. Every connect
// begins with the present state. Looking on does not keep a session from becoming idle.
import type { FastifyInstance } from 'fastify'
import { ProblemError } from '../errors.ts'
import { CSRF_DETAIL, passesCsrf } from '../http/csrf.ts'
import type { Joined } from '../live/registry.ts'
import { noSeat } from '../proxy/session-over.ts'
import type { FoundSession } from '../session/find.ts'
import { type Caller, callerOf, withStore } from './caller.ts'
import { pendingTicket } from './confirm-context.ts'
import type { SignInContext } from './context.ts'
import { watchPending } from './events-pending.ts'
import { watchSession } from './events-session.ts'
import { type EventStream, openEventStream } from './events-stream.ts'
import { endedByItsToken } from './session.ts'
import {
  type SignedInBody,
  type SignedOutBody,
  signedInBody,
  signedOutBody,
} from './session-body.ts'

/** Where there is nothing to wait for the browser looks again after this. */
export const REST_MS = 30_000
/** It is somebody else's turn: with the cookie that the browser has by then. */
export const AT_ONCE_MS = 500

export function eventsEndpoint(app: FastifyInstance, context: SignInContext): void {
  const open = new Set<EventStream>()
  // Before the listener waits for whoever is connected.
  app.addHook('preClose', async () => {
    for (const stream of open) stream.end(AT_ONCE_MS)
  })

  app.get('/auth/events', { exposeHeadRoute: false }, async (request, reply) => {
    const caller = callerOf(context, request)
    requireOurs(caller)
    const { near, find } = context.sessions
    const ticket = caller.cookie.kind === 'ticket' ? caller.cookie.opened.ticket : undefined
    const waiting = pendingTicket(context, caller)
    const { found, pending } = await withStore(context, async () => {
      const session = ticket && near(ticket)
      const known: FoundSession | undefined = session && { kind: 'active', session }
      return {
        found: known ?? (ticket ? await find(ticket) : ({ kind: 'absent' } as const)),
        pending: waiting && (await context.pending?.signIns.look(waiting)),
      }
    })
    const over = found.kind === 'active' && (await endedByItsToken(context, found.session))
    const state = over ? signedOutBody(context, 'ended', 'token_expired') : bodyOf(context, found)
    const waits = waiting !== undefined && pending !== undefined && pending.kind !== 'absent'

    const stream = openEventStream(context.clock)
    open.add(stream)
    stream.onEnd(() => open.delete(stream))
    reply.header('content-type', 'text/event-stream')
    reply.header('x-accel-buffering', 'no')
    const session = found.kind === 'active' && !over ? found.session : undefined
    const joined = watchSession(context, stream, session)
    if (joined.kind !== 'joined') {
      stream.readable.destroy()
      throw refusal(joined)
    }
    stream.send('session.state', waits && !session ? signedOutBody(context, 'pending') : state)
    if (waits) watchPending(context, stream, waiting, session !== undefined)
    else if (!session) stream.end(REST_MS)
    return reply.send(stream.readable)
  })
}

/** An EventSource sends no header of its own: where it comes from has to be enough. */
function requireOurs({ head, origin: ownOrigin }: Caller): void {
  const { site, mode, dest, origin, csrf: csrfHeader } = head
  const facts = { method: 'GET', site, mode, dest, origin, csrfHeader, ownOrigin }
  if (!passesCsrf(facts, 'same-origin')) {
    throw new ProblemError('csrf_refused', { detail: CSRF_DETAIL })
  }
}

function bodyOf(context: SignInContext, found: FoundSession): SignedInBody | SignedOutBody {
  switch (found.kind) {
    case 'active':
      return signedInBody(context, found.session)
    case 'ended':
      return signedOutBody(context, 'ended', found.reason)
    case 'idle':
    case 'pending':
      return signedOutBody(context, found.kind)
    case 'absent':
    case 'unsealable':
      return signedOutBody(context, 'absent')
  }
}

function refusal(joined: Exclude<Joined, { kind: 'joined' }>): ProblemError {
  const [code, , options] = noSeat(joined)
  const detail = 'Ask /auth/session instead, now and then'
  return new ProblemError(code, { detail, ...options })
}
