// The session store in Redis or Valkey, shared by every process that can reach it: alone, behind sentinels, or as a cluster.
// A write is acknowledged when the server that holds it has done it; docs/stores.md says what its disk and its replicas add.
import type { RedisStoreConfig } from '../../config/config.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import { type SessionStore, StoreUnreachableError } from '../store.ts'
import { about, readInfo, unfit } from './redis-about.ts'
import { createClient, createListener } from './redis-client.ts'
import { eventText } from './redis-event-text.ts'
import { createEvents } from './redis-events.ts'
import { refusal, unreachable } from './redis-failure.ts'
import { createGhosts } from './redis-ghosts.ts'
import { createRedisJobs } from './redis-jobs.ts'
import { createLine } from './redis-line.ts'
import { createRedisLocks } from './redis-locks.ts'
import { createRunner } from './redis-run.ts'
import { beat, publishEvent, tryWrite } from './redis-scripts.ts'
import { createRedisSessions } from './redis-sessions.ts'
import { createSkew } from './redis-skew.ts'
import { within } from './redis-within.ts'
import { createTopics } from './topics.ts'

export interface RedisStoreOptions {
  readonly place: RedisStoreConfig
  /** Decides what has ended, lapsed and come due. */
  readonly clock: Clock
  /** Decides how long an answer may take: real time, whatever `clock` shows. */
  readonly timer: Clock
  readonly random: Random
  /** How long opening may take; 5 s unless told otherwise. */
  readonly openMs?: number
  /** Told of what fails behind the scenes, once for each outage; of each reply that was another's; of what a subscriber threw. */
  readonly onError: (error: unknown) => void
}

/** Rejects with one sentence (place, problem, mend) when this Redis cannot be used. */
export async function openRedisStore(options: RedisStoreOptions): Promise<SessionStore> {
  const { place } = options
  try {
    return await openAt(place, options)
  } catch (error) {
    if (!(error instanceof IsClusterError)) throw new Error(refusal(place, error), { cause: error })
  }
  // Told of one node, it is asked for the others.
  const cluster: RedisStoreConfig = { ...place, mode: 'cluster', db: 0 }
  try {
    return await openAt(cluster, options)
  } catch (error) {
    throw new Error(refusal(cluster, error), { cause: error })
  }
}

class IsClusterError extends Error {}

async function openAt(place: RedisStoreConfig, options: RedisStoreOptions): Promise<SessionStore> {
  const { clock, timer, random, openMs = 5000, onError } = options
  const { prefix, timeoutMs } = place
  const name = random(6).toString('base64url')
  const channel = `${prefix}events`
  const beatChannel = `${prefix}beat:${name}`
  const onDown = (error: unknown) => onError(unreachable(error))

  const line = createLine({ create: () => createClient(place), openMs, timeoutMs, timer, onDown })
  const runner = createRunner({ line, timeoutMs, timer, name, onMismatch: onError })
  const { run } = runner
  const topics = createTopics(onError)
  const skew = createSkew(timer)
  const events = createEvents({
    channel,
    beatChannel,
    createListener: () => createListener(place, anyOf(line.masters(), random)),
    tags: line.tags,
    async sendBeat(tag, text) {
      const sentAt = timer.now()
      skew.measure(sentAt, await run(beat, [`${prefix}{${tag}}`], [beatChannel, text]))
    },
    topics,
    clock,
    timer,
    openMs,
    onDown,
  })
  const sessions = createRedisSessions({ prefix, channel, runner, onMismatch: onError })
  const locks = createRedisLocks(prefix, run)
  const jobs = createRedisJobs(prefix, run)
  const ghosts = createGhosts({ release: locks.release, timer })

  async function open() {
    await line.open()
    const [server] = line.masters()
    if (!server) throw new Error('Redis has no master that takes writes')
    const info = await within(timer, openMs, readInfo(server))
    const complaint = unfit(info, place)
    if (complaint !== undefined) throw new Error(complaint)
    if (info.get('redis_mode') === 'cluster' && place.mode !== 'cluster') throw new IsClusterError()
    await events.open()
    return about(server, info, place, line.masters().length)
  }

  function letGo() {
    ghosts.close()
    events.close()
    topics.clear()
    line.close()
  }

  const described = await open().catch((error: unknown) => {
    letGo()
    throw error
  })

  const underWay = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined

  /** What is asked before the end is answered; what is asked after it is refused. */
  async function op<T>(work: () => Promise<T>): Promise<T> {
    if (closing) throw new StoreUnreachableError('The session store is closed')
    const working = work()
    underWay.add(working)
    try {
      return await working
    } finally {
      underWay.delete(working)
    }
  }

  async function close(): Promise<void> {
    await Promise.allSettled(underWay)
    letGo()
  }

  /** Leases lapse by the server's clock, however wrong that of this machine is. */
  const leaseNow = () => clock.now() + skew.ms
  const proof = () => random(16).toString('base64url')

  return {
    kind: 'redis',
    scope: 'network',
    about: described,
    get provenAt() {
      return events.provenAt
    },

    get: (key) => op(() => sessions.get(key, clock.now())),
    add: (key, record) => op(() => sessions.add(key, record, clock.now())),
    replace: (key, record) => op(() => sessions.replace(key, record, clock.now())),
    touch: (key, times) => op(() => sessions.touch(key, times, clock.now())),
    delete: (key, reason, now) => op(() => sessions.end(key, reason, now)),
    deleteBy: (filter, reason, now) => op(() => sessions.endAll(filter, reason, now)),
    list: (filter, page) => op(() => sessions.list(filter, clock.now(), page)),
    count: () => op(() => sessions.count(clock.now())),
    distrust: (key) => sessions.distrust(key),

    lease: (key, ms) =>
      op(async () => {
        const owner = proof()
        const asked = locks.lease(key, owner, ms, leaseNow())
        // It may have been taken all the same, or be taken yet.
        asked.catch((error: unknown) => ghosts.add(key, owner, ms, error))
        if (!(await asked)) return undefined
        return {
          renew: (longer) => op(() => locks.renew(key, owner, longer, leaseNow())),
          release: () => op(() => locks.release(key, owner)),
        }
      }),

    put: (code, value, endsAt) => op(() => locks.put(code, value, endsAt, clock.now())),
    take: (code) => op(() => locks.take(code, clock.now())),

    enqueue: (job) => op(() => jobs.enqueue(job, clock.now())),
    claim: (queue, ms) => op(() => jobs.claim(queue, proof(), ms, clock.now())),
    done: (job) => op(() => jobs.done(job, clock.now())),
    retry: (job, dueAt) => op(() => jobs.retry(job, dueAt, clock.now())),

    async publish(topic, message) {
      // By a key of the topic's own, so that in a cluster one node keeps its messages in order.
      const key = `${prefix}{topic:${topic}}`
      await op(() => run(publishEvent, [key], [channel, eventText(topic, message)]))
    },
    subscribe: (topic, listener) => (closing ? () => {} : topics.subscribe(topic, listener)),

    async ping() {
      const tags = line.tags()
      // While the line is down there is none, and one finds that out.
      const asked = tags.length > 0 ? tags : ['0']
      await op(() => Promise.all(asked.map((tag) => run(tryWrite, [`${prefix}{${tag}}:ping`], []))))
    },
    close() {
      closing ??= close()
      return closing
    },
  }
}

function anyOf<T>(all: readonly T[], random: Random): T | undefined {
  return all[random(2).readUInt16BE() % Math.max(1, all.length)]
}
