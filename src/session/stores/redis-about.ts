// What a Redis says of itself: whether it will do, and what its operator should know.
import type { Redis } from 'ioredis'
import type { RedisStoreConfig } from '../../config/config.ts'
import type { StoreAbout } from '../store.ts'
import { messageOf, namesOf } from './redis-failure.ts'

/** Lines of INFO by their name; empty where it is not allowed to ask. */
export type Info = ReadonlyMap<string, string>

export async function readInfo(server: Redis): Promise<Info> {
  let text = ''
  try {
    text = await server.info()
  } catch (error) {
    if (!messageOf(error).startsWith('NOPERM')) throw error
  }
  const lines = text.split(/\r?\n/).filter((line) => line.includes(':'))
  return new Map(
    lines.map((line) => {
      const at = line.indexOf(':')
      return [line.slice(0, at), line.slice(at + 1).trim()]
    }),
  )
}

/** One sentence where this server cannot be the store. */
export function unfit(info: Info, place: RedisStoreConfig): string | undefined {
  const where = `Redis at ${namesOf(place)}`
  if (info.get('redis_mode') === 'sentinel') {
    return `${where} is a Sentinel: write redis+sentinel://${namesOf(place)}/<name of its master>`
  }
  const version = info.get('redis_version')
  if (version === undefined) return undefined
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 6 || (major === 6 && minor >= 2)) return undefined
  return `${where} is version ${version}: Coatcheck needs Redis 6.2 or later, or Valkey`
}

export async function about(
  server: Redis,
  info: Info,
  place: RedisStoreConfig,
  nodes: number,
): Promise<StoreAbout> {
  const most = info.get('maxclients') ?? (await configured(server, 'maxclients'))
  const connections = place.mode === 'cluster' ? nodes + 1 : 2
  const limit = most === undefined ? 'limit unknown' : `of ${most} allowed`
  const each = place.mode === 'cluster' ? ` to ${nodes} nodes` : ''
  return {
    place: `${nameOf(info)} ${namesOf(place)}${place.mode === 'standalone' ? '' : ` (${place.mode})`}`,
    detail: `${connections} connections${each}, ${limit}`,
    warnings: evictionWarning(
      info.get('maxmemory_policy') ?? (await configured(server, 'maxmemory-policy')),
    ),
  }
}

/** Every key of ours has an expiry, so the policies that spare keys without one do not spare ours. */
function evictionWarning(policy: string | undefined): string[] {
  if (policy === undefined || policy === 'noeviction') return []
  return [
    `Redis evicts sessions when it is full (maxmemory-policy ${policy}), which signs people out: set it to noeviction`,
  ]
}

function nameOf(info: Info): string {
  const valkey = info.get('valkey_version')
  if (valkey !== undefined) return `valkey ${valkey}`
  const version = info.get('redis_version')
  return version === undefined ? 'redis' : `redis ${version}`
}

/** `undefined` where a managed host does not let one ask. */
async function configured(server: Redis, name: string): Promise<string | undefined> {
  try {
    const reply: unknown = await server.call('CONFIG', 'GET', name)
    return Array.isArray(reply) && reply[1] !== undefined ? String(reply[1]) : undefined
  } catch {
    return undefined
  }
}
