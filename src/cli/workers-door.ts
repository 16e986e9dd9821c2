// Lets everybody in and hands each connection, unread, to one worker after the other. None is lost while a worker lives.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Clock } from '../lib/clock.ts'
import { listeningHost } from '../lib/listening-host.ts'
import { queueEmpty } from './drain.ts'

export interface Taker {
  /** Resolves to false where the connection was not taken and is still whole. Called again only after that. */
  take(socket: Socket): Promise<boolean>
}

export interface Door {
  /** `http://127.0.0.1:3000` */
  readonly url: string
  /** From here on `taker` gets its share. */
  add(taker: Taker): void
  /** From here on it gets nobody any more. */
  remove(taker: Taker): void
  /** Lets nobody else in; resolves once everybody who is in has been handed over, or nobody takes them. */
  close(): Promise<void>
}

/** So long may the last ones wait to be taken, at the end. */
const PATIENCE_MS = 2000
/** More than these do not wait for a worker: they are turned away. */
const MOST_WAITING = 1024

/** Rejects where the port cannot be had. */
export async function openDoor(
  { host, port }: { readonly host: string; readonly port: number },
  clock: Clock,
): Promise<Door> {
  const takers = new Set<Taker>()
  const free: Taker[] = []
  const waiting: Socket[] = []
  let handing = 0
  let quiet: (() => void) | undefined

  const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    if (waiting.length >= MOST_WAITING) socket.resetAndDestroy()
    else waiting.push(socket)
    handOver()
  })
  server.listen({ host: listeningHost(host), port })
  await once(server, 'listening')

  function handOver(): void {
    for (;;) {
      const [socket, taker] = [waiting[0], free[0]]
      if (!socket || !taker) break
      waiting.shift()
      free.shift()
      handing++
      taker.take(socket).then((taken) => {
        handing--
        if (taken) socket.destroy()
        else waiting.unshift(socket)
        // Whoever did not take it has ended.
        if (taken && takers.has(taker)) free.push(taker)
        handOver()
      })
    }
    if (handing === 0 && (waiting.length === 0 || takers.size === 0)) quiet?.()
  }

  const { address, family, port: taken } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`,
    add(taker) {
      takers.add(taker)
      free.push(taker)
      handOver()
    },
    remove(taker) {
      takers.delete(taker)
      const index = free.indexOf(taker)
      if (index >= 0) free.splice(index, 1)
      handOver()
    },
    async close() {
      await queueEmpty(server, clock)
      server.close()
      await new Promise<void>((resolve) => {
        // A frozen worker neither takes nor refuses what it was given.
        const cancel = clock.after(PATIENCE_MS, resolve)
        quiet = () => {
          cancel()
          resolve()
        }
        handOver()
      })
      for (const socket of waiting.splice(0)) socket.destroy()
    },
  }
}
