// A ticket is the only thing that leads to a session: its random id and the key that opens its record.
import { createHash } from 'node:crypto'
import type { Random } from '../lib/random.ts'
import type { SessionId, SessionKey, StoreKey } from './session.ts'

export interface Ticket {
  readonly id: SessionId
  readonly key: SessionKey
  /** What a store is told instead of the id. */
  readonly storeKey: StoreKey
  /** id ‖ key, 64 bytes as base64url (86 characters): what the cookie carries. */
  readonly text: string
}

const PART = 32
const TICKET_TEXT = /^[A-Za-z0-9_-]{86}$/

export function createTicket(random: Random): Ticket {
  return ticketOf(random(PART * 2))
}

/** `undefined` for anything that `createTicket` could not have written, other spellings of the same bytes included. */
export function parseTicket(text: string): Ticket | undefined {
  if (!TICKET_TEXT.test(text)) return undefined
  const ticket = ticketOf(Buffer.from(text, 'base64url'))
  return ticket.text === text ? ticket : undefined
}

function ticketOf(bytes: Buffer): Ticket {
  const id = bytes.subarray(0, PART)
  return {
    id: id.toString('base64url') as SessionId,
    key: bytes.subarray(PART).toString('base64url') as SessionKey,
    storeKey: createHash('sha256').update(id).digest('base64url') as StoreKey,
    text: bytes.toString('base64url'),
  }
}

const REF_ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz'

/** Ten characters that are easy to read aloud; names a session on pages and in logs and leads nowhere. */
export function createRef(random: Random): string {
  let ref = ''
  while (ref.length < 10) {
    for (const byte of random(16)) {
      // 248 = 8 × 31: above it the alphabet would not be drawn evenly.
      if (byte < 248 && ref.length < 10) ref += REF_ALPHABET[byte % REF_ALPHABET.length]
    }
  }
  return ref
}
