// A gateway that lets the browser's cookie through to the upstream is found out as soon as the upstream shows it.
import { expect, it, vi } from 'vitest'
import type { startGateway } from '../support/gateway.ts'
import { leaksOf } from '../support/leaks.ts'
import { startUpstream } from '../support/upstream.ts'

const mutant = vi.hoisted(() => ({ on: false }))

vi.mock('../../src/proxy/headers.ts', async (original) => {
  const headers = await original<typeof import('../../src/proxy/headers.ts')>()
  const goesUp = (name: string) => name.toLowerCase() === 'cookie' || headers.goesUp(name)
  return {
    ...headers,
    get goesUp() {
      return mutant.on ? goesUp : headers.goesUp
    },
  }
})

it.each([
  [true, 'leak'],
  [false, 'clean'],
])('where the cookie goes up: %s, the verdict is %s', async (on, outcome) => {
  mutant.on = on
  vi.resetModules()
  const { startGateway: start } = await import('../support/gateway.ts')
  await using upstream = await startUpstream()
  // As pages for developers do.
  upstream.on('/last', (_request, response) => {
    const cookies = upstream.requests.slice(-20).map(({ headers }) => headers.cookie ?? 'none')
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(cookies))
  })
  await using gateway: Awaited<ReturnType<typeof startGateway>> = await start({
    routes: [{ prefix: '/api', upstream: upstream.url }],
    options: { guard: false },
  })

  const { verdict } = await leaksOf(gateway, {
    reads: ['/api/last'],
    // The same for all, as far as anybody can tell.
    ordinary: ['/api/last'],
    requests: 10,
  })

  expect(verdict.outcome).toBe(outcome)
})
