// A session store of the kind a test asks for, with what it keeps its sessions in.
import { join } from 'node:path'
import type { StoreConfig } from '../../src/config/config.ts'
import type { Clock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { openStore } from '../../src/session/stores/open.ts'
import { bytesIn, openFolder } from './folder.ts'
import { startRedis } from './redis.ts'
import { redisPlace } from './redis-stores.ts'

export const storeKinds = ['memory', 'sqlite', 'redis'] as const

export type StoreKind = (typeof storeKinds)[number]

export interface TestStore extends AsyncDisposable {
  readonly store: SessionStore
  /** What another process would open; for memory the same one. */
  peer(): Promise<SessionStore>
  /** Every byte it has on disk. */
  bytes(): Promise<Buffer>
}

/** Disposing of it throws the first error that it met behind the scenes. */
export async function openTestStore(kind: StoreKind, clock: Clock): Promise<TestStore> {
  const resources = new AsyncDisposableStack()
  const errors: unknown[] = []
  const stores: SessionStore[] = []
  const onError = (error: unknown) => errors.push(error)
  const data = await openData(kind, resources)
  const open = async () => {
    const [first] = stores
    if (kind === 'memory' && first) return first
    const store = await openStore(data.config, { clock, random: systemRandom, onError })
    stores.push(store)
    resources.defer(() => store.close())
    return store
  }
  return {
    store: await open(),
    peer: open,
    bytes: data.bytes,
    async [Symbol.asyncDispose]() {
      await resources.disposeAsync()
      if (errors.length > 0) throw errors[0]
    },
  }
}

interface Data {
  readonly config: StoreConfig
  bytes(): Promise<Buffer>
}

async function openData(kind: StoreKind, resources: AsyncDisposableStack): Promise<Data> {
  if (kind === 'redis') {
    const server = resources.use(await startRedis())
    const bytes = () => bytesIn(server.dir)
    return { config: redisPlace(server.url, { timeoutMs: 5000 }), bytes }
  }
  const folder = resources.use(await openFolder())
  const config: StoreConfig =
    kind === 'memory' ? { kind } : { kind, path: join(folder.path, 'sessions.db') }
  return { config, bytes: folder.bytes }
}
