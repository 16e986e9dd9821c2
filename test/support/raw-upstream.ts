// An upstream of bare bytes over TCP or TLS: a script says, per connection, what to wait for, what
// to send, and how to hang up; what arrived is on record.
import { createServer, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import { type Certificate, createCertificate } from './certificate.ts'
import { freePort } from './free-port.ts'
import { createPeer, type Peer, PeerGoneError, type RawConnection } from './raw-peer.ts'

export type Script = (peer: Peer) => Promise<unknown>

export interface RawUpstream extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Present over TLS: the certificate, which nothing trusts by itself. */
  readonly certificate: Certificate | undefined
  /** In the order of their coming; over TLS, those whose handshake succeeded. */
  readonly connections: readonly RawConnection[]
  /** Lets every script that waits, or will wait, for `name` go on. */
  tell(name: string): void
  /** Resolves when `count` connections in all have come. */
  connected(count: number): Promise<void>
}

/**
 * Every connection runs `script`. One that returns leaves its connection to the other side, and
 * hangs up when that does. Disposing throws the first error of a script, the other side's leaving
 * excepted.
 */
export async function openRawUpstream(script: Script, { tls = false } = {}): Promise<RawUpstream> {
  const certificate = tls ? await createCertificate() : undefined
  const secureContext = certificate && createSecureContext(certificate)
  const told = createSignals()
  const came = createSignals()
  const sockets = new Set<Socket>()
  const connections: RawConnection[] = []
  const failures: unknown[] = []

  const run = async (socket: Socket, tcp: Socket) => {
    const peer = createPeer({ socket, tcp, index: connections.length, told: told.wait })
    connections.push(peer)
    came.tell(String(connections.length))
    try {
      await script(peer)
      if (peer.ended) socket.end()
      else socket.on('end', () => socket.end())
    } catch (error) {
      if (!(error instanceof PeerGoneError)) failures.push(error)
      socket.destroy()
    }
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (tcp) => {
    sockets.add(tcp)
    if (!secureContext) return void run(tcp, tcp)
    const socket = new TLSSocket(tcp, { isServer: true, secureContext })
    // A client that refuses the certificate is no failure here.
    socket.on('error', () => tcp.destroy())
    socket.on('secure', () => void run(socket, tcp))
  })
  // Nobody else is given it once this one is closed.
  const port = await freePort()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })

  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    certificate,
    connections,
    tell: told.tell,
    connected: (count) => came.wait(String(count)),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
      if (failures.length > 0) throw failures[0]
    },
  }
}

function createSignals() {
  const signals = new Map<string, PromiseWithResolvers<void>>()
  const signal = (name: string) => {
    const known = signals.get(name) ?? Promise.withResolvers<void>()
    signals.set(name, known)
    return known
  }
  return {
    tell: (name: string) => signal(name).resolve(),
    wait: (name: string) => signal(name).promise,
  }
}
