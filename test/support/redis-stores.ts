// Redis session stores in a namespace of their own, closed when the test is over.
import { setImmediate } from 'node:timers/promises'
import type { RedisStoreConfig } from '../../src/config/config.ts'
import { parseRedisUrl } from '../../src/config/redis-url.ts'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { openRedisStore } from '../../src/session/stores/redis.ts'
import { manualClock } from './clock.ts'

export interface RedisStores extends AsyncDisposable {
  /** Where they are, with a prefix that nobody else has. */
  readonly place: RedisStoreConfig
  /** The clock of every store that was not given its own. */
  readonly clock: ReturnType<typeof manualClock>
  /** What the stores reported to `onError`. */
  readonly errors: unknown[]
  open(clock?: Clock): Promise<SessionStore>
  /** Moves time on at once, and resolves when every open store knows that it has heard all that was told before. */
  advance(ms: number): Promise<void>
}

export function redisPlace(url: string, over: Partial<RedisStoreConfig> = {}): RedisStoreConfig {
  const parsed = parseRedisUrl(url)
  if ('complaint' in parsed) throw new Error(parsed.complaint)
  const { encrypted, ...place } = parsed
  return {
    kind: 'redis',
    ...place,
    tls: encrypted ? 'verified' : undefined,
    sentinelPassword: undefined,
    prefix: `test-${systemRandom(6).toString('hex')}:`,
    // Only where a test is about its being away is it ever late.
    timeoutMs: 5000,
    ...over,
  }
}

export function redisStores(url: string, over: Partial<RedisStoreConfig> = {}): RedisStores {
  // Beside real time, so that what Redis measures by itself is about the same.
  const clock = manualClock(Date.now())
  const place = redisPlace(url, over)
  const errors: unknown[] = []
  const stores: SessionStore[] = []
  return {
    place,
    clock,
    errors,
    async open(own = clock) {
      const onError = (error: unknown) => errors.push(error)
      const options = { place, clock: own, timer: systemClock, random: systemRandom, onError }
      const store = await openRedisStore(options)
      stores.push(store)
      return store
    },
    async advance(ms) {
      clock.jump(ms)
      await Promise.all(stores.map((store) => settled(store, clock)))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(stores.map((store) => store.close()))
    },
  }
}

/** A beat sent after the jump has come, unless too little time went by for one, or the store is closed. */
async function settled(store: SessionStore, clock: Clock): Promise<void> {
  const end = performance.now() + 15_000
  while (store.provenAt < clock.now() - 300) {
    if (performance.now() > end) throw new Error('the store hears no beat of its own')
    await setImmediate()
  }
}
