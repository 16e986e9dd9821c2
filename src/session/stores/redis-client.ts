// One way to Redis for commands, alone, behind sentinels or as a cluster: opened once, and gone for good when it closes.
import { Cluster, Command, Redis } from 'ioredis'
import type { RedisStoreConfig } from '../../config/config.ts'
import { clusterOptions, connectionOptions } from './redis-options.ts'

export interface RedisClient {
  /** Resolves when commands can be sent. Rejects with what ioredis says last. */
  connect(): Promise<void>
  /** True while commands can be sent. */
  isUp(): boolean
  send(command: Command): Promise<unknown>
  /** Called once, when it has closed and will not come back. */
  onEnd(listener: () => void): void
  /** Destroys the connection that `command` goes by; what else is under way there fails. False where there is but one. */
  drop(command: Command): boolean
  /** Destroys all, for good. */
  dropAll(): void
  /** A connection to each server that is known to take writes, and can be reached. */
  masters(): readonly Redis[]
  /** For each server that should take writes, reached or not, a hash tag of a slot of its own. */
  tags(): readonly string[]
}

export function createClient(place: RedisStoreConfig): RedisClient {
  return place.mode === 'cluster' ? clusterClient(place) : singleClient(place)
}

function singleClient(place: RedisStoreConfig): RedisClient {
  const redis = new Redis(connectionOptions(place))
  const problem = lastErrorOf(redis)
  const together = createGathering()
  return {
    connect: () => connected(redis, problem),
    isUp: () => redis.status === 'ready' && redis.stream.writable,
    send(command) {
      together(redis)
      return Promise.resolve(redis.sendCommand(command))
    },
    onEnd: (listener) => void redis.once('end', listener),
    drop: () => false,
    dropAll: () => destroy(redis),
    masters: () => [redis],
    tags: () => ['0'],
  }
}

function clusterClient(place: RedisStoreConfig): RedisClient {
  const cluster = new Cluster([...place.nodes], clusterOptions(place))
  const problem = lastErrorOf(cluster)
  const sentTo = new WeakMap<Command, Redis>()
  const together = createGathering()

  function ownerOf(command: Command): Redis | undefined {
    const slot = command.getSlot()
    const name = typeof slot === 'number' ? cluster.slots[slot]?.[0] : undefined
    return cluster.nodes('all').find(({ options: { host, port } }) => `${host}:${port}` === name)
  }

  return {
    connect: () => connected(cluster, problem),
    isUp: () => cluster.status === 'ready',
    send(command) {
      const owner = ownerOf(command)
      if (owner) {
        sentTo.set(command, owner)
        together(owner)
      }
      return Promise.resolve(cluster.sendCommand(command))
    },
    onEnd: (listener) => void cluster.once('end', listener),
    drop(command) {
      const node = sentTo.get(command) ?? ownerOf(command)
      if (node) destroy(node)
      return true
    },
    dropAll() {
      const nodes = cluster.nodes('all')
      cluster.disconnect()
      for (const node of nodes) destroy(node)
    },
    masters: () => cluster.nodes('master'),
    tags: () => tagsOf(cluster.slots),
  }
}

/** What is written within one turn of the event loop leaves in one system call, which costs more than all else here. */
function createGathering(): (redis: Redis) => void {
  const gathering = new WeakSet<Redis['stream']>()
  // A node of a cluster has no stream before its first command, whatever its type says.
  return ({ stream }: { stream?: Redis['stream'] }) => {
    if (!stream || gathering.has(stream)) return
    gathering.add(stream)
    stream.cork()
    setImmediate(() => {
      gathering.delete(stream)
      stream.uncork()
    })
  }
}

/** More than enough to meet every owner of some slots. */
const MOST_TAGS = 16_384

/** `slots`: who owns a slot, its replicas after it. A node that cannot be reached owns its slots still. */
function tagsOf(slots: readonly (readonly string[] | undefined)[]): string[] {
  const owners = new Set(slots.map((nodes) => nodes?.[0]))
  owners.delete(undefined)
  const tags: string[] = []
  for (let n = 0; owners.size > 0 && n < MOST_TAGS; n += 1) {
    const slot = new Command('get', [`{${n}}`]).getSlot()
    const owner = typeof slot === 'number' ? slots[slot]?.[0] : undefined
    if (owners.delete(owner)) tags.push(`${n}`)
  }
  return tags
}

/** A connection to listen on; of a cluster to a node of the caller's choice. */
export function createListener(place: RedisStoreConfig, node: Redis | undefined): Redis {
  const options = connectionOptions(place)
  const { host, port } = node?.options ?? {}
  if (place.mode !== 'cluster' || host === undefined || port === undefined)
    return new Redis(options)
  return new Redis({ ...options, host, port })
}

/** At once: `disconnect` alone says goodbye and reads on for two more seconds. */
export function destroy(redis: Redis): void {
  const { stream } = redis
  redis.disconnect()
  // Undefined before the first connection, whatever its type says.
  stream?.destroy()
}

/** ioredis rejects with `Connection is closed` and says why by an event; some errors it shows and goes on. */
export async function connected(
  redis: Redis | Cluster,
  problem = lastErrorOf(redis),
): Promise<void> {
  try {
    await redis.connect()
  } catch (error) {
    throw problem() ?? error
  }
  const shown = redis instanceof Redis ? problem() : undefined
  if (shown !== undefined) throw shown
}

function lastErrorOf(redis: Redis | Cluster): () => unknown {
  let last: unknown
  // Without a listener ioredis writes errors to the console.
  redis.on('error', (error: unknown) => {
    last = lastOf(error)
  })
  redis.on('node error', (error: unknown) => {
    last = error
  })
  return () => last
}

/** A cluster that could not be reached names the last node's error inside its own. */
function lastOf(error: unknown): unknown {
  if (!(error instanceof Error) || !('lastNodeError' in error)) return error
  return error.lastNodeError ?? error
}
