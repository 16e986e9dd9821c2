// The Redis driver keeps the contract alone, behind sentinels and as a cluster, and its own promises.
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { startCluster, startRedis, startSentinel } from '../support/redis.ts'
import { redisStores } from '../support/redis-stores.ts'
import { storeContract } from './store.contract.ts'

const setUps = {
  'standalone redis': startRedis,
  'redis behind a sentinel': startSentinel,
  'redis cluster': startCluster,
}

for (const [name, start] of Object.entries(setUps)) {
  describe('with real servers', () => {
    let url = ''
    const stack = new AsyncDisposableStack()
    beforeAll(async () => {
      url = stack.use(await start()).url
    })
    afterAll(() => stack.disposeAsync())

    storeContract(name, 'network', async () => {
      const stores = redisStores(url, { timeoutMs: 5000 })
      return {
        store: await stores.open(),
        clock: stores.clock,
        advance: stores.advance,
        peer: () => stores.open(),
        async dispose() {
          await stores[Symbol.asyncDispose]()
          expect(stores.errors.filter((error) => !`${error}`.includes('its own kind'))).toEqual([])
        },
      }
    })
  })
}
