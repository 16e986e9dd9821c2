// A session that ends at one process is refused by every other within a second; the check finds a process that is deaf.
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { type RunningCommand, startCommand } from '../support/command.ts'
import { type Gate, spread, watchEndings } from '../support/endings.ts'
import { openFolder } from '../support/folder.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { startRedis } from '../support/redis.ts'
import { type Fault, faultyStore } from '../support/store-fault.ts'
import { openTestStore } from '../support/stores.ts'
import { startUpstream } from '../support/upstream.ts'

const LONGER = process.env.COATCHECK_LONG === '1' ? 10 : 1
const PROMISED_MS = 1000
const PATIENT = { timeout: 20_000 }
const SIZE = { endings: 30 * LONGER, atOnce: 5, load: 6 }

/** How a store that processes share is written in the configuration. */
interface Shared extends AsyncDisposable {
  readonly written: string
}

const drivers: ReadonlyArray<readonly [name: string, open: () => Promise<Shared>]> = [
  [
    'sqlite',
    async () => ({
      written: '{ kind: sqlite, path: sessions.db, timeout: 5s }',
      async [Symbol.asyncDispose]() {},
    }),
  ],
  [
    'redis',
    async () => {
      const server = await startRedis()
      return {
        // It is not late, whatever the machine does.
        written: `{ kind: redis, url: "${server.url}", timeout: 5s }`,
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      }
    },
  ],
]

async function twoProcesses(store: string) {
  const upstream = await startUpstream()
  const dir = await openFolder({
    'coatcheck.yaml': `publicOrigin: http://localhost:3000
listen: { port: 0 }
operators: { port: 0 }
limits: { signInPerAddress: 100000, signInPerAccount: 100000 }
log: { level: warn, access: false }
store: ${store}
providers:
  main:
    kind: password
    signIn: { url: "${upstream.url}/login" }
    refresh: { url: "${upstream.url}/refresh", bearer: refresh }
routes:
  - { prefix: /api, upstream: "${upstream.url}" }
`,
  })
  // One key for both.
  const env = { COATCHECK_KEYS: Buffer.alloc(32, 9).toString('base64url') }
  const gates: RunningCommand[] = []
  for (const _ of [1, 2]) gates.push(await startCommand(['serve'], { cwd: dir.path, env }))
  return {
    gates,
    async [Symbol.asyncDispose]() {
      for (const gate of gates) await gate[Symbol.asyncDispose]()
      await dir[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

describe.each(drivers)('two processes on one %s', (name, open) => {
  it('both refuse within a second what ended at either, under load', async () => {
    await using shared = await open()
    await using it = await twoProcesses(shared.written)

    const { latencies, late, wrong, answers } = await watchEndings({ gates: it.gates, ...SIZE })

    const told = spread(latencies)
    console.log(`ends on ${name}: ${JSON.stringify({ ...told, answers })}`)
    expect(told.p50).toBeLessThan(PROMISED_MS)
    expect([late, wrong]).toEqual([[], []])
    expect(latencies.length).toBe(SIZE.endings)
    expect(answers).toBeGreaterThan(SIZE.endings * 10)
  })
})

describe('two processes on one redis that is frozen', () => {
  it('believe their memory for a second, then answer 503; an end that was told meanwhile is heard', async () => {
    await using server = await startRedis()
    await using it = await twoProcesses(`{ kind: redis, url: "${server.url}" }`)
    const { gates } = it
    const [first, second] = gates
    if (!first || !second) throw new Error('two were started')
    const ada = await first.signIn('ada')
    const bob = await first.signIn('bob')
    const ask = async (gate: RunningCommand, { cookie }: { cookie: string }) => {
      const askedAt = performance.now()
      return { askedAt, status: (await gate.send('/api/notes', { cookie })).status }
    }
    for (const gate of [...gates, ...gates]) {
      expect([(await ask(gate, ada)).status, (await ask(gate, bob)).status]).toEqual([200, 200])
    }

    const answers: Array<{ afterMs: number; status: number }> = []
    const frozen = async () => {
      server.freeze()
      const frozenAt = performance.now()
      for (let afterMs = 0; afterMs < 3000; afterMs = performance.now() - frozenAt) {
        for (const gate of gates) {
          const { askedAt, status } = await ask(gate, ada)
          answers.push({ afterMs: askedAt - frozenAt, status })
        }
      }
    }
    const served = () => answers.filter(({ status }) => status === 200)
    await frozen()
    // Where the machine stood still for that second nobody was served in it.
    for (let again = 0; again < 2 && served().length === 0; again++) {
      server.thaw()
      for (const gate of gates) {
        await expect.poll(async () => (await ask(gate, ada)).status, PATIENT).toBe(200)
      }
      await frozen()
    }
    const ending = first.send('/auth/logout', { method: 'POST', cookie: bob.cookie })
    expect((await ending).status).toBe(503)
    server.thaw()
    await expect.poll(async () => (await ask(second, ada)).status, PATIENT).toBe(200)

    // The last proof may be a moment old when it freezes; from then on it is a second.
    expect(served().filter(({ afterMs }) => afterMs > PROMISED_MS)).toEqual([])
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]))
    const lastServed = Math.max(...served().map(({ afterMs }) => afterMs))
    console.log(`frozen redis: last served from memory after ${Math.round(lastServed)} ms`)
    // A sign-out that could not be answered may have been done all the same: then it is, everywhere.
    const told = async () => `${(await ask(first, bob)).status} ${(await ask(second, bob)).status}`
    await expect.poll(told, PATIENT).toMatch(/^(200 200|401 401)$/)
  })
})

describe('this check', () => {
  async function inOneProcess(fault: Fault) {
    const upstream = await startUpstream()
    const opened = await openTestStore('sqlite', systemClock)
    const deaf = faultyStore(await opened.peer())
    deaf.fault = fault
    const gateways: TestGateway[] = []
    for (const store of [opened.store, deaf.store]) {
      const routes = [{ prefix: '/api', upstream: upstream.url }]
      gateways.push(await startGateway({ routes, options: { store } }))
    }
    const gates = gateways.map(
      ({ send }): Gate => ({
        send: (path, { cookie, ...options }) =>
          send(path, { ...options, ...(cookie === undefined ? {} : { headers: asPage(cookie) }) }),
      }),
    )
    return {
      gates,
      async [Symbol.asyncDispose]() {
        for (const gateway of gateways) await gateway.close()
        await opened[Symbol.asyncDispose]()
        await upstream[Symbol.asyncDispose]()
      },
    }
  }

  it('finds a process that lost its subscription and believes it still hears', async () => {
    await using it = await inOneProcess('deaf')

    const { late } = await watchEndings({ gates: it.gates, endings: 4, atOnce: 4, load: 1 })

    expect(late.length).toBeGreaterThan(0)
  })

  it('finds nothing where both hear', async () => {
    await using it = await inOneProcess('none')

    const { late, wrong } = await watchEndings({ gates: it.gates, endings: 4, atOnce: 4, load: 1 })

    expect([late, wrong]).toEqual([[], []])
  })
})

function asPage(cookie: string) {
  return { cookie, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }
}
