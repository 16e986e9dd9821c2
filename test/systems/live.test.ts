// Live connections of whole processes: ended everywhere within a second, none lost, none crossed, and what each costs.
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { type RunningCommand, startCommand } from '../support/command.ts'
import { spread } from '../support/endings.ts'
import { openFolder } from '../support/folder.ts'
import { startGateway } from '../support/gateway.ts'
import { type LiveGate, openCrowd, watchEnds } from '../support/live-crowd.ts'
import { startLiveUpstream } from '../support/live-upstream.ts'
import { patience } from '../support/promised.ts'
import { startRedis } from '../support/redis.ts'
import { type Fault, faultyStore } from '../support/store-fault.ts'
import { openTestStore } from '../support/stores.ts'
import { startUpstream } from '../support/upstream.ts'

const LONG = process.env.COATCHECK_LONG === '1'
const PEOPLE = LONG ? 500 : 50
const CROWD = LONG ? 1000 : 100
const TIMES = LONG ? 30 : 3
const PROMISED_MS = 1000
/** In which a stop waits for what is under way. */
const DRAIN_MS = 25_000

async function startProcesses(count: number, store: string, more = '') {
  const stack = new AsyncDisposableStack()
  const people = stack.use(await startUpstream({ keep: 10 }))
  const upstream = stack.use(await startLiveUpstream({ people }))
  const dir = stack.use(
    await openFolder({
      'coatcheck.yaml': `publicOrigin: http://localhost:3000
listen: { port: 0 }
operators: { port: 0 }
limits: { signInPerAddress: 100000, signInPerAccount: 100000 }
log: { level: warn, access: false }
store: ${store}
${more}
providers:
  main:
    kind: password
    signIn: { url: "${people.url}/login" }
routes:
  - { prefix: /api, upstream: "${upstream.url}" }
`,
    }),
  )
  const env = { COATCHECK_KEYS: Buffer.alloc(32, 9).toString('base64url') }
  const commands: RunningCommand[] = []
  for (let i = 0; i < count; i++) {
    commands.push(stack.use(await startCommand(['serve'], { cwd: dir.path, env })))
  }
  const gates = commands.map((command) => ({
    command,
    port: command.port,
    signIn: async (name: string) => (await command.signIn(name)).cookie,
  }))
  return { people, upstream, gates, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const drivers: ReadonlyArray<
  readonly [string, () => Promise<AsyncDisposable & { readonly written: string }>]
> = [
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
      const written = `{ kind: redis, url: "${server.url}", timeout: 5s }`
      return { written, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
    },
  ],
]

describe.each(drivers)('two processes on one %s', (name, open) => {
  it('a sign-out at one closes what is open at the other within a second, and nobody else’s', async () => {
    await using shared = await open()
    await using it = await startProcesses(2, shared.written)
    const [here, there] = it.gates
    if (!here || !there) throw new Error('two were started')
    const remote: LiveGate = { ...there, signIn: here.signIn }
    using leaving = await openCrowd({
      gates: [remote],
      upstream: it.upstream,
      people: PEOPLE,
      prefix: 'l',
    })
    using staying = await openCrowd({
      gates: [remote],
      upstream: it.upstream,
      people: 5,
      prefix: 's',
    })

    const endedAt = new Map<string, number>()
    await Promise.all(
      leaving.members.map(async ({ name, cookie }) => {
        const answer = await here.command.send('/auth/logout', { method: 'POST', cookie })
        expect(answer.status).toBe(204)
        endedAt.set(name, performance.now())
      }),
    )
    const ends = await watchEnds(leaving.members, (one) => endedAt.get(one) ?? 0, 'signed_out')
    staying.talk()

    const told = spread(ends.latencies)
    console.log(`closed elsewhere on ${name}: ${JSON.stringify(told)}`)
    expect(ends.wrong).toEqual([])
    expect(told.p50).toBeLessThan(PROMISED_MS)
    expect(told.max).toBeLessThan(patience(PROMISED_MS))
    await expect.poll(() => staying.heard).toBe(2 * staying.members.length)
    expect(staying.faults()).toEqual([])
  })
})

describe(`${CROWD} people with a WebSocket and an event stream each, in one process`, () => {
  it('hear all that is said to them, once and in order, and nothing that is said to others', async () => {
    await using it = await startProcesses(1, '{ kind: sqlite, path: sessions.db, timeout: 5s }')
    const [gate] = it.gates
    if (!gate) throw new Error('one was started')
    using _warm = await openCrowd({ gates: [gate], upstream: it.upstream, people: 10, prefix: 'w' })
    const before = await residentBytes(gate.command.pid)
    using crowd = await openCrowd({ gates: [gate], upstream: it.upstream, people: CROWD })
    const after = await residentBytes(gate.command.pid)

    for (let said = 1; said <= TIMES; said++) {
      crowd.talk()
      await expect.poll(() => crowd.heard, { timeout: 30_000 }).toBe(2 * CROWD * said)
    }

    expect(crowd.faults()).toEqual([])
    const each = Math.round((after - before) / CROWD / 1024)
    console.log(`memory: ${each} KiB for a session with an idle WebSocket and an event stream`)
  })

  it.each(['workers: 1', 'workers: 2'])(
    'are told at once when %s is asked to stop, which then ends',
    async (workers) => {
      await using it = await startProcesses(
        1,
        '{ kind: sqlite, path: sessions.db, timeout: 5s }',
        workers,
      )
      const [gate] = it.gates
      if (!gate) throw new Error('one was started')
      using crowd = await openCrowd({ gates: [gate], upstream: it.upstream, people: 20 })
      const since = performance.now()

      gate.command.kill('SIGTERM')

      for (const { socket, stream } of crowd.members) {
        expect(await socket.closed).toMatchObject({ code: 1001, reason: 'restarting' })
        expect((await stream.closed).whole).toBe(true)
      }
      expect((await gate.command.ended).code).toBe(0)
      expect(performance.now() - since).toBeLessThan(DRAIN_MS / 2)
    },
  )
})

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

describe('this check', () => {
  async function endsWith(fault: Fault) {
    await using stack = new AsyncDisposableStack()
    const people = stack.use(await startUpstream())
    const upstream = stack.use(await startLiveUpstream({ people }))
    const opened = stack.use(await openTestStore('sqlite', systemClock))
    const deaf = faultyStore(await opened.peer())
    deaf.fault = fault
    const routes = [{ prefix: '/api', upstream: upstream.url }]
    const signInAt = people.url
    const here = stack.use(
      await startGateway({ signInAt, routes, options: { store: opened.store } }),
    )
    const there = stack.use(
      await startGateway({ signInAt, routes, options: { store: deaf.store } }),
    )
    const signIn = async (name: string) => (await here.signIn(name)).cookie
    using crowd = await openCrowd({ gates: [{ port: there.port, signIn }], upstream, people: 3 })
    for (const { cookie } of crowd.members) {
      await here.person(cookie).send('/auth/logout', { method: 'POST' })
    }
    const since = performance.now()
    return await watchEnds(crowd.members, () => since, 'signed_out')
  }

  it('finds a process that does not hear of an end', async () => {
    expect((await endsWith('deaf')).wrong).toHaveLength(6)
  })

  it('finds nothing where it does', async () => {
    const { wrong, latencies } = await endsWith('none')

    expect(wrong).toEqual([])
    expect(Math.max(...latencies)).toBeLessThan(patience(PROMISED_MS))
  })
})
