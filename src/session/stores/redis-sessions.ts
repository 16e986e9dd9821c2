// Session records in Redis: what the store does with them. Every time is handed in.
import type { EndReason, SessionRecord, StoreKey } from '../session.ts'
import { SESSION_TOPIC, type SessionFilter, type SessionPage } from '../store.ts'
import { pageSize } from './cursor.ts'
import { eventText } from './redis-event-text.ts'
import { ReplyMismatchError, unreachable } from './redis-failure.ts'
import { comparePlaces, createRedisIndex, type Place } from './redis-index.ts'
import { decodeRecord, digits, encodeRecord } from './redis-record.ts'
import type { Runner } from './redis-run.ts'
import { keepMs, type Script, SLACK_MS } from './redis-script.ts'
import {
  addRecord,
  endRecord,
  getFacts,
  getRecord,
  replaceRecord,
  touchRecord,
} from './redis-scripts.ts'

const TOMBSTONE_MS = 24 * 60 * 60_000
/** Records read, or ended, side by side. */
const AT_ONCE = 100

type Listed = SessionPage['sessions'][number]

export interface RedisSessionsOptions {
  readonly prefix: string
  /** Where every event is published. */
  readonly channel: string
  readonly runner: Runner
  /** Told of each record that stood under another's key. */
  readonly onMismatch: (error: unknown) => void
}

