import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createHanded } from '../../../src/cli/workers-handed.ts'
import { rawExchange } from '../../support/http.ts'

/** A server that does not listen, and the door that hands its connections over. */
async function setUp() {
  const server = createHttpServer(
    { headersTimeout: 200, connectionsCheckingInterval: 20, keepAliveTimeout: 60_000 },
    (_request, response) => response.end('whole'),
  )
  const handed = createHanded(server)
  const door = createServer({ pauseOnConnect: true, allowHalfOpen: false }, handed.take)
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  return {
    handed,
    port: (door.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      door.close()
    },
  }
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n'

describe('a server whose connections are handed over', () => {
  it('lets somebody go who does not come to the end of a request', async () => {
    await using it = await setUp()

    const { received } = await rawExchange(it.port, 'GET / HT')

    expect(String(received)).toContain('408')
  })

  it('knows when the last one has gone', async () => {
    await using it = await setUp()
    await it.handed.empty()
    const socket = connect(it.port, '127.0.0.1')
    socket.write(`${REQUEST}\r\n`)
    await once(socket, 'data')
    let empty = false
    const emptied = it.handed.empty().then(() => {
      empty = true
    })
    await new Promise(setImmediate)
    expect(empty).toBe(false)

    socket.destroy()

    await emptied
  })
})
