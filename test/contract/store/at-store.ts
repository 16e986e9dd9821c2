// What every part of the contract works with: the store under test, and what is said again and again.
import { expect } from 'vitest'
import type { Clock } from '../../../src/lib/clock.ts'
import type { SessionRecord, StoreKey } from '../../../src/session/session.ts'
import type { SessionFilter, SessionStore } from '../../../src/session/store.ts'
import { recordAt, storeKey } from '../../support/records.ts'

export interface OpenStore {
  readonly store: SessionStore
  readonly clock: Clock
  /** Lets `ms` go by, and resolves when the store has done what fell due meanwhile. */
  advance(ms: number): Promise<void>
  /** One more store on the same data, as another process opens it; absent where the data is nobody else's. */
  readonly peer?: () => Promise<SessionStore>
  /** Closes every store that was opened and removes the data. */
  dispose(): Promise<void>
}

export interface AtStore {
  /** Of the test that is running. */
  readonly store: SessionStore
  readonly peer: (() => Promise<SessionStore>) | undefined
  advance(ms: number): Promise<void>
  now(): number
  /** A live record as of this moment. */
  record(over?: Partial<SessionRecord>): SessionRecord
  /** Adds such a record; fails the test when there is one. */
  add(key: StoreKey, over?: Partial<SessionRecord>): Promise<SessionRecord>
  /** What reaches a subscriber of `topic`, so far. */
  hear(topic: string, from?: SessionStore): string[]
  subsOf(filter: SessionFilter): Promise<string[]>
}

export const A_KEY = storeKey('k'.repeat(43))
export const STRANGE_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'ключ',
  "it's",
  '"; DROP',
  '*',
]
/** The longest that touches and events may take. */
export const LAG_MS = 1000

/** `opened` says which store is under test, whenever it is asked. */
export function atStore(opened: () => OpenStore): AtStore {
  const now = () => opened().clock.now()
  const record = (over: Partial<SessionRecord> = {}) => recordAt(now(), over)
  return {
    get store() {
      return opened().store
    },
    get peer() {
      return opened().peer
    },
    advance: (ms) => opened().advance(ms),
    now,
    record,
    async add(key, over) {
      const added = record(over)
      expect(await opened().store.add(key, added)).toBe(true)
      return added
    },
    hear(topic, from = opened().store) {
      const heard: string[] = []
      from.subscribe(topic, (message) => heard.push(message))
      return heard
    },
    async subsOf(filter) {
      const { sessions } = await opened().store.list(filter)
      return sessions.map((session) => session.record.sub)
    },
  }
}
