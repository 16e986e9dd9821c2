// Session records in the database: what the writing thread does with them. Every time is handed in.
import type { Database } from 'better-sqlite3'
import { type EndReason, type SessionRecord, type StoreKey, tombstoneOf } from '../session.ts'
import { SESSION_TOPIC, type SessionFilter, type SessionPage } from '../store.ts'
import { pageSize, readCursor, writeCursor } from './cursor.ts'
import { COLUMNS, FACTS, type Row, toRecord, toRow } from './sqlite-rows.ts'

/** Ended in one step of `endSome`, so that other writes get their turn. */
export const END_AT_ONCE = 50

export type Touch = readonly [key: StoreKey, seenAt: number, idleAt: number]

const LIVE = "state <> 'ended' AND ends_at > ?"

export function sessionWrites(
  db: Database,
  tell: (now: number, topic: string, message: string) => void,
) {
  const forget = db.prepare('DELETE FROM sessions WHERE key = ? AND ends_at <= ?')
  const insert = db.prepare(
    `INSERT INTO sessions (key, ${COLUMNS}) VALUES (?${', ?'.repeat(14)}) ON CONFLICT (key) DO NOTHING`,
  )
  const update = db.prepare(
    `UPDATE sessions SET version = ?, revision = ?, state = ?, reason = ?, provider = ?, sub = ?, provider_sid = ?,
       ref = ?, device = ?, created_at = ?, seen_at = max(seen_at, ?), idle_at = max(idle_at, ?), ends_at = ?, sealed = ?
     WHERE key = ? AND revision = ? AND ${LIVE}`,
  )
  const see = db.prepare(
    `UPDATE sessions SET seen_at = max(seen_at, ?), idle_at = max(idle_at, ?) WHERE key = ? AND ${LIVE}`,
  )
  const live = db
    .prepare<[string, number], Row>(`SELECT ${COLUMNS} FROM sessions WHERE key = ? AND ${LIVE}`)
    .raw()
  const bury = db.prepare(
    'UPDATE sessions SET revision = ?, state = ?, reason = ?, ends_at = ?, sealed = ? WHERE key = ?',
  )
  const some = preparedByFilter((source) =>
    db
      .prepare<unknown[], StoreKey>(`SELECT key FROM ${source} AND ${LIVE} LIMIT ${END_AT_ONCE}`)
      .pluck(),
  )

  function end(now: number, key: StoreKey, reason: EndReason, at: number) {
    const row = live.get(key, at)
    if (!row) return undefined
    const record = toRecord(row)
    const { revision, state, endsAt, sealed } = tombstoneOf(record, reason, at)
    bury.run(revision, state, reason, endsAt, sealed, key)
    tell(now, SESSION_TOPIC, key)
    return record
  }

  return {
    add(now: number, key: StoreKey, record: SessionRecord): boolean {
      forget.run(key, now)
      return insert.run(key, ...toRow(record)).changes > 0
    },

    replace(now: number, key: StoreKey, record: SessionRecord): boolean {
      if (update.run(...toRow(record), key, record.revision - 1, now).changes === 0) return false
      tell(now, SESSION_TOPIC, key)
      return true
    },

    touch(now: number, touches: readonly Touch[]): void {
      for (const [key, seenAt, idleAt] of touches) see.run(seenAt, idleAt, key, now)
    },

    end,

    /** `END_AT_ONCE` sessions that match; fewer when those were the last. */
    endSome(now: number, filter: SessionFilter, reason: EndReason, at: number): StoreKey[] {
      const [statement, values] = some(filter)
      const keys = statement.all(...values, at)
      for (const key of keys) end(now, key, reason, at)
      return keys
    },
  }
}

export function sessionReads(db: Database) {
  const one = db
    .prepare<[string, number], Row>(`SELECT ${COLUMNS} FROM sessions WHERE key = ? AND ends_at > ?`)
    .raw()
  const page = preparedByFilter((source) =>
    db
      .prepare<unknown[], [id: number, key: StoreKey, ...Row]>(
        `SELECT id, key, ${FACTS} FROM ${source} AND ${LIVE} AND (created_at, id) > (?, ?)
         ORDER BY created_at, id LIMIT ?`,
      )
      .raw(),
  )
  const live = db.prepare<[number], number>(`SELECT count(*) FROM sessions WHERE ${LIVE}`).pluck()

  return {
    get(now: number, key: StoreKey): SessionRecord | undefined {
      const row = one.get(key, now)
      return row && toRecord(row)
    },

    list(
      now: number,
      filter: SessionFilter,
      { after, limit }: { after?: string; limit?: number } = {},
    ): SessionPage {
      const [statement, values] = page(filter)
      const { createdAt, order } = readCursor(after)
      const size = pageSize(limit)
      const rows = statement.all(...values, now, createdAt, order, size + 1)
      const found = rows
        .slice(0, size)
        .map(([id, key, ...row]) => ({ id, key, record: toRecord(row) }))
      const last = rows.length > size ? found.at(-1) : undefined
      return {
        sessions: found.map(({ key, record }) => ({ key, record })),
        ...(last
          ? { next: writeCursor({ createdAt: last.record.createdAt, order: last.id }) }
          : {}),
      }
    },

    count: (now: number): number => live.get(now) ?? 0,
  }
}

/** One statement for each kind of filter, read from the index that answers it. */
function preparedByFilter<S>(prepare: (source: string) => S) {
  const bySub = prepare('sessions INDEXED BY live_by_sub WHERE provider = ? AND sub = ?')
  const bySid = prepare('sessions INDEXED BY live_by_sid WHERE provider = ? AND provider_sid = ?')
  const all = prepare('sessions INDEXED BY live_by_age WHERE true')
  return (filter: SessionFilter): [statement: S, values: string[]] => {
    if ('all' in filter) return [all, []]
    if ('sub' in filter) return [bySub, [filter.provider, filter.sub]]
    return [bySid, [filter.provider, filter.providerSid]]
  }
}
