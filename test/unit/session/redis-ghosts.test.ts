import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { StoreLostError } from '../../../src/session/stores/lost.ts'
import { createGhosts } from '../../../src/session/stores/redis-ghosts.ts'
import { manualClock } from '../../support/clock.ts'

function setUp() {
  const timer = manualClock()
  const released: string[] = []
  const tried: string[] = []
  const server = { isAway: false }
  const ghosts = createGhosts({
    timer,
    async release(key, owner) {
      tried.push(`${key} ${owner}`)
      if (server.isAway) throw new Error('nobody is there')
      released.push(`${key} ${owner}`)
    },
  })
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 250) {
      timer.advance(250)
      await setImmediate()
    }
  }
  return { ghosts, server, released, tried, pass }
}

describe('a lease that may have been given to nobody', () => {
  it('is released, and once more, for what was asked may come after the release', async () => {
    const { ghosts, released, pass } = setUp()

    ghosts.add('refresh', 'ada', 60_000)
    await pass(60_000)

    expect(released).toEqual(['refresh ada', 'refresh ada'])
  })

  it('is nothing to release where it was never asked for', async () => {
    const { ghosts, tried, pass } = setUp()

    ghosts.add('refresh', 'ada', 60_000, new StoreLostError('no line', { begun: false }))
    ghosts.add('refresh', 'bob', 60_000, new StoreLostError('no line since', { begun: true }))
    await pass(1000)

    expect(new Set(tried)).toEqual(new Set(['refresh bob']))
  })

  it('is released when the server is back; meanwhile one try stands for all', async () => {
    const { ghosts, server, released, tried, pass } = setUp()
    server.isAway = true
    for (const owner of ['ada', 'bob']) ghosts.add('refresh', owner, 60_000)

    await pass(1000)
    expect(new Set(tried)).toEqual(new Set(['refresh ada']))
    server.isAway = false
    await pass(1000)

    expect(new Set(released)).toEqual(new Set(['refresh ada', 'refresh bob']))
  })

  it('is left alone once it has lapsed, and when the store is closed', async () => {
    const { ghosts, server, tried, pass } = setUp()
    server.isAway = true

    ghosts.add('refresh', 'ada', 1000)
    await pass(2000)
    const before = tried.length
    await pass(10_000)
    expect(tried).toHaveLength(before)

    ghosts.add('refresh', 'bob', 60_000)
    ghosts.close()
    await pass(10_000)
    expect(tried).toHaveLength(before)
  })
})
