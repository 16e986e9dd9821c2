// Which sessions there are, and whose: sets of store keys beside the records, in other slots than theirs. A key enters before
// its record is written and may stay when the record is gone, so a live session is never missed; readers look at each record.

import { cacheKey } from '../../lib/cache-key.ts'
import type { SessionRecord, StoreKey } from '../session.ts'
import type { SessionFilter } from '../store.ts'
import type { Run } from './redis-run.ts'
import { keepMs, SLACK_MS } from './redis-script.ts'
import { addToIndex, countIndex, dropFromIndex, pageIndex, scanIndex } from './redis-scripts.ts'

/** Parts of the set of all, so that a cluster's nodes share it. */
const SHARDS = 16

export interface Place {
  readonly createdAt: number
  readonly key: StoreKey
}

type Indexed = Pick<SessionRecord, 'provider' | 'sub' | 'providerSid' | 'createdAt' | 'endsAt'>

export function createRedisIndex(prefix: string, run: Run) {
  const shard = (n: number) => [`${prefix}{all:${n}}:end`, `${prefix}{all:${n}}:age`]
  const shards = Array.from({ length: SHARDS }, (_, n) => shard(n))
  const bySub = (provider: string, sub: string) => [`${prefix}sub:${cacheKey(provider, sub)}`]
  const bySid = (provider: string, sid: string) => [`${prefix}sid:${cacheKey(provider, sid)}`]

  /** Every set that a record belongs to. */
  function setsOf(key: StoreKey, { provider, sub, providerSid }: Indexed): string[][] {
    const sets = [shard(shardOf(key)), bySub(provider, sub)]
    return providerSid === undefined ? sets : [...sets, bySid(provider, providerSid)]
  }

  async function* membersOf(set: readonly string[], now: number): AsyncGenerator<StoreKey[]> {
    const [byEnd = ''] = set
    const seen = new Set<string>()
    let cursor = '0'
    do {
      const [next, found] = listOf(await run(scanIndex, [byEnd], [cursor]))
      cursor = textOf(next)
      const fresh = pairsOf(found).filter(({ member, score }) => score > now && !seen.has(member))
      for (const { member } of fresh) seen.add(member)
      yield fresh.map(({ member }) => member as StoreKey)
    } while (cursor !== '0')
  }

  /** The next of one part by age, at most `count`. */
  async function pageOf(
    [, byAge = '']: readonly string[],
    after: Place | undefined,
    count: number,
  ) {
    // Many of one moment may stand before the place.
    for (let size = count; ; size *= 2) {
      const from = after?.createdAt ?? '-inf'
      const found = pairsOf(await run(pageIndex, [byAge], [from, size]))
      const places = found
        .map(({ member, score }) => ({ createdAt: score, key: member as StoreKey }))
        .filter((place) => !after || comparePlaces(place, after) > 0)
      if (places.length >= count || found.length < size) return places.slice(0, count)
    }
  }

  return {
    /** Before the record is written. */
    async add(key: StoreKey, record: Indexed, now: number): Promise<void> {
      const { endsAt, createdAt } = record
      const args = [key, endsAt, createdAt, now - SLACK_MS, keepMs(endsAt, now)]
      await Promise.all(setsOf(key, record).map((set) => run(addToIndex, set, args)))
    },

    /** Once the record has ended. What cannot be reached is left to readers. */
    async drop(key: StoreKey, record: Indexed): Promise<void> {
      await Promise.allSettled(setsOf(key, record).map((set) => run(dropFromIndex, set, [key])))
    },

    async count(now: number): Promise<number> {
      const counts = await Promise.all(
        shards.map(async ([byEnd = '']) => Number(await run(countIndex, [byEnd], [now]))),
      )
      return counts.reduce((sum, one) => sum + one, 0)
    },

    /** Keys of records that may match, some at a time; none twice. */
    async *members(filter: SessionFilter, now: number): AsyncGenerator<StoreKey[]> {
      if ('all' in filter) for (const set of shards) yield* membersOf(set, now)
      else if ('sub' in filter) yield* membersOf(bySub(filter.provider, filter.sub), now)
      else yield* membersOf(bySid(filter.provider, filter.providerSid), now)
    },

    /** The oldest after a place, at most `count`. */
    async page(after: Place | undefined, count: number): Promise<Place[]> {
      const pages = await Promise.all(shards.map((set) => pageOf(set, after, count)))
      return pages.flat().sort(comparePlaces).slice(0, count)
    },
  }
}

export function comparePlaces(a: Place, b: Place): number {
  return a.createdAt - b.createdAt || Buffer.compare(Buffer.from(a.key), Buffer.from(b.key))
}

function shardOf(key: string): number {
  let sum = 0
  for (let at = 0; at < key.length; at += 1) sum = (sum * 31 + key.charCodeAt(at)) >>> 0
  return sum % SHARDS
}

function pairsOf(reply: unknown): { member: string; score: number }[] {
  const words = listOf(reply).map(textOf)
  return Array.from({ length: words.length / 2 }, (_, n) => ({
    member: words[2 * n] ?? '',
    score: Number(words[2 * n + 1]),
  }))
}

function listOf(reply: unknown): unknown[] {
  return Array.isArray(reply) ? reply : []
}

function textOf(reply: unknown): string {
  return Buffer.isBuffer(reply) ? reply.toString() : String(reply)
}
