// POST /auth/logout: ended in the store, revoked at the providers that can, cleared in the browser; in that order, so
// that a store that cannot be reached leaves the browser able to try again.
import type { FastifyInstance } from 'fastify'
import { ProblemError } from '../errors.ts'
import type { Ticket } from '../session/ticket.ts'
import { type Caller, callerOf, requireOwnPage, withStore } from './caller.ts'
import { pendingTicket } from './confirm-context.ts'
import type { SignInContext } from './context.ts'

export function logoutEndpoint(app: FastifyInstance, context: SignInContext): void {
  app.post('/auth/logout', async (request, reply) => {
    const caller = callerOf(context, request)
    if (caller.cookie.kind !== 'none') requireOwnPage(context, caller, request.method)
    if (caller.cookie.kind === 'ticket') {
      const { ticket } = caller.cookie.opened
      await withStore(context, () => signOut(context, caller, ticket, request.id))
    }
    const left = pendingTicket(context, caller)
    if (left && context.pending) {
      const { signIns, cookie } = context.pending
      requireOwnPage(context, caller, request.method)
      await withStore(context, () => signIns.end(left, 'signed_out'))
      reply.header('set-cookie', cookie.clear())
    }
    return reply.code(204).header('set-cookie', context.cookie.clear()).send()
  })
}

async function signOut(
  context: SignInContext,
  { head }: Caller,
  ticket: Ticket,
  requestId: string,
) {
  const { sessions, providers, events } = context
  if (head.expectedRef !== undefined) {
    const found = await sessions.find(ticket)
    if (found.kind === 'active' && found.session.record.ref !== head.expectedRef) {
      throw new ProblemError('session_changed')
    }
  }
  const session = await sessions.signOut(ticket)
  if (!session) return
  events.signedOut({ ref: session.record.ref, requestId })
  await Promise.all(
    Object.entries(session.content.tokens).map(([name, tokens]) =>
      providers.get(name)?.provider.revoke?.(tokens),
    ),
  )
}
