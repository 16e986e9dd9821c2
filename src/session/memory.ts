// What may be believed without asking the store: memory that hears of every change, for as long as it is known to hear.
import type { Clock } from '../lib/clock.ts'
import type { NearCache } from './near.ts'
import type { OpenSession, StoreKey } from './session.ts'
import { ANY_RECORD, SESSION_TOPIC, type SessionStore } from './store.ts'
import type { Ticket } from './ticket.ts'

export interface Memory {
  /** The session as this process knows it, where that may be believed at this moment. */
  believed(ticket: Ticket): OpenSession | undefined
  /** The session as this process knows it, believed or not. */
  known(ticket: Ticket): OpenSession | undefined
  /** Runs `work`, and tells whether its outcome may be remembered: not when the record changed meanwhile. */
  reading<T>(storeKey: StoreKey, work: () => Promise<T>): Promise<{ value: T; mark: ReadMark }>
  remember(session: OpenSession, mark: ReadMark): void
  drop(storeKey: StoreKey): void
  /** The session has ended, or may have: what is read of it from this moment on is not remembered. */
  end(storeKey: StoreKey): void
  readonly size: number
  close(): void
}

/** Of one read: `stale` once the record is known to have changed since it began. */
export interface ReadMark {
  stale: boolean
}

export interface MemoryOptions {
  readonly store: SessionStore
  readonly near: NearCache
  readonly clock: Clock
  /** For so long after events were last known to arrive memory is believed all the same; a second at least. */
  readonly graceMs: number
}

/** Events older than this are not trusted to be complete (promise 6: a second). */
const PROOF_MS = 1000

export function createMemory({ store, near, clock, graceMs }: MemoryOptions): Memory {
  const believedMs = Math.max(PROOF_MS, graceMs)
  const underWay = new Map<StoreKey, Set<ReadMark>>()
  // True from when the link was seen to be silent until it is seen to be alive again.
  let lapsed = false

  function forgetAll(): void {
    near.clear()
    for (const marks of underWay.values()) for (const mark of marks) mark.stale = true
  }

  function drop(storeKey: StoreKey): void {
    near.drop(storeKey)
    for (const mark of underWay.get(storeKey) ?? []) mark.stale = true
  }

  const unsubscribe = store.subscribe(SESSION_TOPIC, (message) => {
    if (message === ANY_RECORD) forgetAll()
    else drop(message as StoreKey)
  })

  /** Ms since events were last known to arrive. What was remembered before a silence is forgotten after it. */
  function silence(): number {
    const silentMs = clock.now() - store.provenAt
    if (silentMs > PROOF_MS) lapsed = true
    else if (lapsed) {
      lapsed = false
      forgetAll()
    }
    return silentMs
  }

  return {
    believed(ticket) {
      if (!near.get(ticket) || silence() > believedMs) return undefined
      const session = near.get(ticket)
      const now = clock.now()
      if (!session || now >= session.idleAt || now >= session.record.endsAt) return undefined
      return session
    },
    known: (ticket) => near.get(ticket),
    async reading(storeKey, work) {
      const mark = { stale: false }
      const marks = underWay.get(storeKey) ?? new Set()
      underWay.set(storeKey, marks.add(mark))
      try {
        return { value: await work(), mark }
      } finally {
        marks.delete(mark)
        if (marks.size === 0) underWay.delete(storeKey)
      }
    },
    remember(session, mark) {
      silence()
      if (!mark.stale) near.put(session)
    },
    drop,
    end(storeKey) {
      drop(storeKey)
      near.bar(storeKey)
    },
    get size() {
      return near.size
    },
    close() {
      unsubscribe()
      near.clear()
    },
  }
}
