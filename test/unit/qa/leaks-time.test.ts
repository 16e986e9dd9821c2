// A run of the leak finder ends when its time is up, whatever the service or its restart command does.
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/lib/clock.ts'
import { tryAgain } from '../../../src/qa/leaks/again.ts'
import { createPace } from '../../../src/qa/leaks/pace.ts'
import { restartTarget } from '../../../src/qa/leaks/restart.ts'
import { runLeaks } from '../../../src/qa/leaks/run-leaks.ts'
import { openWire } from '../../../src/qa/leaks/wire.ts'
import { manualClock } from '../../support/clock.ts'
import { targetFrom } from '../../support/leaks.ts'
import { startLittleServer } from '../../support/little-server.ts'

const YAML = `
target: http://localhost:1
signIn: { post: /login, json: { username: "{name}" } }
carry: { bearer: /token }
whoami: { get: /user, owner: /username }
users: [{ name: alice }, { name: bob }]
restart: none
timeouts: { total: 9s }
`

/** So often whoami is, before the service hangs. */
const ANSWERED = 13

/** What the restart command runs connects to it, and stays connected for as long as it lives. */
async function openLifeline() {
  const server = createServer()
  const sockets: Socket[] = []
  server.on('connection', (socket) => {
    sockets.push(socket.on('error', () => undefined).resume())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const program = `require('node:net').connect(${port},'127.0.0.1').on('error',()=>{})`
  return {
    /** A shell that waits for a process of its own. */
    command: `"${process.execPath}" -e "${program}" & wait`,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('a restart', () => {
  it.each([
    ['of its own', 60_000, 'timeouts.restart', 20_000],
    ['that is left of the whole', 1000, 'timeouts.total', 1000],
  ])('takes no longer than the time %s, and leaves nothing running', async (_, left, name, ms) => {
    await using lifeline = await openLifeline()
    const clock = manualClock()
    const target = { ...(await targetFrom(YAML)), dir: tmpdir(), restart: lifeline.command }
    const wire = openWire({ origin: target.origin, clock, requestMs: 5000 })
    const restarting = restartTarget(target, wire, clock, left).catch((why: Error) => why.message)
    await expect.poll(() => lifeline.sockets).toHaveLength(1)
    const [socket] = lifeline.sockets
    const gone = socket && once(socket, 'close')

    clock.advance(ms)

    expect(await restarting).toBe(
      `the restart command took too long; correct restart, or raise ${name}.`,
    )
    await gone
    await wire.close()
  })

  it('does not outlive who is interrupted', async () => {
    await using lifeline = await openLifeline()
    const clock = manualClock()
    const target = { ...(await targetFrom(YAML)), dir: tmpdir(), restart: lifeline.command }
    const wire = openWire({ origin: target.origin, clock, requestMs: 5000 })
    const leaving = new AbortController()
    const restarting = restartTarget(target, wire, clock, 60_000, leaving.signal).catch(
      () => 'ended',
    )
    await expect.poll(() => lifeline.sockets).toHaveLength(1)
    const [socket] = lifeline.sockets
    const gone = socket && once(socket, 'close')

    leaving.abort()

    expect(await restarting).toBe('ended')
    await gone
    await wire.close()
  })

  it('is not waited for any longer by a request that hangs', async () => {
    await using service = await startLittleServer(() => new Promise(() => {}))
    const clock = manualClock()
    const target = { ...(await targetFrom(YAML)), dir: tmpdir(), restart: 'true' }
    const wire = openWire({ origin: service.url, clock, requestMs: 60_000 })
    const restarting = restartTarget(target, wire, clock, 1000).catch((why: Error) => why.message)
    await expect.poll(() => service.asked).toHaveLength(1)

    clock.advance(1000)

    expect(await restarting).toBe(
      'the target did not answer after its restart; correct restart, or raise timeouts.total.',
    )
    await wire.close()
  })
})

describe('the whole time', () => {
  it('is enough for a service that hangs once everybody is signed in', async () => {
    let asked = 0
    await using service = await startLittleServer(({ url = '', headers }, body) => {
      if (url === '/login') return [200, { token: `token-of-${JSON.parse(body).username}` }]
      const [, name] = /token-of-(\w+)/.exec(headers.authorization ?? '') ?? []
      if (++asked > ANSWERED) return new Promise(() => {})
      return name === undefined ? [401, {}] : [200, { username: name }]
    })
    const clock = manualClock()
    const target = { ...(await targetFrom(YAML)), origin: service.url, restart: undefined }
    const startedAt = clock.now()
    let done = false

    const run = runLeaks({ target, clock }).finally(() => {
      done = true
    })
    while (!done) {
      if (asked > ANSWERED) clock.advance(5)
      await turn()
    }

    expect(asked).toBeGreaterThan(ANSWERED)
    expect((await run).verdict.outcome).toBe('unjudged')
    // A few turns of the event loop pass until everything that was cut off has noticed.
    expect(clock.now() - startedAt).toBeLessThan(9500)
  })

  it('ends a pause, and a try that it left no time for says nothing', async () => {
    const clock = manualClock()
    const startedAt = clock.now()
    let tries = 0
    const trying = tryAgain(
      { batches: [], seen: [], shown: 0, tries: 0 },
      {
        clock,
        until: startedAt + 400,
        shows: async () => {
          tries++
          return []
        },
      },
    )
    let done = false
    void trying.finally(() => {
      done = true
    })

    while (!done) {
      clock.advance(5)
      await turn()
    }

    expect(await trying).toMatchObject({ shown: 1, tries: 1 })
    expect([tries, clock.now() - startedAt]).toEqual([1, 400])
  })

  it('is not waited for by who waits for a turn', async () => {
    const clock = manualClock()
    const mayAsk = createPace(0.1, clock, clock.now() + 1000)
    await mayAsk()
    const second = mayAsk()

    clock.advance(1000)

    await expect(second).resolves.toBeUndefined()
  })

  it('lets nothing be sent after it', async () => {
    await using service = await startLittleServer(() => [200, {}])
    const wire = openWire({
      origin: service.url,
      clock: systemClock,
      requestMs: 5000,
      until: systemClock.now(),
    })

    const answer = await wire.send({
      user: 'alice',
      via: 'own',
      method: 'GET',
      path: '/',
      headers: {},
    })

    expect(answer).toEqual({ kind: 'none', why: 'late' })
    expect(service.asked).toEqual([])
    await wire.close()
  })
})
