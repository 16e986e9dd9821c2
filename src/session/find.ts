// What the store says of a ticket. A reply that the ticket does not open is not believed: the store is asked once more.
import type { Clock } from '../lib/clock.ts'
import { type Envelopes, openSession } from './envelope.ts'
import type { Memory, ReadMark } from './memory.ts'
import {
  type EndReason,
  type OpenSession,
  type SessionContent,
  type SessionRecord,
  type StoreKey,
  stateOf,
} from './session.ts'
import type { SessionStore } from './store.ts'
import type { Ticket } from './ticket.ts'

export type FoundSession =
  | { kind: 'active'; session: OpenSession }
  | { kind: 'pending' }
  | { kind: 'idle' }
  | { kind: 'ended'; reason: EndReason }
  /** The store knows of no such session: a positive answer, not a failure. */
  | { kind: 'absent' }
  /** The store's bytes do not open with this ticket, twice. */
  | { kind: 'unsealable' }

export type ReadSession =
  | { kind: 'read'; record: SessionRecord; content: SessionContent; mark: ReadMark }
  | Extract<FoundSession, { kind: 'ended' | 'absent' | 'unsealable' }>

export interface Finder {
  /** The record as it stands in the store, and its content. Rejects with StoreUnreachableError only. */
  read(ticket: Ticket): Promise<ReadSession>
  /** The session and its state; an active one is remembered. Rejects with StoreUnreachableError only. */
  find(ticket: Ticket): Promise<FoundSession>
}

export interface FinderOptions {
  readonly store: SessionStore
  readonly envelopes: Envelopes
  readonly memory: Memory
  readonly clock: Clock
  readonly events: {
    /** A record did not open with the ticket that led to it, neither at once nor at the second look. */
    unsealable(storeKey: StoreKey): void
    /** The first look: somebody else's reply, perhaps. */
    distrusted?(storeKey: StoreKey): void
  }
}

export function createFinder({ store, envelopes, memory, clock, events }: FinderOptions): Finder {
  async function read(ticket: Ticket, again = false): Promise<ReadSession> {
    const { storeKey } = ticket
    const { value: record, mark } = await memory.reading(storeKey, () => store.get(storeKey))
    if (!record) {
      memory.drop(storeKey)
      return { kind: 'absent' }
    }
    if (stateOf(record, clock.now()) === 'ended') {
      memory.end(storeKey)
      return { kind: 'ended', reason: record.reason ?? 'signed_out' }
    }
    const content = envelopes.unseal(ticket, record)
    if (content) return { kind: 'read', record, content, mark }
    if (again) {
      events.unsealable(storeKey)
      return { kind: 'unsealable' }
    }
    events.distrusted?.(storeKey)
    store.distrust?.(storeKey)
    return read(ticket, true)
  }

  return {
    read: (ticket) => read(ticket),
    async find(ticket) {
      const known = memory.known(ticket)
      const found = await read(ticket)
      if (found.kind !== 'read') return found
      const { record, content, mark } = found
      // Touches reach the store late; what this process saw itself counts too.
      const latest =
        known && known.idleAt > record.idleAt ? { ...record, idleAt: known.idleAt } : record
      const state = stateOf(latest, clock.now())
      if (state === 'ended') return { kind: 'ended', reason: 'signed_out' }
      if (state !== 'active') return { kind: state }
      const session = openSession(ticket, latest, content)
      memory.remember(session, mark)
      return { kind: 'active', session }
    },
  }
}
