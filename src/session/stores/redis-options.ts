// From what the configuration says of Redis to what the driver ioredis is told.
import type { ConnectionOptions } from 'node:tls'
import type { ClusterOptions } from 'ioredis'
import type { RedisStoreConfig } from '../../config/config.ts'

/** One connection, opened when asked, never again by itself: who holds it decides what becomes of what was under way. */
export function connectionOptions(place: RedisStoreConfig) {
  const alone = { enableOfflineQueue: false, retryStrategy: null }
  const [first] = place.nodes
  if (place.mode !== 'sentinel') return { ...first, ...nodeOptions(place), ...alone }
  const encryption = tlsOptions(place.tls)
  return {
    ...nodeOptions(place),
    ...alone,
    sentinels: [...place.nodes],
    name: place.master ?? '',
    sentinelCommandTimeout: place.timeoutMs,
    sentinelRetryStrategy: () => null,
    // They say at once when another has become the master; the old one may not know for ten seconds.
    failoverDetector: true,
    ...(place.sentinelPassword ? { sentinelPassword: place.sentinelPassword.reveal() } : {}),
    ...(encryption ? { sentinelTLS: encryption, enableTLSForSentinelMode: true } : {}),
  }
}

export function clusterOptions(place: RedisStoreConfig) {
  return {
    redisOptions: nodeOptions(place),
    lazyConnect: true,
    clusterRetryStrategy: () => null,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    slotsRefreshTimeout: place.timeoutMs,
    slotsRefreshInterval: 10_000,
    // Names stay names, so that certificates can be checked against them.
    dnsLookup: (address, callback) => callback(null, address),
  } satisfies ClusterOptions
}

function nodeOptions({ username, password, db, tls, mode, nodes }: RedisStoreConfig) {
  const encryption = tlsOptions(tls)
  const host = mode === 'standalone' ? nodes[0]?.host : undefined
  return {
    ...(username === undefined ? {} : { username }),
    ...(password ? { password: password.reveal() } : {}),
    ...(encryption ? { tls: withName(encryption, host) } : {}),
    ...(mode === 'cluster' ? {} : { db }),
    connectionName: 'coatcheck',
    // The first reading of a large file may take minutes; it is looked at again this often.
    maxLoadingRetryTime: 200,
    keepAlive: 10_000,
    lazyConnect: true,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
  }
}

function tlsOptions(tls: RedisStoreConfig['tls']): ConnectionOptions | undefined {
  if (tls === undefined) return undefined
  if (tls === 'verified') return { rejectUnauthorized: true }
  return tls === 'unverified' ? { rejectUnauthorized: false } : { ca: tls.ca }
}

/** For servers that hold several certificates. An address is no such name (RFC 6066, 3). */
function withName(options: ConnectionOptions, host: string | undefined): ConnectionOptions {
  const isName = host !== undefined && /[a-z]/i.test(host) && !host.includes(':')
  return isName ? { ...options, servername: host } : options
}
