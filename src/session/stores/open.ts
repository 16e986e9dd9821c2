// Opens the session store that the configuration asks for; whoever opens it closes it.
import type { StoreConfig } from '../../config/config.ts'
import { type Clock, systemClock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import type { SessionStore } from '../store.ts'
import { createMemoryStore } from './memory.ts'

export interface OpenStoreOptions {
  readonly clock: Clock
  readonly random: Random
  /** Told of what nobody waits for. */
  readonly onError: (error: unknown) => void
}

/** Rejects with one sentence (place, problem, mend) when it cannot be used. */
export async function openStore(
  store: StoreConfig,
  { clock, random, onError }: OpenStoreOptions,
): Promise<SessionStore> {
  if (store.kind === 'memory') return createMemoryStore({ clock, random, onError })
  // A driver's code is loaded only where it is used.
  if (store.kind === 'redis') {
    const { openRedisStore } = await import('./redis.ts')
    return openRedisStore({ place: store, clock, timer: systemClock, random, onError })
  }
  const { openSqliteStore } = await import('./sqlite.ts')
  return openSqliteStore({ path: store.path, clock, random, onError })
}
