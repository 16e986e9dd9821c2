// Empties a server without losing a request: nobody else comes in, whoever is in is served and shown out.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as SocketServer } from 'node:net'
import type { Clock } from '../lib/clock.ts'

/** How long a connection without a request may still send one, before it is closed. */
const IDLE_MS = 1000
const AGAIN_MS = 50
/** The queue of those who wait to be let in gets this long to become empty. */
const QUEUE_MS = 1000

/** Resolves when the last connection has ended. */
export async function drain(server: Server, clock: Clock): Promise<void> {
  await queueEmpty(server, clock)
  const ended = new Promise<void>((resolve) => {
    server.once('close', resolve)
  })
  // The close of node:http would also cut idle connections, on which a request may be on its way.
  SocketServer.prototype.close.call(server)
  await showOut(server, clock, ended)
}

/**
 * For a server that nobody new comes to: each answer carries `Connection: close`, so that its sender does not come back
 * on a connection that is about to go (RFC 9112, 9.6). Resolves with `ended`.
 */
export async function showOut(server: Server, clock: Clock, ended: Promise<void>): Promise<void> {
  // Not before: whoever is shown out would stand at the door again.
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    response.shouldKeepAlive = false
  })
  const closeIdle = () => {
    server.closeIdleConnections()
    stop = clock.after(AGAIN_MS, closeIdle)
  }
  let stop = clock.after(IDLE_MS, closeIdle)
  await ended
  stop()
}

/**
 * To the system a connection is made before the program has taken it, and its request may be there already: closing
 * the listener would reset it. One at least is taken in each turn of the event loop, so a turn without one says that
 * nobody waits.
 */
export async function queueEmpty(server: SocketServer, clock: Clock): Promise<void> {
  let came = true
  let late = false
  const onConnection = () => {
    came = true
  }
  const stop = clock.after(QUEUE_MS, () => {
    late = true
  })
  server.on('connection', onConnection)
  await turn()
  while (came && !late) {
    came = false
    await turn()
  }
  server.off('connection', onConnection)
  stop()
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
