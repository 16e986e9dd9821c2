// An upstream for very many requests without bodies: answers each with its own name and the target
// it was asked for, and notes which numbers (`X-Id`) have come.
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface LineUpstream extends AsyncDisposable {
  readonly name: string
  readonly port: number
  readonly url: string
  /** How often this number came. */
  times(id: number): number
  /** Every target, in the order of its coming. */
  readonly targets: readonly string[]
  readonly connections: number
  /** What came so far is no longer counted. */
  forget(): void
}

/** `port` 0 takes any that is free; rejects when it is not. */
export async function startLineUpstream(name: string, port = 0): Promise<LineUpstream> {
  const seen = new Map<number, number>()
  const targets: string[] = []
  const sockets = new Set<Socket>()
  let connections = 0

  const server = createServer({ noDelay: true }, (socket) => {
    connections++
    sockets.add(socket)
    let unread = ''
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      unread += chunk.toString('latin1')
      for (let end = unread.indexOf('\r\n\r\n'); end !== -1; end = unread.indexOf('\r\n\r\n')) {
        const head = unread.slice(0, end)
        unread = unread.slice(end + 4)
        const id = Number(/\r\nx-id: (\d+)/i.exec(head)?.[1] ?? -1)
        seen.set(id, (seen.get(id) ?? 0) + 1)
        const target = head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/1.1\r\n'))
        targets.push(target)
        const body = `${name} ${target}`
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`, 'latin1')
      }
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const { port: taken } = server.address() as AddressInfo

  return {
    name,
    port: taken,
    url: `http://127.0.0.1:${taken}`,
    times: (id) => seen.get(id) ?? 0,
    targets,
    get connections() {
      return connections
    },
    forget() {
      seen.clear()
      targets.length = 0
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Two whose addresses begin alike: `127.0.0.1:1900` and `127.0.0.1:19001`; clear of the ports of `free-port.ts`. */
export async function startTwins(): Promise<readonly [short: LineUpstream, long: LineUpstream]> {
  for (let port = 1100 + (process.pid % 900); port < 2500; port++) {
    const short = await startLineUpstream('short', port).catch(() => undefined)
    if (!short) continue
    const long = await startLineUpstream('long', port * 10 + 1).catch(() => undefined)
    if (long) return [short, long]
    await short[Symbol.asyncDispose]()
  }
  throw new Error('no two ports of which one begins with the other are free')
}
