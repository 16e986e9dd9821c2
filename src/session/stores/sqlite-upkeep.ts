// What keeps the database whole and small: the record of changes, the sweep of what has ended, the proof that it works.
import type { Database } from 'better-sqlite3'
import { GONE } from './sqlite-jobs.ts'
import { markAsOurs } from './sqlite-schema.ts'

/** Every process looks many times a second; one that slept for longer starts afresh. */
const CHANGES_KEPT_MS = 60_000
/** Rows removed in one step: a millisecond at most, so that other writes get their turn. */
const SWEPT_AT_ONCE = 25

export function upkeepWrites(db: Database) {
  const tell = db.prepare('INSERT INTO changes (topic, message, at) VALUES (?, ?, ?)')
  const sessions = db.prepare(`DELETE FROM sessions WHERE ends_at <= ? LIMIT ${SWEPT_AT_ONCE}`)
  const codes = db.prepare(`DELETE FROM codes WHERE ends_at <= ? LIMIT ${SWEPT_AT_ONCE}`)
  const leases = db.prepare(`DELETE FROM leases WHERE lapses_at <= ? LIMIT ${SWEPT_AT_ONCE}`)
  const jobs = db.prepare(`DELETE FROM jobs WHERE ${GONE} LIMIT ${SWEPT_AT_ONCE}`)
  // The last row stays: its number is what the next one counts from.
  const changes = db.prepare(
    `DELETE FROM changes WHERE at <= ? AND seq < (SELECT max(seq) FROM changes)
     ORDER BY seq LIMIT ${SWEPT_AT_ONCE}`,
  )

  return {
    publish(now: number, topic: string, message: string): void {
      tell.run(topic, message, now)
    },

    /** Removes some of what has ended; resolves true when there may be more. */
    sweep(now: number): boolean {
      const removed = [
        sessions.run(now),
        codes.run(now),
        leases.run(now),
        jobs.run(now, now),
        changes.run(now - CHANGES_KEPT_MS),
      ]
      return removed.some((result) => result.changes === SWEPT_AT_ONCE)
    },

    ping(_now: number): void {
      markAsOurs(db)
    },
  }
}
