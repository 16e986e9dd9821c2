// A test's upstream for what stays open: WebSockets and event streams that know whose token they were opened with.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { freePort } from './free-port.ts'
import type { TestUpstream } from './upstream.ts'

export interface LiveSocket {
  readonly ws: WebSocket
  readonly request: IncomingMessage
  /** Who the token was issued to; undefined without a good one. */
  readonly owner: string | undefined
  /** Resolves with what the browser's side of it ended with. */
  readonly closed: Promise<{ code: number; reason: string }>
}

export interface LiveStream {
  readonly response: ServerResponse
  readonly request: IncomingMessage
  readonly owner: string | undefined
  readonly closed: Promise<void>
}

export interface LiveUpstream extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Every handshake that reached it, refused ones included; raw as it came. */
  readonly handshakes: readonly IncomingMessage[]
  readonly sockets: readonly LiveSocket[]
  readonly streams: readonly LiveStream[]
  /** Connections of any kind, open at this moment. */
  readonly open: number
}

export interface LiveUpstreamOptions {
  /** Who signs people in, and so knows whose tokens are whose. */
  readonly people?: TestUpstream
  /** Default: answers each message with itself; text with its owner in front: `ada: hello`. */
  readonly onSocket?: (socket: LiveSocket) => void
  /** Answers in place of the handshake; true when it did. */
  readonly onHandshake?: (request: IncomingMessage, socket: Duplex) => boolean
  /** Default: an event stream that says whose it is first. */
  readonly onStream?: (stream: LiveStream) => void
  readonly protocol?: (offered: Set<string>) => string | false
  /** Lines besides the handshake's own. */
  readonly headers?: readonly string[]
  readonly maxPayload?: number
}

export async function startLiveUpstream(options: LiveUpstreamOptions = {}): Promise<LiveUpstream> {
  const { people, onSocket = echo, onHandshake, onStream = greet } = options
  const handshakes: IncomingMessage[] = []
  const sockets: LiveSocket[] = []
  const streams: LiveStream[] = []
  const connections = new Set<Duplex>()

  const ownerOf = ({ headers }: IncomingMessage) => {
    const token = headers.authorization?.replace(/^Bearer /, '')
    return (
      people?.signIns.find(({ access }) => access === token) ??
      people?.refreshes.find(({ access }) => access === token)
    )?.username
  }
  const wss = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: options.maxPayload ?? 100 * 1024 * 1024,
    ...(options.protocol ? { handleProtocols: options.protocol } : {}),
  })
  wss.on('headers', (lines) => lines.push(...(options.headers ?? [])))

  const server = createServer((request, response) => {
    const closed = new Promise<void>((resolve) => void response.on('close', resolve))
    const stream = { request, response, owner: ownerOf(request), closed }
    streams.push(stream)
    onStream(stream)
  })
  server.on('connection', (socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
  })
  server.on('upgrade', (request, socket, head) => {
    handshakes.push(request)
    socket.on('error', () => {})
    if (onHandshake?.(request, socket)) {
      socket.resume().on('end', () => socket.destroy())
      return
    }
    wss.handleUpgrade(request, socket, head, (ws) => {
      ws.on('error', () => {})
      const closed = new Promise<{ code: number; reason: string }>((resolve) => {
        ws.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
      })
      const one = { ws, request, owner: ownerOf(request), closed }
      sockets.push(one)
      onSocket(one)
    })
  })
  // Nobody else is given it once this one is closed.
  const port = await freePort()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    handshakes,
    sockets,
    streams,
    get open() {
      return connections.size
    },
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function echo({ ws, owner }: LiveSocket): void {
  ws.on('message', (data, binary) => {
    ws.send(binary ? data : `${owner}: ${data}`, { binary })
  })
}

function greet({ response, owner }: LiveStream): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(`data: ${owner}\n\n`)
}
