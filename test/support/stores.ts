// A session store of the kind a test asks for, with the folder it may keep files in.
import { join } from 'node:path'
import type { Clock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { createMemoryStore } from '../../src/session/stores/memory.ts'
import { openSqliteStore } from '../../src/session/stores/sqlite.ts'
import { openFolder } from './folder.ts'

export const storeKinds = ['memory', 'sqlite'] as const

export type StoreKind = (typeof storeKinds)[number]

export interface TestStore extends AsyncDisposable {
  readonly store: SessionStore
  /** What another process of the same host would open; for memory the same one. */
  peer(): Promise<SessionStore>
  /** Every byte it has on disk. */
  bytes(): Promise<Buffer>
}

/** Disposing of it throws the first error that it met behind the scenes. */
export async function openTestStore(kind: StoreKind, clock: Clock): Promise<TestStore> {
  const folder = await openFolder()
  const errors: unknown[] = []
  const stores: SessionStore[] = []
  const open = async () => {
    const options = { clock, random: systemRandom, onError: (error: unknown) => errors.push(error) }
    const store =
      kind === 'memory'
        ? (stores[0] ?? createMemoryStore(options))
        : await openSqliteStore({ ...options, path: join(folder.path, 'sessions.db') })
    stores.push(store)
    return store
  }
  return {
    store: await open(),
    peer: open,
    bytes: folder.bytes,
    async [Symbol.asyncDispose]() {
      await Promise.all([...new Set(stores)].map((store) => store.close()))
      await folder[Symbol.asyncDispose]()
      if (errors.length > 0) throw errors[0]
    },
  }
}
