// GET /auth/session: who am I, and until when. Never slides the session; takes the cookie back only when the store
// says for certain that there is no such session.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { ProblemError } from '../errors.ts'
import type { OpenSession } from '../session/session.ts'
import { judge } from '../tokens/authorize.ts'
import { type Caller, callerOf, requireOwnPage, withStore } from './caller.ts'
import { arrive } from './confirm-arrive.ts'
import { pendingTicket } from './confirm-context.ts'
import type { SignInContext } from './context.ts'
import { lifeOf, signedInBody, signedOutBody } from './session-body.ts'

export function sessionEndpoint(app: FastifyInstance, context: SignInContext): void {
  app.get('/auth/session', async (request, reply) => {
    const caller = callerOf(context, request)
    const held = caller.cookie.kind !== 'none' || pendingTicket(context, caller) !== undefined
    if (held) requireOwnPage(context, caller, request.method)
    return withStore(context, async () => {
      const arrival = await arrive(context, caller, request.id, reply)
      if (arrival?.kind === 'active') return signedInBody(context, arrival.session)
      const told = await tell(context, caller, reply)
      if (!arrival || told.state !== 'absent') return told
      if (arrival.kind === 'waiting') return signedOutBody(context, 'pending')
      return signedOutBody(context, 'ended', arrival.reason)
    })
  })
}

async function tell(context: SignInContext, { cookie }: Caller, reply: FastifyReply) {
  if (cookie.kind === 'twice') reply.header('set-cookie', context.cookie.clear())
  if (cookie.kind !== 'ticket') return signedOutBody(context, 'absent')
  const { ticket, underOldKey } = cookie.opened
  const near = context.sessions.near(ticket)
  const found = near
    ? { kind: 'active' as const, session: near }
    : await context.sessions.find(ticket)
  switch (found.kind) {
    case 'active': {
      const { session } = found
      // Facts are somebody's too: what was found must be what the cookie names.
      if (session.ticket.text !== ticket.text) throw new ProblemError('leak_prevented')
      if (await endedByItsToken(context, session)) {
        return signedOutBody(context, 'ended', 'token_expired')
      }
      if (underOldKey) {
        const value = context.codec.seal(ticket)
        reply.header('set-cookie', context.cookie.set(value, lifeOf(context, session)))
      }
      return signedInBody(context, session)
    }
    case 'absent':
      reply.header('set-cookie', context.cookie.clear())
      return signedOutBody(context, 'absent')
    case 'unsealable':
      return signedOutBody(context, 'absent')
    case 'ended':
      return signedOutBody(context, 'ended', found.reason)
    case 'idle':
    case 'pending':
      return signedOutBody(context, found.kind)
  }
}

/** A first token that has expired and cannot be renewed is the end of its session. */
export async function endedByItsToken(
  context: SignInContext,
  session: OpenSession,
): Promise<boolean> {
  const first = context.providers.get(session.record.provider)?.provider
  if (!first || judge(session, first, context.clock.now()).kind !== 'expired') return false
  await context.sessions.end(session.ticket.storeKey, 'token_expired')
  return true
}
