// The session store in this process's memory: gone with the process, shared with nobody.
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import { SESSION_TOPIC, type SessionStore, StoreUnreachableError } from '../store.ts'
import { createMemoryJobs } from './memory-jobs.ts'
import { createMemoryLocks } from './memory-locks.ts'
import { createMemorySessions } from './memory-sessions.ts'
import { createTopics } from './topics.ts'

export interface MemoryStoreOptions {
  readonly clock: Clock
  readonly random: Random
  /** Told what a subscriber threw. */
  readonly onError?: (error: unknown) => void
}

const SWEEP_EVERY_MS = 1000
const SWEEP_AT_LEAST = 1000

export function createMemoryStore({ clock, random, onError }: MemoryStoreOptions): SessionStore {
  const sessions = createMemorySessions()
  const locks = createMemoryLocks()
  const jobs = createMemoryJobs()
  const topics = createTopics(onError ?? (() => {}))
  const shelves = [sessions.shelf, jobs.shelf, ...locks.shelves]
  let closed = false
  let stopSweeping = clock.after(SWEEP_EVERY_MS, sweep)

  function sweep() {
    // A minute to see everything, however much there is.
    for (const shelf of shelves) shelf.sweep(clock.now(), SWEEP_AT_LEAST + shelf.size / 60)
    stopSweeping = clock.after(SWEEP_EVERY_MS, sweep)
  }

  /** The time, for as long as the store is open. */
  function now(): number {
    if (closed) throw new StoreUnreachableError('The session store is closed')
    return clock.now()
  }

  const proof = () => random(16).toString('base64url')

  return {
    kind: 'memory',
    scope: 'process',
    provenAt: Infinity,

    get: async (key) => sessions.get(key, now()),
    add: async (key, record) => sessions.add(key, record, now()),
    async replace(key, record) {
      const replaced = sessions.replace(key, record, now())
      if (replaced) topics.deliver(SESSION_TOPIC, key)
      return replaced
    },
    touch: async (key, times) => sessions.touch(key, times, now()),
    async delete(key, reason, at) {
      now()
      const ended = sessions.end(key, reason, at)
      if (ended) topics.deliver(SESSION_TOPIC, key)
      return ended
    },
    async deleteBy(filter, reason, at) {
      now()
      const keys = sessions.endAll(filter, reason, at)
      for (const key of keys) topics.deliver(SESSION_TOPIC, key)
      return keys
    },
    list: async (filter, page) => sessions.list(filter, now(), page),
    count: async () => sessions.count(now()),

    async lease(key, ms) {
      const owner = proof()
      if (!locks.lease(key, owner, ms, now())) return undefined
      return {
        renew: async (longer) => locks.renew(key, owner, longer, now()),
        release: async () => locks.release(key, owner, now()),
      }
    },

    put: async (code, value, endsAt) => locks.put(code, value, endsAt, now()),
    take: async (code) => locks.take(code, now()),

    enqueue: async (job) => jobs.enqueue(job, now()),
    claim: async (queue, ms) => jobs.claim(queue, proof(), ms, now()),
    done: async (job) => jobs.done(job, now()),
    retry: async (job, dueAt) => jobs.retry(job, dueAt, now()),

    async publish(topic, message) {
      now()
      topics.deliver(topic, message)
    },
    subscribe: (topic, listener) => (closed ? () => {} : topics.subscribe(topic, listener)),

    async ping() {
      now()
    },
    async close() {
      closed = true
      stopSweeping()
      topics.clear()
    },
  }
}