export function createRedisSessions(options: RedisSessionsOptions) {
  const { prefix, channel, onMismatch } = options
  const { run, distrust } = options.runner
  const index = createRedisIndex(prefix, run)
  const nameOf = (key: StoreKey) => `${prefix}{${key}}`
  const told = (key: StoreKey) => [channel, eventText(SESSION_TOPIC, key)]

  /** A record that says it is another's was read from a connection, or written by somebody, not to be believed. */
  function ownRecord(key: StoreKey, value: Buffer): SessionRecord | undefined {
    const record = decodeRecord(key, value)
    if (record) return record
    onMismatch(new ReplyMismatchError())
    distrust(nameOf(key))
    return undefined
  }

  async function read(script: Script, key: StoreKey, now: number) {
    for (let tries = 0; tries < 2; tries += 1) {
      const value = await run(script, [nameOf(key)], [])
      if (!Buffer.isBuffer(value)) return undefined
      const record = ownRecord(key, value)
      if (record) return record.endsAt > now ? record : undefined
    }
    throw unreachable(new ReplyMismatchError())
  }

  async function write(mode: 'quick' | 'any', key: StoreKey, record: SessionRecord, now: number) {
    const value = encodeRecord(key, record)
    const args = [value, record.revision - 1, now, keepMs(record.endsAt, now), ...told(key), mode]
    return run(replaceRecord, [nameOf(key)], args)
  }

  async function end(key: StoreKey, reason: EndReason, now: number) {
    const args = [reason, now, TOMBSTONE_MS, SLACK_MS, ...told(key)]
    const value = await run(endRecord, [nameOf(key)], args)
    if (!Buffer.isBuffer(value)) return undefined
    const record = ownRecord(key, value)
    if (!record) throw unreachable(new ReplyMismatchError())
    await index.drop(key, record)
    return record
  }

  /** Of these keys, the records that are live; the index forgets those that have ended. */
  async function liveOf(keys: readonly StoreKey[], now: number): Promise<Listed[]> {
    const found: Listed[] = []
    for (let from = 0; from < keys.length; from += AT_ONCE) {
      const some = keys.slice(from, from + AT_ONCE)
      const records = await Promise.all(some.map((key) => read(getFacts, key, now)))
      const ended: Promise<void>[] = []
      for (const [n, key] of some.entries()) {
        const record = records[n]
        if (record?.state === 'ended') ended.push(index.drop(key, record))
        else if (record) found.push({ key, record })
      }
      await Promise.all(ended)
    }
    return found
  }

  async function listAll(after: Place | undefined, limit: number, now: number): Promise<Listed[]> {
    const found: Listed[] = []
    for (let place = after; ; ) {
      const places = await index.page(place, limit + 1)
      const live = await liveOf(
        places.map(({ key }) => key),
        now,
      )
      found.push(...live)
      place = places.at(-1)
      if (places.length <= limit || found.length > limit) return found
    }
  }

  async function listMatching(filter: SessionFilter, now: number): Promise<Listed[]> {
    const found: Listed[] = []
    for await (const keys of index.members(filter, now)) {
      const live = await liveOf(keys, now)
      found.push(...live.filter(({ record }) => matches(record, filter)))
    }
    return found.sort((a, b) => comparePlaces(placeOf(a), placeOf(b)))
  }

  return {
    get: (key: StoreKey, now: number) => read(getRecord, key, now),

    async add(key: StoreKey, record: SessionRecord, now: number): Promise<boolean> {
      const value = encodeRecord(key, record)
      await index.add(key, record, now)
      const args = [value, now, keepMs(record.endsAt, now)]
      return (await run(addRecord, [nameOf(key)], args)) === 1
    },

    async replace(key: StoreKey, record: SessionRecord, now: number): Promise<boolean> {
      // Encoded at once: the caller's bytes may change.
      const own = { ...record, sealed: new Uint8Array(record.sealed) }
      const quick = await write('quick', key, own, now)
      if (quick !== 2) return quick === 1
      await index.add(key, own, now)
      const replaced = (await write('any', key, own, now)) === 1
      if (replaced) return true
      // Ended meanwhile: nobody else takes it out of the index any more.
      const there = await read(getFacts, key, now)
      if (there?.state === 'ended') await index.drop(key, own)
      return false
    },

    async touch(
      key: StoreKey,
      { seenAt, idleAt }: { seenAt: number; idleAt: number },
      now: number,
    ) {
      await run(touchRecord, [nameOf(key)], [digits(seenAt, 15), digits(idleAt, 15), now])
    },

    end,

    async endAll(filter: SessionFilter, reason: EndReason, now: number): Promise<StoreKey[]> {
      const ended: StoreKey[] = []
      for await (const keys of index.members(filter, now)) {
        const live = await liveOf(keys, now)
        for (let from = 0; from < live.length; from += AT_ONCE) {
          const some = live
            .slice(from, from + AT_ONCE)
            .filter(({ record }) => matches(record, filter))
          const records = await Promise.all(some.map(({ key }) => end(key, reason, now)))
          ended.push(...some.filter((_, n) => records[n]).map(({ key }) => key))
        }
      }
      return ended
    },

    async list(
      filter: SessionFilter,
      now: number,
      page?: { after?: string; limit?: number },
    ): Promise<SessionPage> {
      const after = page?.after === undefined ? undefined : readPlace(page.after)
      if (after === 'nowhere') return { sessions: [] }
      const limit = pageSize(page?.limit)
      const found =
        'all' in filter ? await listAll(after, limit, now) : await listMatching(filter, now)
      const rest = found.filter((one) => !after || comparePlaces(placeOf(one), after) > 0)
      const sessions = rest.slice(0, limit)
      const last = rest.length > limit ? sessions.at(-1) : undefined
      return { sessions, ...(last ? { next: writePlace(placeOf(last)) } : {}) }
    },

    count: (now: number) => index.count(now),
    distrust: (key: StoreKey) => distrust(nameOf(key)),
  }
}

function matches(record: SessionRecord, filter: SessionFilter): boolean {
  if ('all' in filter) return true
  if (record.provider !== filter.provider) return false
  return 'sub' in filter ? record.sub === filter.sub : record.providerSid === filter.providerSid
}

function placeOf({ key, record }: Listed): Place {
  return { createdAt: record.createdAt, key }
}

function writePlace({ createdAt, key }: Place): string {
  return `${createdAt}_${key}`
}

function readPlace(after: string): Place | 'nowhere' {
  const parts = /^(\d{1,15})_(.+)$/s.exec(after)
  return parts ? { createdAt: Number(parts[1]), key: parts[2] as StoreKey } : 'nowhere'
}
