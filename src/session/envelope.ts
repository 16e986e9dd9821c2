// A record and what its ticket opens of it: the only place where content is sealed and unsealed.
import { brandTokens, type IssuedTokens, type TokenSet } from '../tokens/token-set.ts'
import { decodeContent, encodeContent } from './content.ts'
import type { Sealer } from './seal.ts'
import type { OpenSession, SessionContent, SessionRecord, StoreKey } from './session.ts'
import type { Ticket } from './ticket.ts'

/** A record before it is sealed. */
export type SessionFacts = Omit<SessionRecord, 'sealed'>

export interface Envelopes {
  /** What the record should hold for `content`, sealed in this record's place. */
  seal(ticket: Ticket, facts: SessionFacts, content: SessionContent): SessionRecord
  /** `undefined` when the record was not sealed with this ticket, or stands in another place than it was sealed for. */
  unseal(ticket: Ticket, record: SessionRecord): SessionContent | undefined
}

const NOTHING = new Uint8Array(0)

export function createEnvelopes(sealer: Sealer): Envelopes {
  return {
    seal: (ticket, facts, content) => ({
      ...facts,
      sealed: sealer.seal(encodeContent(content), ticket.key, placeOf(ticket, facts)),
    }),
    unseal(ticket, record) {
      const plain = sealer.unseal(record.sealed, ticket.key, placeOf(ticket, record))
      return plain && decodeContent(plain, ticket.storeKey)
    },
  }
}

export function openSession(
  ticket: Ticket,
  record: SessionRecord,
  content: SessionContent,
): OpenSession {
  const { seenAt, idleAt } = record
  // What has been opened need not be kept sealed beside it.
  return {
    ticket,
    record: { ...record, sealed: NOTHING },
    content,
    seenAt,
    idleAt,
    touchedAt: seenAt,
  }
}

/** `tokens`, each handed to the session with this store key. */
export function ownedBy(
  owner: StoreKey,
  tokens: Readonly<Record<string, IssuedTokens>>,
): Record<string, TokenSet> {
  const owned: Record<string, TokenSet> = {}
  for (const [name, set] of Object.entries(tokens)) owned[name] = brandTokens(set, owner)
  return owned
}

function placeOf(ticket: Ticket, { revision, endsAt }: SessionFacts) {
  return { storeKey: ticket.storeKey, revision, endsAt }
}
