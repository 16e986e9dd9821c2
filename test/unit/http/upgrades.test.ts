import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { acceptUpgrades, type Upgradable } from '../../../src/http/upgrades.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { upgradeOf } from '../../../src/proxy/upgrade.ts'
import { HANDSHAKE } from '../../support/handshake.ts'

/** A server that sends every wish for an upgrade by the same door, as Node 22 does. */
async function start() {
  const server = createServer()
  const routed: string[] = []
  const routing = (req: IncomingMessage, res: ServerResponse) => {
    routed.push(`${req.method} ${upgradeOf(req) ? 'websocket' : 'plain'}`)
    res.end('answer')
  }
  acceptUpgrades({ server, routing } as unknown as Upgradable, systemClock, (socket) => {
    socket.end('HTTP/1.1 400 No\r\nConnection: close\r\n\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const say = async (text: string) => {
    const socket = connect(port, '127.0.0.1')
    socket.write(text)
    return (await socket.toArray()).join('')
  }
  return { routed, say, [Symbol.asyncDispose]: async () => void server.close() }
}

describe('a wish for an upgrade', () => {
  it('to anything but a WebSocket is routed as a plain request, on a connection that ends', async () => {
    await using it = await start()

    const answer = await it.say(
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    )

    expect(answer).toMatch(/^HTTP\/1\.1 200 .*connection: close.*answer$/is)
    expect(it.routed).toEqual(['GET plain'])
  })

  it('with a body is refused: what follows it was never read', async () => {
    await using it = await start()
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'

    for (const body of [
      'Content-Length: 4\r\n\r\nGET ',
      'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ]) {
      expect(await it.say(head + body)).toMatch(/^HTTP\/1\.1 400 /)
    }
    expect(it.routed).toEqual([])
  })

  it('to a WebSocket is one', async () => {
    await using it = await start()

    await it.say(`GET / HTTP/1.1\r\nHost: x\r\n${HANDSHAKE}\r\n`)

    expect(it.routed).toEqual(['GET websocket'])
  })
})
