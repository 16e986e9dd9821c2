// Socket.IO as people use it: both transports, rooms of a real server, through the gateway and as the person signed in.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { startGateway } from '../support/gateway.ts'
import { startUpstream } from '../support/upstream.ts'

async function start() {
  const stack = new AsyncDisposableStack()
  const people = stack.use(await startUpstream())
  const http = createServer()
  const server = new Server(http, { path: '/socket.io' })
  server.on('connection', (socket) => {
    const token = socket.handshake.headers.authorization?.replace('Bearer ', '')
    const owner = people.signIns.find(({ access }) => access === token)?.username
    const { cookie } = socket.handshake.headers
    socket.emit('you', { owner, cookie: cookie ?? null, transport: socket.conn.transport.name })
    socket.on('say', (text, answer) => answer({ owner, text }))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  stack.defer(() => server.close())
  // Its client asks for the address it is given, whatever Host it is told to send.
  const at = await freePort()
  const publicOrigin = `http://localhost:${at}`
  const gateway = stack.use(
    await startGateway({
      publicOrigin,
      listen: { host: '127.0.0.1', port: at },
      signInAt: people.url,
      routes: [{ prefix: '/socket.io', upstream: `http://127.0.0.1:${port}/socket.io` }],
    }),
  )
  const clients: ReturnType<typeof io>[] = []
  // What waits for news is told to go before the gateway is.
  stack.defer(async () => {
    for (const client of clients) client.disconnect()
    await expect.poll(() => server.engine.clientsCount).toBe(0)
  })
  const openAs = async (name: string, transports: string[]) => {
    const { cookie } = await gateway.signIn(name)
    const client = io(publicOrigin, {
      transports,
      forceNew: true,
      reconnection: false,
      extraHeaders: { cookie, origin: publicOrigin, 'sec-fetch-site': 'same-origin' },
    })
    clients.push(client)
    const you = await new Promise<Record<string, unknown>>((resolve, reject) => {
      client.on('you', resolve)
      client.on('connect_error', reject)
    })
    return { client, you, cookie }
  }
  return { gateway, openAs, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

describe('Socket.IO', { timeout: 60_000 }, () => {
  it.each([[['websocket']], [['polling']], [['polling', 'websocket']]])(
    'over %j knows whose connection it is, and never sees the cookie',
    async (transports) => {
      await using it = await start()
      const [ada, bob] = [await it.openAs('ada', transports), await it.openAs('bob', transports)]
      if (transports.length === 2) {
        await expect.poll(() => ada.client.io.engine.transport.name).toBe('websocket')
      }

      for (const [name, { client, you }] of [
        ['ada', ada],
        ['bob', bob],
      ] as const) {
        expect(you).toEqual({ owner: name, cookie: null, transport: transports[0] })
        expect(await client.emitWithAck('say', 'hello')).toEqual({ owner: name, text: 'hello' })
      }
    },
  )

  it('is disconnected by a sign-out', async () => {
    await using it = await start()
    const { client, cookie } = await it.openAs('ada', ['websocket'])
    const reason = new Promise((resolve) => void client.on('disconnect', (why) => resolve(why)))

    await it.gateway.person(cookie).send('/auth/logout', { method: 'POST' })

    expect(await reason).toBe('transport close')
  })
})
