// POST /auth/logout: ended in the store, revoked at the providers that can, cleared in the browser; in that order, so
// that a store that cannot be reached leaves the browser able to try again.
import type { FastifyInstance } from 'fastify'
import { ProblemError } from '../errors.ts'
import { callerOf, requireOwnPage, withStore } from './caller.ts'
import type { SignInContext } from './context.ts'

export function logoutEndpoint(app: FastifyInstance, context: SignInContext): void {
  app.post('/auth/logout', async (request, reply) => {
    const caller = callerOf(context, request)
    if (caller.cookie.kind !== 'none') requireOwnPage(context, caller, request.method)
    if (caller.cookie.kind === 'ticket') {
      const { ticket } = caller.cookie.opened
      await withStore(context, async () => {
        const found = await context.sessions.find(ticket)
        const { expectedRef } = caller.head
        if (
          found.kind === 'active' &&
          (expectedRef ?? found.session.record.ref) !== found.session.record.ref
        ) {
          throw new ProblemError('session_changed')
        }
        await context.sessions.end(ticket.storeKey, 'signed_out')
        if (found.kind !== 'active') return
        const { record, content } = found.session
        context.events.signedOut({ ref: record.ref, requestId: request.id })
        await Promise.all(
          Object.entries(content.tokens).map(([name, tokens]) =>
            context.providers.get(name)?.provider.revoke?.(tokens),
          ),
        )
      })
    }
    return reply.code(204).header('set-cookie', context.cookie.clear()).send()
  })
}
