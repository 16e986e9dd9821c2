// What was published, by this process or another, reaches this one's subscribers once and in order.
import type { Database } from 'better-sqlite3'
import type { Clock } from '../../lib/clock.ts'
import { ANY_RECORD, SESSION_TOPIC } from '../store.ts'
import { failureOf, isBusy } from './sqlite-failure.ts'
import type { Topics } from './topics.ts'

export interface Events {
  /** Delivers what was committed since the last look. Never throws. */
  look(): void
  /** Epoch ms of the last look that saw everything. */
  readonly provenAt: number
  close(): void
}

export interface EventsOptions {
  /** A reading connection that never waits. */
  readonly db: Database
  readonly clock: Clock
  readonly topics: Topics
  readonly onError: (error: unknown) => void
}

const LOOK_EVERY_MS = 50
/** Events delivered in one turn of the event loop. */
const AT_ONCE = 500

interface Change {
  seq: number
  topic: string
  message: string
}

export function openEvents({ db, clock, topics, onError }: EventsOptions): Events {
  // Differs from before when another connection, our own writer's included, committed something.
  const versionNow = db.prepare<[], number>('PRAGMA data_version').pluck()
  const last = db.prepare<[], number | null>('SELECT max(seq) FROM changes').pluck()
  const since = db.prepare<[number], Change>(
    `SELECT seq, topic, message FROM changes WHERE seq > ? ORDER BY seq LIMIT ${AT_ONCE}`,
  )

  let closed = false
  let failing = false
  let version = versionNow.get()
  let seen = last.get() ?? 0
  let provenAt = clock.now()
  let cancel = clock.after(LOOK_EVERY_MS, lookAgain)

  function deliver({ seq, topic, message }: Change): void {
    const missed = seq > seen + 1
    seen = seq
    if (missed) topics.deliver(SESSION_TOPIC, ANY_RECORD)
    topics.deliver(topic, message)
  }

  /** True when it saw everything. */
  function lookOnce(): boolean {
    const current = versionNow.get()
    if (current === version) return true
    const changes = since.all(seen)
    for (const change of changes) {
      if (closed) return false
      deliver(change)
    }
    if (changes.length === AT_ONCE) return false
    version = current
    return true
  }

  function look(): boolean {
    // Before the look: what is committed after it, however long this process then stands still, was not seen.
    const at = clock.now()
    try {
      const all = lookOnce()
      if (all) provenAt = at
      failing = false
      return all
    } catch (error) {
      if (!failing && !isBusy(failureOf(error))) onError(error)
      failing = true
      return true
    }
  }

  function lookAgain(): void {
    const all = look()
    if (!closed) cancel = clock.after(all ? LOOK_EVERY_MS : 1, lookAgain)
  }

  return {
    look: () => void (closed || look()),
    get provenAt() {
      return provenAt
    },
    close() {
      closed = true
      cancel()
    },
  }
}
