// Where sessions are kept.
import { resolve } from 'node:path'
import { Secret } from '../lib/secret.ts'
import { isPem } from './certificate.ts'
import type { RedisStoreConfig, StoreConfig } from './config.ts'
import type { Context } from './context.ts'
import { defaults } from './defaults.ts'
import { parseDuration } from './durations.ts'
import { parseRedisUrl, type RedisPlace } from './redis-url.ts'
import type { ConfigFile } from './schema.ts'
import { variable } from './sources.ts'

type StoreFile = NonNullable<ConfigFile['store']>

export function resolveStore(file: ConfigFile, context: Context): StoreConfig {
  const { problems, env, warn, cwd } = context
  const store: StoreFile = { ...defaults.store, ...file.store }
  const redisUrl = variable(env, 'REDIS_URL')
  if (redisUrl !== undefined && (store.kind !== 'redis' || store.url !== redisUrl)) {
    warn('REDIS_URL is set and not used, because store is written; unset it')
  }
  onlyWith(store.kind, file.store, context)
  if (store.kind === 'redis') return resolveRedis(store, context)
  checkDyno(store, context)
  if (store.kind === 'memory') return { kind: 'memory' }
  const path = store.path ?? defaults.store.path
  if (path.startsWith(':')) problems.add(['store', 'path'], 'must be a file: write kind: memory')
  return { kind: 'sqlite', path: resolve(cwd, path) }
}

const goesWith = {
  path: 'sqlite',
  url: 'redis',
  tls: 'redis',
  prefix: 'redis',
  sentinelPassword: 'redis',
} as const

function onlyWith(kind: string, written: StoreFile | undefined, { problems }: Context): void {
  if (problems.at(['store', 'kind'])) return
  for (const [name, owner] of Object.entries(goesWith)) {
    if (owner !== kind && written !== undefined && Object.hasOwn(written, name)) {
      problems.add(['store', name], `goes with kind: ${owner}`)
    }
  }
}

function checkDyno({ ephemeral }: StoreFile, { env, problems, warn }: Context): void {
  if (variable(env, 'DYNO') === undefined) return
  if (ephemeral) {
    warn('store.ephemeral: every restart of the dyno signs everybody out')
  } else if (!problems.at(['store', 'kind']) && !problems.at(['store', 'ephemeral'])) {
    const message =
      "a dyno's disk is erased at every restart, which signs everybody out: sessions belong in the heroku-redis add-on, or accept the loss with store: { kind: sqlite, ephemeral: true }"
    problems.add(['store'], message, { part: 'key' })
  }
}

const NOWHERE: RedisPlace = {
  mode: 'standalone',
  encrypted: false,
  nodes: [{ host: 'faulty.invalid', port: 6379 }],
  master: undefined,
  username: undefined,
  password: undefined,
  db: 0,
}

function resolveRedis(store: StoreFile, context: Context): RedisStoreConfig {
  const { problems } = context
  const { url, sentinelPassword, prefix = defaults.store.prefix } = store
  if (url === undefined && !problems.at(['store', 'url'])) {
    const message = 'is missing: write url: redis://host:6379, or set REDIS_URL and leave store out'
    problems.add(['store', 'url'], message, { part: 'key' })
  }
  const parsed = url === undefined ? NOWHERE : parseRedisUrl(url)
  // A complaint has been told when the shape was checked.
  const { encrypted, ...place } = 'complaint' in parsed ? NOWHERE : parsed
  if (sentinelPassword !== undefined && place.mode !== 'sentinel') {
    problems.add(['store', 'sentinelPassword'], 'is of no use without redis+sentinel://')
  }
  return {
    kind: 'redis',
    ...place,
    tls: resolveTls(store, encrypted, context),
    sentinelPassword: sentinelPassword === undefined ? undefined : new Secret(sentinelPassword),
    prefix,
    timeoutMs: parseDuration(store.timeout ?? defaults.store.timeout) ?? 0,
  }
}

function resolveTls(
  { tls = defaults.store.tls }: StoreFile,
  encrypted: boolean,
  { problems, given, warn }: Context,
): RedisStoreConfig['tls'] {
  if (!encrypted) {
    if (given(['store', 'tls']) && tls !== 'unverified') {
      problems.add(
        ['store', 'tls'],
        'is of no use: the address begins with redis://, write rediss://',
      )
    }
    return undefined
  }
  if (tls === 'unverified') {
    warn(
      'store.tls: the certificate of Redis is not checked, so whoever is on the way to it can read along; give its certificate authority instead',
    )
    return 'unverified'
  }
  if (tls === 'verified') return 'verified'
  const { ca } = tls as { ca: string }
  if (!isPem(ca)) {
    problems.add(
      ['store', 'tls', 'ca'],
      'must be a certificate in PEM form: write { file: ca.pem }',
    )
  }
  return { ca }
}
