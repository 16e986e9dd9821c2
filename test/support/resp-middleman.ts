// Stands between a Redis client and its server, and gets replies wrong: late, lost, twice, exchanged, or cut off.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { isPush, nameOf, splitMessages } from './resp.ts'

/** What befalls one reply. `swap`: it is exchanged with the next reply that is to be swapped or passed, on whichever connection. */
export type Mishap =
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'drop' | 'duplicate' | 'swap' }
  /** Only so many of its bytes are sent, then the connection ends. */
  | { readonly kind: 'cut'; readonly bytes: number }

export interface Reply {
  /** The command that it answers, in lower case. */
  readonly command: string
  readonly bytes: number
  /** Which of the connections so far it goes to, counted from 1. */
  readonly connection: number
}

export interface RespMiddleman extends AsyncDisposable {
  readonly port: number
  /** Asked for every reply; pushes are none. Assign to change it. */
  judge: (reply: Reply) => Mishap | undefined
  /** What was done, by kind. A swap counts where the two differ, and both have somewhere to go. */
  readonly injected: Readonly<Record<Mishap['kind'], number>>
  /** Connections of clients so far. */
  readonly connections: number
}

interface Link {
  readonly client: Socket
  readonly number: number
  /** Replies go out in order: each waits for the one before. */
  sending: Promise<void>
}

/** A reply that waits so long for another one to be swapped with goes out as it is. */
const ALONE_MS = 50

export async function startRespMiddleman(target: {
  host: string
  port: number
}): Promise<RespMiddleman> {
  const injected = { delay: 0, drop: 0, duplicate: 0, swap: 0, cut: 0 }
  const sockets = new Set<Socket>()
  let connections = 0
  let held: { link: Link; reply: Buffer; settle: (other: Buffer) => void } | undefined

  function send(link: Link, work: () => Buffer | Promise<Buffer>): void {
    link.sending = link.sending.then(async () => {
      const bytes = await work()
      if (link.client.writable) link.client.write(bytes)
    })
  }

  /** Holds `reply` back until `exchange` finds it another. */
  function hold(link: Link, reply: Buffer): void {
    const { promise, resolve } = Promise.withResolvers<Buffer>()
    const mine = { link, reply, settle: resolve }
    held = mine
    send(link, () => promise)
    setTimeout(() => {
      if (held === mine) held = undefined
      resolve(reply)
    }, ALONE_MS)
  }

  function exchange(link: Link, reply: Buffer): void {
    const other = held
    held = undefined
    if (!other) return
    const arrive = link.client.writable && other.link.client.writable
    if (arrive && !other.reply.equals(reply)) injected.swap++
    // On one connection the later overtakes the earlier; on two each gets the other's.
    other.settle(reply)
    send(link, () => other.reply)
  }

  function relay(link: Link, reply: Buffer, command: string): void {
    const mishap = middleman.judge({ command, bytes: reply.length, connection: link.number })
    const kind = mishap?.kind
    if (mishap && kind !== 'swap') injected[mishap.kind]++
    if (kind === 'swap' && !held) hold(link, reply)
    else if (held && (kind === 'swap' || kind === undefined)) exchange(link, reply)
    else if (mishap?.kind === 'delay') {
      send(link, () => new Promise((resolve) => setTimeout(resolve, mishap.ms, reply)))
    } else if (mishap?.kind === 'cut') {
      send(link, () => reply.subarray(0, mishap.bytes))
      link.sending = link.sending.then(() => void link.client.end())
    } else if (kind !== 'drop') {
      send(link, () => (kind === 'duplicate' ? Buffer.concat([reply, reply]) : reply))
    }
  }

  const server = createServer((client) => {
    connections++
    const upstream = connect(target.port, target.host)
    const link: Link = { client, number: connections, sending: Promise.resolve() }
    const asked: string[] = []
    let commands: Buffer = Buffer.alloc(0)
    let replies: Buffer = Buffer.alloc(0)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket.setNoDelay())
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    client.on('data', (chunk: Buffer) => {
      const split = splitMessages(Buffer.concat([commands, chunk]))
      commands = split.rest
      for (const command of split.messages) {
        asked.push(nameOf(command))
        upstream.write(command)
      }
    })
    upstream.on('data', (chunk: Buffer) => {
      const split = splitMessages(Buffer.concat([replies, chunk]))
      replies = split.rest
      for (const reply of split.messages) {
        if (isPush(reply)) send(link, () => reply)
        else relay(link, reply, asked.shift() ?? '')
      }
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const middleman: RespMiddleman = {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    judge: () => undefined,
    injected,
    get connections() {
      return connections
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
  return middleman
}
