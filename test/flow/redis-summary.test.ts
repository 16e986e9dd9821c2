import { describe, expect, it } from 'vitest'
import { startRedis } from '../support/redis.ts'
import { openWorkshop } from '../support/workers.ts'

describe('the summary of a gateway on Redis', { timeout: 120_000 }, () => {
  it.each([
    [1, ''],
    [2, ', for each worker'],
  ])(
    'shows its connections against the limit, and eviction, with %i workers',
    async (count, each) => {
      await using redis = await startRedis({
        config: [
          ['maxmemory-policy', 'allkeys-lru'],
          ['maxclients', '500'],
        ],
      })
      await using shop = await openWorkshop(`store: { kind: redis, url: "${redis.url}" }`)
      await shop.write(
        shop
          .config(`store: { kind: redis, url: "${redis.url}" }`)
          .replace('workers: 2', `workers: ${count}`),
      )

      await using gateway = await shop.start()

      expect(gateway.stdout).toMatch(
        new RegExp(
          `^  sessions +redis .*:${redis.port} +0 live, 2 connections, of 500 allowed${each}$`,
          'm',
        ),
      )
      await expect
        .poll(() => gateway.stdout)
        .toMatch(/^ {2}! Redis evicts sessions .* noeviction$/m)
    },
  )
})
