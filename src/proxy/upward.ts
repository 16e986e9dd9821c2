// All headers of a request on its way up, plain or as a WebSocket's handshake: what was received and may go, the asker's
// own credential, checked a last time, and who asked whom.
import { keepCookies } from '../lib/cookie-header.ts'
import type { TokenSet } from '../tokens/token-set.ts'
import type { Asked, Grant } from './admission.ts'
import { ownsTokens } from './guard.ts'

/**
 * Names and values in turn. Undefined, and nothing may be sent: the token at hand is another session's; both have been
 * ended. The list is one for each request: for a replay it is made anew in place.
 */
export function upwardHeaders(asked: Asked, grant: Grant | undefined): string[] | undefined {
  const { head, route } = asked
  const { config, provider } = route
  const tokens = grant?.tokens
  const headers = head.forwarded
  headers.length = head.received
  let cookies = keepCookies(head.cookie, config.cookies)
  if (tokens && provider) {
    if (!mayCarry(asked, grant, tokens)) return undefined
    const [name, value] = provider.credential(tokens)
    if (name === 'cookie') cookies = cookies === undefined ? value : `${cookies}; ${value}`
    else headers.push(name, value)
  }
  if (cookies !== undefined) headers.push('cookie', cookies)
  addOwnHeaders(asked, headers)
  return headers
}

function addOwnHeaders({ head, origin, context, req, requestId }: Asked, headers: string[]): void {
  const separator = origin.indexOf('://')
  headers.push(
    'via',
    head.via === undefined ? context.pseudonym : `${head.via}, ${context.pseudonym}`,
    'x-forwarded-for',
    context.clientIp(req.socket.remoteAddress, head.forwardedFor),
    'x-forwarded-host',
    origin.slice(separator + 3),
    'x-forwarded-proto',
    origin.slice(0, separator),
    'x-request-id',
    requestId,
  )
}

/** Whose token this is was decided before; that it is the asker's is checked where nothing comes after. */
function mayCarry({ context, requestId, route, ticket }: Asked, grant: Grant, tokens: TokenSet) {
  if (!context.guard || (ticket && ownsTokens(ticket, tokens))) return true
  const { sessions, events } = context
  // Nobody in memory answers to it once it has ended.
  const owner = context.liveRef((session) => session.ticket.storeKey === tokens.owner)
  for (const storeKey of new Set([ticket?.storeKey, grant.session.ticket.storeKey, tokens.owner])) {
    if (storeKey) sessions.end(storeKey, 'leak_prevented').catch(events.storeUnreachable)
  }
  const asker = grant.session.record.ref
  const leak = { requestId, route: route.pattern, asker, owner, ownerKey: tokens.owner }
  events.leakPrevented({ ...leak, seen: 'token', stopped: true })
  return false
}
