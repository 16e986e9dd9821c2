// Real Redis set-ups for tests, up within a second or two: alone, with a Sentinel, as a Cluster; gone with the test.
import { join } from 'node:path'
import { createCertificate } from './certificate.ts'
import { freePort } from './free-port.ts'
import {
  eventually,
  HOST,
  type ProcessOptions,
  type RedisServer,
  startRedisProcess,
} from './redis-process.ts'

export { eventually, type RedisServer } from './redis-process.ts'

export interface RedisOptions {
  /** Words of redis.conf, each line split: `[['maxmemory', '10mb']]`. */
  readonly config?: readonly (readonly string[])[]
  readonly password?: string
  /** Encrypted, with a certificate that nobody trusts but who has `ca`. */
  readonly tls?: boolean
}

export interface StandaloneRedis extends RedisServer {
  /** PEM of the certificate authority; present with `tls`. */
  readonly ca: string | undefined
}

export interface SentinelRedis extends AsyncDisposable {
  /** The whole set-up: `redis+sentinel://…/main`. */
  readonly url: string
  /** As they were at the start; `currentMaster` knows better after a failover. */
  readonly master: RedisServer
  readonly replica: RedisServer
  readonly sentinels: readonly RedisServer[]
  currentMaster(): Promise<RedisServer>
  /** Makes the other one the master; resolves when the sentinels say so and it takes writes. */
  failover(): Promise<void>
}

export interface ClusterRedis extends AsyncDisposable {
  /** The whole set-up: `redis+cluster://…`. */
  readonly url: string
  readonly nodes: readonly RedisServer[]
  /** The node that holds a slot. */
  nodeOf(slot: number): Promise<RedisServer>
  /** Moves a slot, with the keys in it, to another node. */
  moveSlot(slot: number, to: RedisServer): Promise<void>
}

const DURABLE = [
  ['appendonly', 'yes'],
  ['save', ''],
  ['repl-diskless-sync-delay', '0'],
  ['repl-ping-replica-period', '1'],
]

export async function startRedis(options: RedisOptions = {}): Promise<StandaloneRedis> {
  const config = [...DURABLE, ...(options.config ?? [])]
  if (!options.tls) return Object.assign(await startRedisProcess({ ...options, config }), NO_CA)
  const { key, cert } = await createCertificate()
  const server = await startRedisProcess({
    ...options,
    files: { 'key.pem': key, 'cert.pem': cert },
    config: [
      ['tls-cert-file', 'cert.pem'],
      ['tls-key-file', 'key.pem'],
      ['tls-auth-clients', 'no'],
      ...config,
    ],
  })
  return Object.assign(server, { ca: cert })
}

const NO_CA = { ca: undefined }

