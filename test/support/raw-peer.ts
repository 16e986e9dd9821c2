// One connection of the raw upstream: what its script may wait for, send, and do to it.
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { headLength, requestLength } from './raw-request.ts'

/** What waits rejects with a PeerGoneError once the other side can send nothing more. */
export interface Peer {
  /** 0 for the first connection. */
  readonly index: number
  /** Resolves to the next head, its empty line included; a body is left where it is. */
  head(): Promise<string>
  /** Resolves to the next whole request; after `head`, to what that request has besides its head. */
  request(): Promise<Buffer>
  /** Resolves once `count` bytes in all have arrived here. */
  bytes(count: number): Promise<void>
  /** Resolves once the test has said `tell(name)`. */
  told(name: string): Promise<void>
  /** A string goes out as latin1. Resolves when the bytes have left for the kernel. */
  send(bytes: string | Uint8Array): Promise<void>
  /** One byte at a time. */
  drip(bytes: string, everyMs: number): Promise<void>
  /** TCP RST. */
  reset(): void
  /** FIN; what arrives is still read. */
  halfClose(): void
  /** FIN, then the end of it. */
  end(): void
  /** Resolves when the connection is closed, whoever closed it. */
  readonly closed: Promise<void>
}

export interface RawConnection {
  /** Everything that arrived. */
  readonly received: Buffer
  /** Whether the other side has sent its FIN. */
  readonly ended: boolean
  readonly isClosed: boolean
  /** Resolves when the connection is closed, whoever closed it. */
  readonly closed: Promise<void>
}

/** The other side left while the script waited for it. */
export class PeerGoneError extends Error {
  constructor() {
    super('the connection was closed')
    this.name = 'PeerGoneError'
  }
}

export interface PeerOptions {
  /** Where bytes go in and out. */
  readonly socket: Socket
  /** The TCP connection under it; the same without TLS. */
  readonly tcp: Socket
  readonly index: number
  told(name: string): Promise<void>
}

export function createPeer({ socket, tcp, index, told }: PeerOptions): Peer & RawConnection {
  const closed = Promise.withResolvers<void>()
  const waiting = new Set<() => void>()
  let received = Buffer.alloc(0)
  let ended = false
  /** Offset of the first byte no wait has taken. */
  let at = 0
  /** Offset of the request whose head alone was taken. */
  let open: number | undefined

  const happened = () => {
    for (const look of waiting) look()
  }
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    happened()
  })
  socket.on('end', () => {
    ended = true
    happened()
  })
  // Whatever goes wrong, 'close' follows.
  socket.on('error', () => undefined)
  tcp.on('error', () => undefined)
  socket.on('close', () => {
    closed.resolve()
    happened()
  })

  const until = <T>(find: () => T | undefined): Promise<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const look = () => {
      const found = find()
      if (found === undefined && !ended && !socket.destroyed) return
      waiting.delete(look)
      if (found === undefined) reject(new PeerGoneError())
      else resolve(found)
    }
    waiting.add(look)
    look()
    return promise
  }

  const send = (bytes: string | Uint8Array) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
    socket.write(data, (error) => (error ? reject(new PeerGoneError()) : resolve()))
    return promise
  }

  return {
    index,
    closed: closed.promise,
    send,

    async head() {
      const length = await until(() => headLength(received.subarray(at)))
      open = at
      at += length
      return received.toString('latin1', open, at)
    },

    async request() {
      const start = open ?? at
      const length = await until(() => requestLength(received.subarray(start)))
      const from = at
      at = start + length
      open = undefined
      return received.subarray(from, at)
    },

    async bytes(count) {
      await until(() => (received.length >= count ? true : undefined))
    },

    told: (name) => Promise.race([told(name), closed.promise.then(gone)]),

    async drip(bytes, everyMs) {
      for (const byte of bytes) {
        await send(byte)
        await delay(everyMs)
      }
    },

    reset: () => void tcp.resetAndDestroy(),
    halfClose: () => void socket.end(),
    end: () => void socket.end(() => socket.destroy()),

    get received() {
      return received
    },
    get ended() {
      return ended
    },
    get isClosed() {
      return socket.destroyed
    },
  }
}

function gone(): never {
  throw new PeerGoneError()
}
