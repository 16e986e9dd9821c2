// Jobs in the database: what the writing thread does with them. Every time is handed in.
import type { Database } from 'better-sqlite3'
import type { ClaimedJob, NewJob } from '../store.ts'
import { bytesOf } from './sqlite-rows.ts'

/** What proves a claim. */
export type HeldJob = Pick<ClaimedJob, 'queue' | 'id' | 'claim'>

interface Claimed {
  id: string
  payload: Uint8Array
  dueAt: number
  endsAt: number
  attempts: number
}

/** Takes the time twice: a claim that outlasts the job's end may still be honoured with `done`. */
export const GONE = 'ends_at <= ? AND hidden_until <= ?'

export function jobWrites(db: Database) {
  const forget = db.prepare(`DELETE FROM jobs WHERE queue = ? AND name = ? AND ${GONE}`)
  const insert = db.prepare(
    `INSERT INTO jobs (queue, name, payload, due_at, ends_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (queue, name) DO NOTHING`,
  )
  const claim = db.prepare<[string, number, string, number, number, number], Claimed>(
    `UPDATE jobs SET claim = ?, hidden_until = ?, attempts = attempts + 1
     WHERE id = (
       SELECT id FROM jobs INDEXED BY jobs_by_due
       WHERE queue = ? AND due_at <= ? AND hidden_until <= ? AND ends_at > ? ORDER BY due_at, id LIMIT 1
     )
     RETURNING name AS id, payload, due_at AS dueAt, ends_at AS endsAt, attempts`,
  )
  const held = `queue = ? AND name = ? AND claim = ? AND NOT (${GONE})`
  const remove = db.prepare(`DELETE FROM jobs WHERE ${held}`)
  const giveBack = db.prepare(
    `UPDATE jobs SET due_at = ?, claim = NULL, hidden_until = 0 WHERE ${held}`,
  )

  return {
    enqueue(now: number, { queue, id, payload, dueAt, endsAt }: NewJob): boolean {
      forget.run(queue, id, now, now)
      return insert.run(queue, id, payload, dueAt, endsAt).changes > 0
    },

    claim(now: number, queue: string, proof: string, ms: number): ClaimedJob | undefined {
      const job = claim.get(proof, now + ms, queue, now, now, now)
      return job && { ...job, queue, payload: bytesOf(job.payload), claim: proof }
    },

    done(now: number, { queue, id, claim }: HeldJob): boolean {
      return remove.run(queue, id, claim, now, now).changes > 0
    },

    retry(now: number, { queue, id, claim }: HeldJob, dueAt: number): boolean {
      return giveBack.run(dueAt, queue, id, claim, now, now).changes > 0
    },
  }
}
