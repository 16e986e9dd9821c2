import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { drain } from '../../../src/cli/drain.ts'
import { manualClock } from '../../support/clock.ts'
import { openHttpClient } from '../../support/http.ts'

async function setUp(
  answer: (response: ServerResponse) => void = (response) => response.end('ok'),
) {
  const server = createServer((_request, response) => answer(response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const clock = manualClock()
  const client = openHttpClient(port, { maxSockets: 1 })
  return {
    clock,
    port,
    client,
    drain: () => drain(server, clock),
    [Symbol.asyncDispose]: async () => {
      client[Symbol.dispose]()
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Resolves once nobody new gets in. */
async function refused(port: number): Promise<void> {
  const knock = async () => {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return 'let in'
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code
    } finally {
      socket.destroy()
    }
  }
  await expect.poll(knock).toBe('ECONNREFUSED')
}

describe('draining a server', () => {
  it('is over at once where nobody is connected', async () => {
    await using it = await setUp()

    await expect(it.drain()).resolves.toBeUndefined()
  })

  it('refuses whoever comes after it began', async () => {
    await using it = await setUp()
    await it.client.send('/')
    void it.drain()

    await refused(it.port)
  })

  it('takes in whoever stands in the queue when it begins', async () => {
    await using it = await setUp()
    const queue = Array.from({ length: 20 }, () => connect(it.port, '127.0.0.1'))
    const texts = queue.map(async (socket) => {
      socket.end('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
      return String(Buffer.concat(await socket.toArray()))
    })
    // By then the system has made the connections; the server has had no turn to take one.
    await new Promise<void>((resolve) => process.nextTick(resolve))

    const drained = it.drain()

    for (const text of await Promise.all(texts)) expect(text).toMatch(/^HTTP\/1\.1 200 OK/)
    await drained
  })

  it('answers what comes on an open connection, and shows it out', async () => {
    await using it = await setUp()
    const before = await it.client.send('/')
    const drained = it.drain()
    await refused(it.port)

    const answer = await it.client.send('/')

    expect(before.headers.connection).toBe('keep-alive')
    expect(answer.text).toBe('ok')
    expect(answer.headers.connection).toBe('close')
    expect(it.client.connections).toBe(1)
    await drained
  })

  it('lets an answer under way finish', async () => {
    const held: ServerResponse[] = []
    await using it = await setUp((response) => {
      response.write('begun')
      held.push(response)
    })
    const coming = it.client.send('/')
    await expect.poll(() => held.length).toBe(1)

    const drained = it.drain()
    await refused(it.port)
    it.clock.advance(20_000)
    held[0]?.end(', ended')

    expect((await coming).text).toBe('begun, ended')
    it.clock.advance(50)
    await drained
  })

  it('closes a connection that sends nothing only after a second', async () => {
    await using it = await setUp()
    const socket = connect(it.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(socket, 'data')
    let closed = false
    socket.on('close', () => {
      closed = true
    })
    const drained = it.drain()
    await refused(it.port)

    it.clock.advance(999)
    await new Promise(setImmediate)
    expect(closed).toBe(false)

    it.clock.advance(1)
    await drained
    await expect.poll(() => closed).toBe(true)
  })
})