/** One master, one replica, and a sentinel that acts alone unless more are asked for. */
export async function startSentinel({
  sentinels: count = 1,
}: {
  sentinels?: number
} = {}): Promise<SentinelRedis> {
  const servers: RedisServer[] = []
  const sentinels: RedisServer[] = []
  const dispose = () =>
    Promise.all([...servers, ...sentinels].map((one) => one[Symbol.asyncDispose]()))
  const quorum = Math.floor(count / 2) + 1

  async function startOne(port: number, master: RedisServer): Promise<void> {
    const conf = [
      `sentinel monitor main ${HOST} ${master.port} ${quorum}`,
      'sentinel down-after-milliseconds main 500',
      'sentinel failover-timeout main 3000',
      'sentinel parallel-syncs main 1',
      '',
    ].join('\n')
    sentinels.push(await startSentinelProcess(port, conf))
  }

  try {
    const master = await startRedisProcess({ config: DURABLE })
    servers.push(master)
    const replica = await startRedisProcess({
      config: [...DURABLE, ['replicaof', HOST, `${master.port}`]],
    })
    servers.push(replica)
    await eventually(
      'a replica in step',
      async () => (await replica.info('replication')).get('master_link_status') === 'up',
    )
    const ports = await Promise.all(Array.from({ length: count }, freePort))
    await Promise.all(ports.map((port) => startOne(port, master)))
    const [first] = sentinels
    if (!first) throw new Error('no sentinel')
    await eventually('sentinels that know each other and the replica', async () => {
      for (const sentinel of sentinels) {
        const replicas = await sentinel.command('SENTINEL', 'replicas', 'main')
        const others = await sentinel.command('SENTINEL', 'sentinels', 'main')
        if (lengthOf(replicas) !== 1 || lengthOf(others) !== count - 1) return false
      }
      return true
    })

    async function currentMaster(): Promise<RedisServer> {
      const answer = await first?.command('SENTINEL', 'get-master-addr-by-name', 'main')
      const port = Array.isArray(answer) ? Number(answer[1]) : 0
      const found = servers.find((one) => one.port === port)
      if (!found) throw new Error('the sentinels name no master of ours')
      return found
    }

    return {
      url: `redis+sentinel://${sentinels.map(({ port }) => `${HOST}:${port}`).join(',')}/main`,
      master,
      replica,
      sentinels,
      currentMaster,
      async failover() {
        const before = await currentMaster()
        await eventually('a failover that is begun', async () => {
          await first.command('SENTINEL', 'failover', 'main')
          return true
        })
        await eventually('another master that takes writes', async () => {
          const now = await currentMaster()
          return now !== before && (await now.info('replication')).get('role') === 'master'
        })
      },
      [Symbol.asyncDispose]: async () => void (await dispose()),
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

async function startSentinelProcess(port: number, conf: string): Promise<RedisServer> {
  const { openFolder } = await import('./folder.ts')
  // A sentinel rewrites its configuration, and refuses to start without a file for that.
  const folder = await openFolder({ 'sentinel.conf': conf })
  const args: ProcessOptions['args'] = [join(folder.path, 'sentinel.conf'), '--sentinel']
  const server = await startRedisProcess({ port, args })
  const dispose = server[Symbol.asyncDispose]
  return Object.assign(server, {
    async [Symbol.asyncDispose]() {
      await dispose()
      await folder[Symbol.asyncDispose]()
    },
  })
}

const SLOTS = 16_384

/** Three masters without replicas, each with a third of the slots. */
export async function startCluster(count = 3): Promise<ClusterRedis> {
  const nodes: RedisServer[] = []
  const dispose = () => Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()))
  try {
    const started = await Promise.allSettled(
      Array.from({ length: count }, async () => {
        const bus = await freePort()
        const node = await startRedisProcess({
          config: [
            ...DURABLE,
            ['cluster-enabled', 'yes'],
            ['cluster-port', `${bus}`],
            ['cluster-node-timeout', '2000'],
            ['cluster-config-file', 'nodes.conf'],
          ],
        })
        nodes.push(node)
        return { node, bus }
      }),
    )
    const members = started.map((one) => {
      if (one.status === 'rejected') throw one.reason
      return one.value
    })
    const [first] = members
    await Promise.all(
      members.map(async ({ node }, index) => {
        const from = Math.floor((index * SLOTS) / count)
        const to = Math.floor(((index + 1) * SLOTS) / count) - 1
        await node.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
        await node.command('CLUSTER', 'ADDSLOTSRANGE', from, to)
      }),
    )
    for (const { node, bus } of members.slice(1)) {
      await first?.node.command('CLUSTER', 'MEET', HOST, node.port, bus)
    }
    await eventually('a cluster whose nodes all serve every slot', async () => {
      for (const node of nodes) {
        const info = String(await node.command('CLUSTER', 'INFO'))
        if (!info.includes('cluster_state:ok')) return false
        if (!info.includes(`cluster_known_nodes:${count}`)) return false
        if (lengthOf(await node.command('CLUSTER', 'SLOTS')) !== count) return false
      }
      return true
    })

    async function nodeOf(slot: number): Promise<RedisServer> {
      const ranges = (await nodes[0]?.command('CLUSTER', 'SLOTS')) as [
        number,
        number,
        [string, number],
      ][]
      const port = ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][1]
      const found = nodes.find((node) => node.port === port)
      if (!found) throw new Error(`nobody holds slot ${slot}`)
      return found
    }

    return {
      url: `redis+cluster://${nodes.map(({ port }) => `${HOST}:${port}`).join(',')}`,
      nodes,
      nodeOf,
      async moveSlot(slot, to) {
        const from = await nodeOf(slot)
        const [source, target] = await Promise.all(
          [from, to].map((node) => node.command('CLUSTER', 'MYID').then(String)),
        )
        await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', source ?? '')
        await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target ?? '')
        for (;;) {
          const keys = (await from.command('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[]
          if (keys.length === 0) break
          await from.command('MIGRATE', HOST, to.port, '', 0, 5000, 'KEYS', ...keys)
        }
        for (const node of [to, from, ...nodes]) {
          await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', target ?? '')
        }
      },
      [Symbol.asyncDispose]: async () => void (await dispose()),
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

function lengthOf(reply: unknown): number {
  return Array.isArray(reply) ? reply.length : -1
}
