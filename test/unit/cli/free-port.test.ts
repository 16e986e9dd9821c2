// A port that is chosen before it is used is one that the system gives to nobody meanwhile.
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { freePort } from '../../../src/cli/free-port.ts'
import { systemRandom } from '../../../src/lib/random.ts'
import { freePort as drawPort } from '../../support/free-port.ts'

describe('a free port', () => {
  it('is below those that systems give away by themselves, where any will do', async () => {
    for (let time = 0; time < 20; time++) {
      const port = await freePort(0, systemRandom)
      expect(port).toBeGreaterThanOrEqual(10_000)
      expect(port).toBeLessThan(25_000)
    }
  })

  it('is the one asked for or the next one that nobody has, at either address', async () => {
    const port = await drawPort()
    expect(await freePort(port, systemRandom)).toBe(port)
    const somebody = createServer().listen(port, '127.0.0.1')
    await new Promise((resolve) => somebody.once('listening', resolve))

    try {
      expect(await freePort(port, systemRandom)).toBeGreaterThan(port)
    } finally {
      await new Promise((resolve) => somebody.close(resolve))
    }
  })

  it('of a test is between those and the system’s own, and never the same twice', async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, drawPort))

    expect(new Set(ports).size).toBe(50)
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(25_000)
    expect(Math.max(...ports)).toBeLessThan(32_768)
  })
})
