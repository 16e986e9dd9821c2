// Session records for tests: whole, valid, and told apart by their key.
import { createHash } from 'node:crypto'
import type { SessionRecord, StoreKey } from '../../src/session/session.ts'

export function storeKey(name: string): StoreKey {
  return name as StoreKey
}

/** A live record of revision 1 with nothing optional, created at `now`: idle in 30 minutes, ended in 12 hours. */
export function recordAt(now: number, over: Partial<SessionRecord> = {}): SessionRecord {
  return {
    version: 1,
    revision: 1,
    state: 'active',
    provider: 'main',
    sub: 'ada',
    ref: 'r-1',
    device: 'Firefox on Linux',
    createdAt: now,
    seenAt: now,
    idleAt: now + 30 * 60_000,
    endsAt: now + 12 * 60 * 60_000,
    sealed: new Uint8Array([1, 2, 3]),
    ...over,
  }
}

/** Bytes of a session's size that belong to one revision of one key and to nothing else. */
export function sealedFor(key: string, revision: number): Uint8Array {
  const part = createHash('sha256').update(`${key} ${revision}`).digest()
  return new Uint8Array(Buffer.concat(Array.from({ length: 38 }, () => part)))
}
