// One request of a replay comes to an end, whatever the other side does.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { lookupHere, whyNone } from '../../../src/qa/leaks/wire.ts'
import { openSender } from '../../../src/qa/replay/send.ts'
import { manualClock } from '../../support/clock.ts'

const LIMIT_MS = 30_000

/** A service whose answers begin and go on for ever, a line at a time. */
async function openDripping() {
  const server = createServer()
  const answers: ServerResponse[] = []
  server.on('request', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(': \n\n')
    answers.push(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const clock = manualClock()
  const origin = `http://127.0.0.1:${port}`
  const sender = openSender({ origin, timeoutMs: LIMIT_MS, clock, lookup: lookupHere, whyNone })
  return {
    clock,
    /** In the order of their coming. */
    answers,
    ask: (leaveAfterMs?: number) =>
      sender.send('alice', {
        method: 'GET',
        path: '/api/events',
        headers: {},
        body: undefined,
        leaveAfterMs,
      }),
    async [Symbol.asyncDispose]() {
      await sender.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('a call that is made again', () => {
  it('is given up when its time is up, though its answer goes on coming', async () => {
    await using it = await openDripping()
    const asked = it.ask()
    await expect.poll(() => it.answers).toHaveLength(1)
    const [answer] = it.answers
    const gone = answer && once(answer, 'close')

    for (let ms = 0; ms < LIMIT_MS; ms += 1000) {
      answer?.write(': \n\n')
      it.clock.advance(1000)
    }

    expect(await asked).toMatchObject({ status: 0, why: 'late' })
    await gone
  })

  it('is left when its browser had left, and no later than its time is up', async () => {
    await using it = await openDripping()
    const short = it.ask(500)
    const long = it.ask(3_600_000)
    await expect.poll(() => it.answers).toHaveLength(2)

    it.clock.advance(500)
    expect(await short).toMatchObject({ status: 0 })
    it.clock.advance(LIMIT_MS)
    expect(await long).toMatchObject({ status: 0 })
  })

  it('is whole where it ends in time', async () => {
    await using it = await openDripping()
    const asked = it.ask()
    await expect.poll(() => it.answers).toHaveLength(1)

    it.clock.advance(LIMIT_MS - 1)
    it.answers[0]?.end('data: 1\n\n')

    expect(await asked).toMatchObject({ status: 200, body: ': \n\ndata: 1\n\n', cut: false })
  })
})
