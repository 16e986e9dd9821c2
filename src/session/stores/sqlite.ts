// The session store in one SQLite file: kept across restarts, shared by the processes of one host. Reads are answered
// here and never wait; everything else is done by one writing thread, and resolves when it is on disk.
import { resolve } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import type { EndReason, SessionRecord, StoreKey } from '../session.ts'
import { type SessionFilter, type SessionStore, StoreUnreachableError } from '../store.ts'
import { createChores } from './sqlite-chores.ts'
import { openEvents } from './sqlite-events.ts'
import { failureOf, isBusy, refusal, unreachable } from './sqlite-failure.ts'
import { prepareFile } from './sqlite-file.ts'
import { openQueue, type Queue } from './sqlite-queue.ts'
import { openForReading } from './sqlite-schema.ts'
import { END_AT_ONCE, sessionReads } from './sqlite-sessions.ts'
import { createTopics } from './topics.ts'

export interface SqliteStoreOptions {
  /** The database file; created, with its directory, when missing. Others beside it begin with the same name. */
  readonly path: string
  readonly clock: Clock
  readonly random: Random
  /** Told of what fails behind the scenes, once for each outage, and of what a subscriber threw. */
  readonly onError: (error: unknown) => void
}

/** Rejects with one sentence (place, problem, mend) when the file cannot be used. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SessionStore> {
  const { clock, random, onError } = options
  const path = resolve(options.path)
  prepareFile(path)
  const writer = await openQueue({ path, clock, onError, onCommit: () => events.look() })
  const db = await openReader(path, writer)
  const reads = sessionReads(db)
  const topics = createTopics(onError)
  const events = openEvents({ db, clock, topics, onError })
  const chores = createChores({
    clock,
    onError,
    writeTouches: (touches) => writer.run('touch', touches),
    sweepSome: () => writer.run('sweep'),
  })
  const endings = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined

  function assertOpen(): void {
    if (closing) throw new StoreUnreachableError('The session store is closed')
  }

  const run: Queue['run'] = async (name, ...args) => {
    assertOpen()
    return writer.run(name, ...args)
  }

  async function get(key: StoreKey): Promise<SessionRecord | undefined> {
    assertOpen()
    try {
      return reads.get(clock.now(), key)
    } catch (error) {
      const failure = failureOf(error)
      // The writing thread has the patience that the event loop must not have.
      if (isBusy(failure)) return writer.run('get', key)
      throw unreachable(failure)
    }
  }

  async function endAll(filter: SessionFilter, reason: EndReason, now: number) {
    const keys: StoreKey[] = []
    for (;;) {
      const some = await writer.run('endSome', filter, reason, now)
      keys.push(...some)
      if (some.length < END_AT_ONCE) return keys
    }
  }

  async function close(): Promise<void> {
    await chores.close()
    await Promise.allSettled(endings)
    events.close()
    topics.clear()
    // Before the writer's, so that the last connection is the one that may tidy up.
    db.close()
    await writer.close()
  }

  const proof = () => random(16).toString('base64url')

  return {
    kind: 'sqlite',
    scope: 'host',
    get provenAt() {
      return events.provenAt
    },

    get,
    add: async (key, record) => run('add', key, { ...record, sealed: ownBytes(record.sealed) }),
    replace: async (key, record) =>
      run('replace', key, { ...record, sealed: ownBytes(record.sealed) }),
    async touch(key, times) {
      assertOpen()
      chores.touch(key, times)
    },
    delete: (key, reason, now) => run('end', key, reason, now),
    async deleteBy(filter, reason, now) {
      assertOpen()
      const ending = endAll(filter, reason, now)
      endings.add(ending)
      return ending.finally(() => endings.delete(ending))
    },
    list: (filter, page) => run('list', filter, page),
    count: () => run('count'),

    async lease(key, ms) {
      const owner = proof()
      if (!(await run('lease', key, owner, ms))) return undefined
      return {
        renew: (longer) => run('renew', key, owner, longer),
        release: () => run('release', key, owner),
      }
    },

    put: async (code, value, endsAt) => run('put', code, ownBytes(value), endsAt),
    take: (code) => run('take', code),

    enqueue: async (job) => run('enqueue', { ...job, payload: ownBytes(job.payload) }),
    claim: (from, ms) => run('claim', from, proof(), ms),
    done: ({ queue, id, claim }) => run('done', { queue, id, claim }),
    retry: ({ queue, id, claim }, dueAt) => run('retry', { queue, id, claim }, dueAt),

    publish: (topic, message) => run('publish', topic, message),
    subscribe: (topic, listener) => (closing ? () => {} : topics.subscribe(topic, listener)),

    ping: () => run('ping'),
    close() {
      closing ??= close()
      return closing
    },
  }
}

async function openReader(path: string, queue: Queue) {
  try {
    return openForReading(path)
  } catch (error) {
    await queue.close()
    throw new Error(refusal(path, failureOf(error)), { cause: error })
  }
}

/** A view of a pool would take the whole pool along, other people's bytes included, when it crosses to the thread. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}
