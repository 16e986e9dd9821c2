// Sends requests that ask for an upgrade through the router like any other, so that no check is made twice or left out.
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../lib/clock.ts'
import { setUpgrade } from '../proxy/upgrade.ts'
import { asksForWebSocket } from '../proxy/websocket-handshake.ts'

export type Upgradable = Pick<FastifyInstance, 'server' | 'routing'>

/** What may arrive behind the request before the upstream has agreed; then nothing more is read. */
const EARLY_BYTES = 16 * 1024
/** Time for a refused client to read why, before its connection is cut. */
const LINGER_MS = 1000

/** Answers on the bare connection, and ends it. */
export type Refuse = (socket: Socket) => void

/** Whatever is refused, or answered like a plain request, ends its connection. */
export function acceptUpgrades(app: Upgradable, clock: Clock, refuse: Refuse): void {
  app.server.on('upgrade', (req: IncomingMessage, stream: Duplex, head: Buffer) => {
    const { socket } = req
    socket.on('error', () => socket.destroy())
    // Sent before the answer to another request has left: nobody who means it does that.
    if (stream !== socket || busy(socket)) {
      stream.destroy()
      return
    }
    // Node 22 sends every wish for an upgrade here, and has not read the body, which would be taken for the next request.
    if (!asksForWebSocket(req) && hasBody(req)) {
      refuse(socket)
      return
    }
    const res = new ServerResponse(req)
    res.shouldKeepAlive = false
    res.assignSocket(socket)
    const early = [head]
    let size = head.length
    const onData = (chunk: Buffer) => {
      early.push(chunk)
      size += chunk.length
      if (size > EARLY_BYTES) socket.pause()
    }
    const onEnd = () => socket.destroy()
    const onDrain = () => res.emit('drain')
    const onFinish = () => {
      res.detachSocket(socket)
      socket.end()
      socket.resume()
      const cancel = clock.after(LINGER_MS, () => socket.destroy())
      socket.once('close', cancel)
    }
    socket.on('data', onData)
    // Who has said all and waits for the answer is not told from who has left; nor by Node itself.
    socket.on('end', onEnd)
    socket.on('drain', onDrain)
    res.on('finish', onFinish)
    if (asksForWebSocket(req)) {
      setUpgrade(req, {
        take() {
          if (socket.destroyed || res.headersSent) return undefined
          socket.off('data', onData).off('end', onEnd).off('drain', onDrain)
          res.off('finish', onFinish)
          res.detachSocket(socket)
          return { socket, head: Buffer.concat(early) }
        },
      })
    }
    app.routing(req, res)
  })
}

function hasBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = headers
  return coding !== undefined || !/^0+$/.test(length)
}

function busy(socket: object): boolean {
  const { _httpMessage: message } = socket as { _httpMessage?: ServerResponse | null }
  return Boolean(message)
}
