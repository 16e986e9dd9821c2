// What every session store promises. Each call rejects only when the store is unreachable or full,
// always with a StoreUnreachableError; every other outcome is a value.
import type { EndReason, SessionRecord, StoreKey } from './session.ts'

export interface SessionStore {
  readonly kind: 'memory' | 'sqlite' | 'redis'
  /** Who shares what this store holds. */
  readonly scope: 'process' | 'host' | 'network'
  /** For whoever starts it; absent where the configuration says it all. */
  readonly about?: StoreAbout

  /** `undefined` when absent or past `endsAt`. An ended session's tombstone is returned as it is. */
  get(key: StoreKey): Promise<SessionRecord | undefined>
  /** Resolves false, and writes nothing, when there is a record (tombstone included). Durable when it resolves. */
  add(key: StoreKey, record: SessionRecord): Promise<boolean>
  /** Writes only over `record.revision - 1` of a record that has not ended; resolves false otherwise. Durable when it resolves. */
  replace(key: StoreKey, record: SessionRecord): Promise<boolean>
  /** Moves `seenAt` and `idleAt` forward, never back, without a new revision; may lag a second. Nothing happens where there is no live record. */
  touch(key: StoreKey, times: { seenAt: number; idleAt: number }): Promise<void>
  /**
   * Ends a live record at once, whatever its revision: a tombstone with `reason` takes its place (see `tombstoneOf`).
   * Resolves to the record as it was, or undefined when none was live. Durable when it resolves; published to all.
   */
  delete(key: StoreKey, reason: EndReason, now: number): Promise<SessionRecord | undefined>
  /** `delete` for every live record that matches; resolves to their keys. */
  deleteBy(filter: SessionFilter, reason: EndReason, now: number): Promise<StoreKey[]>
  /** Live records that match, oldest first, without `sealed` bytes; at most `limit` (default 100) a page. */
  list(filter: SessionFilter, page?: { after?: string; limit?: number }): Promise<SessionPage>
  /** How many records are live (neither ended nor past `endsAt`). */
  count(): Promise<number>

  /** A lock that lapses `ms` after it was taken or renewed; undefined while somebody else holds it. */
  lease(key: string, ms: number): Promise<Lease | undefined>

  /** Keeps `value` under `code` until `endsAt`; resolves false when the code is taken already. */
  put(code: string, value: Uint8Array, endsAt: number): Promise<boolean>
  /** What was put under `code`, to exactly one caller; undefined when absent, taken or late. */
  take(code: string): Promise<Uint8Array | undefined>

  /** Adds a job to be claimed from `dueAt` on; resolves false when `id` is known already. */
  enqueue(job: NewJob): Promise<boolean>
  /** The job due first, hidden from others for `ms`; undefined when none is due. `attempts` counts this claim. */
  claim(queue: string, ms: number): Promise<ClaimedJob | undefined>
  /** Removes a job; resolves false when this claim has lapsed and somebody else holds the job. */
  done(job: ClaimedJob): Promise<boolean>
  /** Gives a job back, to be claimed from `dueAt` on; false as for `done`. */
  retry(job: ClaimedJob, dueAt: number): Promise<boolean>

  /** Reaches every subscriber of `topic` in every process that shares the store, this one included; at most once. */
  publish(topic: string, message: string): Promise<void>
  /** The returned function unsubscribes. A record replaced or ended (not one that expires) is published by the store itself to SESSION_TOPIC, as its store key. */
  subscribe(topic: string, listener: (message: string) => void): () => void
  /** Epoch ms at which events from others were last known to arrive; Infinity where no others can exist. */
  readonly provenAt: number

  /** The record under `key` did not open with the ticket that led to it: what it came by is not used again. Absent where replies cannot be mixed up. */
  distrust?(key: StoreKey): void
  /** Resolves when the store answers and takes writes; rejects otherwise. */
  ping(): Promise<void>
  /** Finishes what is under way, then lets go of everything. */
  close(): Promise<void>
}

/** Topic of the store's own events: one store key a message. */
export const SESSION_TOPIC = 'session'

/** In place of a store key: events were missed, so that any record may have changed. */
export const ANY_RECORD = '*'

export type SessionFilter =
  | { readonly provider: string; readonly sub: string }
  | { readonly provider: string; readonly providerSid: string }
  | { readonly all: true }

export interface SessionPage {
  readonly sessions: ReadonlyArray<{ readonly key: StoreKey; readonly record: SessionRecord }>
  /** Hand it to the next call as `after`; absent on the last page. */
  readonly next?: string
}

export interface StoreAbout {
  /** What it is and where, without a password. */
  readonly place: string
  /** What it uses of what it is allowed. */
  readonly detail: string
  /** One line each, with its mend. */
  readonly warnings: readonly string[]
}

export interface Lease {
  /** Another `ms` from this moment; resolves false when the lease has lapsed and is somebody else's or nobody's. */
  renew(ms: number): Promise<boolean>
  /** Lets go, unless it is somebody else's by then. */
  release(): Promise<void>
}

export interface NewJob {
  readonly queue: string
  readonly id: string
  readonly payload: Uint8Array
  readonly dueAt: number
  /** From this moment on nobody is given the job any more. */
  readonly endsAt: number
}

export interface ClaimedJob extends NewJob {
  readonly attempts: number
  /** Proof of this claim, for `done` and `retry`. */
  readonly claim: string
}

/** The one way a store fails: it cannot be reached, or cannot take writes. */
export class StoreUnreachableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreUnreachableError'
  }
}
