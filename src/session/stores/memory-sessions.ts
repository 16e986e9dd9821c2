// Session records in this process's memory. Bytes are copied on the way in and out, so nobody changes what is kept.
import { type EndReason, type SessionRecord, type StoreKey, tombstoneOf } from '../session.ts'
import type { SessionFilter, SessionPage } from '../store.ts'
import { type Cursor, pageSize, readCursor, writeCursor } from './cursor.ts'
import { createShelf } from './memory-shelf.ts'

interface Kept {
  readonly record: SessionRecord
  readonly order: number
}

const NOTHING = new Uint8Array(0)

export function createMemorySessions() {
  const shelf = createShelf<StoreKey, Kept>(({ record }) => record.endsAt)
  let added = 0

  function live(key: StoreKey, now: number): Kept | undefined {
    const found = shelf.get(key, now)
    return found?.record.state === 'ended' ? undefined : found
  }

  function end(key: StoreKey, reason: EndReason, now: number): SessionRecord | undefined {
    const found = live(key, now)
    if (found) shelf.set(key, { ...found, record: tombstoneOf(found.record, reason, now) })
    return found && copyOf(found.record)
  }

  function* matching(filter: SessionFilter, now: number) {
    for (const [key, { record, order }] of shelf.entries(now)) {
      if (record.state === 'ended' || !matches(record, filter)) continue
      yield { key, record, order, createdAt: record.createdAt }
    }
  }

  return {
    get(key: StoreKey, now: number): SessionRecord | undefined {
      const found = shelf.get(key, now)
      return found && copyOf(found.record)
    },

    add(key: StoreKey, record: SessionRecord, now: number): boolean {
      if (shelf.get(key, now)) return false
      added += 1
      shelf.set(key, { record: copyOf(record), order: added })
      return true
    },

    replace(key: StoreKey, record: SessionRecord, now: number): boolean {
      const found = live(key, now)
      if (found?.record.revision !== record.revision - 1) return false
      shelf.set(key, { ...found, record: seenAtLeast(copyOf(record), found.record) })
      return true
    },

    touch(key: StoreKey, times: { seenAt: number; idleAt: number }, now: number): void {
      const found = live(key, now)
      if (found) shelf.set(key, { ...found, record: seenAtLeast(found.record, times) })
    },

    end,

    endAll(filter: SessionFilter, reason: EndReason, now: number): StoreKey[] {
      const keys = [...matching(filter, now)].map(({ key }) => key)
      for (const key of keys) end(key, reason, now)
      return keys
    },

    list(
      filter: SessionFilter,
      now: number,
      page?: { after?: string; limit?: number },
    ): SessionPage {
      const after = readCursor(page?.after)
      const limit = pageSize(page?.limit)
      const found = [...matching(filter, now)].filter((one) => compare(one, after) > 0)
      const sessions = found.sort(compare).slice(0, limit)
      const last = found.length > limit ? sessions.at(-1) : undefined
      return {
        sessions: sessions.map(({ key, record }) => ({
          key,
          record: { ...record, sealed: NOTHING },
        })),
        ...(last ? { next: writeCursor(last) } : {}),
      }
    },

    count(now: number): number {
      return [...matching({ all: true }, now)].length
    },

    shelf,
  }
}

function matches(record: SessionRecord, filter: SessionFilter): boolean {
  if ('all' in filter) return true
  if (record.provider !== filter.provider) return false
  return 'sub' in filter ? record.sub === filter.sub : record.providerSid === filter.providerSid
}

function seenAtLeast(
  record: SessionRecord,
  { seenAt, idleAt }: { seenAt: number; idleAt: number },
): SessionRecord {
  return {
    ...record,
    seenAt: Math.max(record.seenAt, seenAt),
    idleAt: Math.max(record.idleAt, idleAt),
  }
}

function copyOf(record: SessionRecord): SessionRecord {
  return { ...record, sealed: new Uint8Array(record.sealed) }
}

function compare(a: Cursor, b: Cursor): number {
  return a.createdAt - b.createdAt || a.order - b.order
}
