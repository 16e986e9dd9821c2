// The last look before a token leaves: it must be branded with the session that this request's own cookie names.

import type { Ticket } from '../session/ticket.ts'
import type { TokenSet } from '../tokens/token-set.ts'

/** False means that a token of another session was about to be sent. */
export function ownsTokens(ticket: Ticket, tokens: TokenSet): boolean {
  return tokens.owner === ticket.storeKey
}
