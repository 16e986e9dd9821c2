// What a Redis says of its clock, its limits and its disk, for whoever examines it: one connection, opened and closed.
import type { Redis } from 'ioredis'
import type { RedisStoreConfig } from '../../config/config.ts'
import type { Clock } from '../../lib/clock.ts'
import { type Info, readInfo } from './redis-about.ts'
import { createClient } from './redis-client.ts'
import { within } from './redis-within.ts'

/** Each `undefined` where it does not tell. */
export interface RedisReport {
  readonly policy: string | undefined
  readonly connected: number | undefined
  readonly maxClients: number | undefined
  readonly usedBytes: number | undefined
  readonly maxBytes: number | undefined
  readonly appendOnly: boolean | undefined
  readonly snapshots: string | undefined
  /** Its clock, and ours around the question; epoch ms. */
  readonly time:
    | { readonly sentAt: number; readonly receivedAt: number; readonly at: number }
    | undefined
  /** Servers that take writes. */
  readonly masters: number
}

/** Of the first server that takes writes. Rejects with what ioredis says. */
export async function examineRedis(
  place: RedisStoreConfig,
  clock: Clock,
  ms: number,
): Promise<RedisReport> {
  const client = createClient(place)
  client.onEnd(() => {})
  try {
    return await within(
      clock,
      ms,
      client.connect().then(() => report(client.masters(), clock)),
    )
  } finally {
    client.dropAll()
  }
}

async function report(masters: readonly Redis[], clock: Clock): Promise<RedisReport> {
  const [server] = masters
  if (!server) throw new Error('Redis has no master that takes writes')
  const [time, info, policy, maxClients, snapshots] = await Promise.all([
    timeOf(server, clock),
    readInfo(server),
    configured(server, 'maxmemory-policy'),
    configured(server, 'maxclients'),
    configured(server, 'save'),
  ])
  const appendOnly = info.get('aof_enabled')
  return {
    policy: info.get('maxmemory_policy') ?? policy,
    connected: numberIn(info, 'connected_clients'),
    maxClients:
      numberIn(info, 'maxclients') ?? (maxClients === undefined ? undefined : Number(maxClients)),
    usedBytes: numberIn(info, 'used_memory'),
    maxBytes: numberIn(info, 'maxmemory'),
    appendOnly: appendOnly === undefined ? undefined : appendOnly === '1',
    snapshots,
    time,
    masters: masters.length,
  }
}

async function timeOf(server: Redis, clock: Clock): Promise<RedisReport['time']> {
  const sentAt = clock.now()
  const reply = await server.time().catch(() => undefined)
  if (reply === undefined) return undefined
  const [seconds, micros] = reply.map(Number)
  if (seconds === undefined || micros === undefined) return undefined
  return { sentAt, receivedAt: clock.now(), at: seconds * 1000 + micros / 1000 }
}

async function configured(server: Redis, name: string): Promise<string | undefined> {
  const reply: unknown = await server.call('CONFIG', 'GET', name).catch(() => undefined)
  if (Array.isArray(reply)) return reply[1] === undefined ? undefined : String(reply[1])
  return undefined
}

function numberIn(info: Info, name: string): number | undefined {
  const text = info.get(name)
  return text === undefined ? undefined : Number(text)
}
