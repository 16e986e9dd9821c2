// Leases and codes in the database: what the writing thread does with them. Every time is handed in.
import type { Database } from 'better-sqlite3'
import { bytesOf } from './sqlite-rows.ts'

export function lockWrites(db: Database) {
  const lease = db.prepare(
    `INSERT INTO leases (key, owner, lapses_at) VALUES (?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, lapses_at = excluded.lapses_at WHERE lapses_at <= ?`,
  )
  const renew = db.prepare(
    'UPDATE leases SET lapses_at = ? WHERE key = ? AND owner = ? AND lapses_at > ?',
  )
  const release = db.prepare('DELETE FROM leases WHERE key = ? AND owner = ?')
  const forget = db.prepare('DELETE FROM codes WHERE code = ? AND ends_at <= ?')
  const put = db.prepare(
    'INSERT INTO codes (code, value, ends_at) VALUES (?, ?, ?) ON CONFLICT (code) DO NOTHING',
  )
  const take = db
    .prepare<[string, number], Uint8Array>(
      'DELETE FROM codes WHERE code = ? AND ends_at > ? RETURNING value',
    )
    .pluck()

  return {
    lease(now: number, key: string, owner: string, ms: number): boolean {
      return lease.run(key, owner, now + ms, now).changes > 0
    },

    renew(now: number, key: string, owner: string, ms: number): boolean {
      return renew.run(now + ms, key, owner, now).changes > 0
    },

    release(_now: number, key: string, owner: string): void {
      release.run(key, owner)
    },

    put(now: number, code: string, value: Uint8Array, endsAt: number): boolean {
      forget.run(code, now)
      return put.run(code, value, endsAt).changes > 0
    },

    take(now: number, code: string): Uint8Array | undefined {
      const value = take.get(code, now)
      return value && bytesOf(value)
    },
  }
}
