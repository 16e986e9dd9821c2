// What is told of a store that goes away: what cannot be done, and the word for why.
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { errorCode } from '../../src/proxy/failure.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { createGuardedStore } from '../../src/session/stores/guarded.ts'
import { recordAt, storeKey } from '../support/records.ts'
import { startRedis } from '../support/redis.ts'
import { redisStores } from '../support/redis-stores.ts'
import { sqlitePlace } from '../support/sqlite.ts'
import { canHaveSmallDisk, type StoreProcess, startStoreProcess } from '../support/store-process.ts'

const KEY = storeKey('k'.repeat(43))
const MEGABYTE = 1024 * 1024

/** As a gateway holds it; what it told so far. */
function guard(store: SessionStore, timeoutMs: number) {
  const told: string[] = []
  const guarded = createGuardedStore(store, {
    clock: systemClock,
    timeoutMs,
    events: {
      outageBegan: (lost, cause) => told.push(`${lost} ${errorCode(cause)}`),
      outageEnded: () => told.push('over'),
    },
  })
  return { told, guarded, [Symbol.dispose]: () => guarded.stop() }
}

const touch = (store: SessionStore) =>
  store.touch(KEY, { seenAt: Date.now(), idleAt: Date.now() + 9e5 }).catch(() => undefined)

describe('an outage', { timeout: 60_000 }, () => {
  it.each([
    ['touch', touch],
    ['get', (store: SessionStore) => store.get(KEY).catch(() => undefined)],
  ] as const)(
    'of a Redis that was killed is the loss of everything, by the first %s',
    async (_, call) => {
      await using server = await startRedis()
      await using stores = redisStores(server.url, { timeoutMs: 800 })
      using it = guard(await stores.open(systemClock), 800)
      await it.guarded.add(KEY, recordAt(Date.now()))
      await server.kill9()

      await call(it.guarded)

      const began = expect.stringMatching(/^everything ECONN(REFUSED|RESET)$/)
      expect(it.told).toEqual([began])
      await server.restart()
      await expect.poll(() => it.told).toEqual([began, 'over'])
    },
  )

  it('of a Redis that is frozen is the loss of everything, though only writes were tried', async () => {
    await using server = await startRedis()
    await using stores = redisStores(server.url, { timeoutMs: 800 })
    using it = guard(await stores.open(systemClock), 800)
    await it.guarded.add(KEY, recordAt(Date.now()))

    server.freeze()
    await Promise.all([touch(it.guarded), touch(it.guarded), touch(it.guarded)])
    await expect.poll(() => it.told.length).toBe(1)

    expect(it.told[0]).toMatch(/^everything (STORE_TIMEOUT|ETIMEDOUT)$/)
    server.thaw()
    await expect.poll(() => it.told.slice(1)).toEqual(['over'])
  })

  it.skipIf(!canHaveSmallDisk())('of a full disk is the loss of writes', async () => {
    await using place = await sqlitePlace()
    await using child = await startStoreProcess(place.path, { disk: 4 * MEGABYTE })
    using it = guard(storeOf(child), 5000)
    await it.guarded.add(KEY, recordAt(Date.now()))
    await child.ask({ ask: 'fill the disk' })

    for (let n = 0; it.told.length === 0; n += 1) {
      const value = new Uint8Array(9000)
      await it.guarded.put(`filling-${n}`, value, Date.now() + 9e5).catch(() => undefined)
    }

    expect(it.told).toEqual(['writes SQLITE_FULL'])
    expect(await it.guarded.get(KEY)).toBeDefined()
    await child.ask({ ask: 'free the disk' })
    await expect.poll(() => it.told).toEqual(['writes SQLITE_FULL', 'over'])
  })
})

/** That of another process, as one's own. */
function storeOf(child: StoreProcess): SessionStore {
  return new Proxy({ kind: 'sqlite', scope: 'host', provenAt: Infinity } as SessionStore, {
    get(target, property: keyof SessionStore) {
      if (property in target) return target[property]
      return (...args: unknown[]) => child.call(property, ...args)
    },
  })
}
