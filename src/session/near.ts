// Unsealed sessions in this process's memory: bounded, found only by the whole ticket, dropped by store key.
import { LRUCache } from 'lru-cache'
import type { OpenSession, StoreKey } from './session.ts'
import type { Ticket } from './ticket.ts'

export interface NearCache {
  /** `undefined` unless this very ticket, key included, was put. */
  get(ticket: Ticket): OpenSession | undefined
  put(session: OpenSession): void
  drop(storeKey: StoreKey): void
  /** Drops it for good: `put` takes in nothing under this key, for as long as `capacity` later ones are remembered. */
  bar(storeKey: StoreKey): void
  /** Every session in it, in no promised order. */
  all(): OpenSession[]
  clear(): void
  readonly size: number
}

/** `capacity` 0 keeps nothing. */
export function createNearCache(capacity: number): NearCache {
  const ticketOf = new Map<StoreKey, string>()
  const max = Math.max(1, capacity)
  const barred = new LRUCache<StoreKey, true>({ max })
  const sessions = new LRUCache<string, OpenSession>({
    max,
    dispose: (session, text) => {
      if (ticketOf.get(session.ticket.storeKey) === text) ticketOf.delete(session.ticket.storeKey)
    },
  })

  function drop(storeKey: StoreKey): void {
    const text = ticketOf.get(storeKey)
    if (text !== undefined) sessions.delete(text)
  }

  return {
    get: (ticket) => sessions.get(ticket.text),
    put(session) {
      const { storeKey, text } = session.ticket
      if (capacity === 0 || barred.has(storeKey)) return
      sessions.set(text, session)
      ticketOf.set(storeKey, text)
    },
    drop,
    bar(storeKey) {
      barred.set(storeKey, true)
      drop(storeKey)
    },
    all: () => [...sessions.values()],
    clear: () => sessions.clear(),
    get size() {
      return sessions.size
    },
  }
}
