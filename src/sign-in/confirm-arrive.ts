// The browser's next request after its sign-in by a link was settled: the session is taken over, under another id and in
// the session's own cookie, and whoever was signed in before no longer is. Until then nothing of theirs changes.
import type { FastifyReply } from 'fastify'
import type { EndReason, OpenSession } from '../session/session.ts'
import type { Ticket } from '../session/ticket.ts'
import type { Caller } from './caller.ts'
import { pendingTicket } from './confirm-context.ts'
import type { SignInContext } from './context.ts'
import { lifeOf } from './session-body.ts'

export type Arrival =
  | { readonly kind: 'waiting'; readonly ticket: Ticket; readonly until: number }
  /** Its cookie is on the reply. */
  | { readonly kind: 'active'; readonly session: OpenSession }
  | { readonly kind: 'ended'; readonly reason: EndReason }

/**
 * `undefined` where this browser has nothing pending. Rejects with StoreUnreachableError only. To be asked for requests
 * of our own pages.
 */
export async function arrive(
  context: SignInContext,
  caller: Caller,
  requestId: string,
  reply: FastifyReply,
): Promise<Arrival | undefined> {
  const { pending, sessions } = context
  const ticket = pendingTicket(context, caller)
  if (!pending || !ticket) return undefined
  const { signIns, cookie } = pending
  const clear = () => reply.header('set-cookie', cookie.clear())
  const view = await signIns.look(ticket)
  switch (view.kind) {
    case 'waiting':
      return { kind: 'waiting', ticket, until: view.until }
    case 'absent':
      clear()
      return undefined
    case 'unsealable':
      return undefined
    case 'ended':
      clear()
      return view
    case 'ready': {
      const held = await heldBy(context, caller)
      if (view.again && held) {
        clear()
        return undefined
      }
      const found = await signIns.adopt(ticket)
      if (found.kind !== 'active') {
        clear()
        return { kind: 'ended', reason: found.kind === 'ended' ? found.reason : 'replaced' }
      }
      const { session } = found
      if (held && held.ticket.storeKey !== session.ticket.storeKey) {
        await sessions.end(held.ticket.storeKey, 'replaced')
      }
      if (!view.again) {
        const { provider, ref } = session.record
        context.events.signedIn({ provider, ref, requestId })
      }
      const value = context.codec.seal(session.ticket)
      reply.header('set-cookie', context.cookie.set(value, lifeOf(context, session)))
      clear()
      return { kind: 'active', session }
    }
  }
}

async function heldBy(
  context: SignInContext,
  { cookie }: Caller,
): Promise<OpenSession | undefined> {
  if (cookie.kind !== 'ticket') return undefined
  const found = await context.sessions.find(cookie.opened.ticket)
  return found.kind === 'active' ? found.session : undefined
}
