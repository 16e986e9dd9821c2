// A server that does not listen: its connections are accepted elsewhere and handed over.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export interface Handed {
  take(connection: Socket): void
  /** Resolves once no connection is left. */
  empty(): Promise<void>
}

export function createHanded(server: Server): Handed {
  const open = new Set<Socket>()
  let left: (() => void) | undefined
  // From this event on the server looks for requests that come too slowly.
  server.emit('listening')
  return {
    take(connection) {
      // As of those it would accept itself: who has said all may still be answered.
      connection.allowHalfOpen = true
      open.add(connection)
      connection.once('close', () => {
        open.delete(connection)
        if (open.size === 0) left?.()
      })
      server.emit('connection', connection)
    },
    empty: () =>
      new Promise((resolve) => {
        left = resolve
        if (open.size === 0) resolve()
      }),
  }
}
