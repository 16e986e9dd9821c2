// An HTTP/1.1 client for tests that sends exactly what it is told: the path and every header as
// they are, to 127.0.0.1, under whatever Host.
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Readable } from 'node:stream'

/** A port, or an origin or URL whose port is taken. */
export type Target = number | string

export interface SendOptions {
  readonly method?: string
  /** A record; or a flat list `[name, value, name, value]` that goes out in this order, twice the same name included. */
  readonly headers?: Readonly<Record<string, string | string[]>> | readonly string[]
  /** Default: 127.0.0.1 and the port. Not added where a flat list has one. */
  readonly host?: string
  readonly body?: string | Uint8Array | Readable
  /** Sent as JSON, with its Content-Type. */
  readonly json?: unknown
  readonly signal?: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Flat, in the order and case received. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  readonly text: string
  /** Every 1xx that came before. */
  readonly informational: readonly number[]
  json(): Json
}

/** Whatever JSON.parse makes of it: tests look into it freely. */
export type Json = ReturnType<typeof JSON.parse>

export interface HttpClient extends Disposable {
  /** Rejects when no complete answer comes. */
  send(path: string, options?: SendOptions): Promise<Answer>
  /** How many connections have been opened. */
  readonly connections: number
}

/** Keeps connections alive between calls, `maxSockets` of them at most. */
export function openHttpClient(target: Target, { maxSockets = Infinity } = {}): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets })
  const sockets = new Set<Socket>()
  return {
    send: (path, options = {}) => sendThrough(agent, target, path, options, sockets),
    get connections() {
      return sockets.size
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

/** One call on a connection of its own. Rejects when no complete answer comes. */
export function send(target: Target, path: string, options: SendOptions = {}): Promise<Answer> {
  return sendThrough(false, target, path, options, new Set())
}

/** Writes `bytes` (a string as latin1) to a fresh connection; resolves to all that came until it was closed or reset. */
export async function rawRequest(target: Target, bytes: string | Uint8Array): Promise<Buffer> {
  const { received } = await rawExchange(target, bytes)
  return received
}

/** As `rawRequest`, and tells how it ended. */
export function rawExchange(target: Target, bytes: string | Uint8Array): Promise<RawExchange> {
  const socket = connect(portOf(target), '127.0.0.1')
  const chunks: Buffer[] = []
  let reset = false
  const { promise, resolve, reject } = Promise.withResolvers<RawExchange>()
  // A guard against a peer that never closes, which would hang the test without a word.
  socket.setTimeout(10_000, () => socket.destroy(new Error('the connection was never closed')))
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    reset = true
  })
  socket.on('close', () => resolve({ received: Buffer.concat(chunks), reset }))
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  return promise
}

export interface RawExchange {
  readonly received: Buffer
  /** True: a TCP RST ended it; false: a FIN. */
  readonly reset: boolean
}

export function portOf(target: Target): number {
  return typeof target === 'number' ? target : Number(new URL(target).port)
}

function sendThrough(
  agent: Agent | false,
  target: Target,
  path: string,
  options: SendOptions,
  sockets: Set<Socket>,
): Promise<Answer> {
  const port = portOf(target)
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const body = options.json === undefined ? options.body : JSON.stringify(options.json)
  const outgoing = request({
    agent,
    host: '127.0.0.1',
    port,
    path,
    method: options.method ?? 'GET',
    headers: headerList(options, body, `127.0.0.1:${port}`),
    ...(options.signal ? { signal: options.signal } : {}),
  })
  const informational: number[] = []
  outgoing.on('socket', (socket) => sockets.add(socket))
  outgoing.on('information', ({ statusCode }) => informational.push(statusCode))
  outgoing.on('response', (incoming) => {
    read(incoming, informational).then(resolve, reject)
  })
  outgoing.on('error', reject)
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    outgoing.end(body)
  } else {
    body.on('error', (error) => outgoing.destroy(error))
    body.pipe(outgoing)
  }
  return promise
}

async function read(incoming: IncomingMessage, informational: number[]): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  const text = body.toString()
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    rawHeaders: incoming.rawHeaders,
    body,
    text,
    informational,
    json: () => JSON.parse(text),
  }
}

/** Node adds nothing to a flat list, so that what is not asked for here is not sent. */
function headerList({ headers = {}, host, json }: SendOptions, body: unknown, here: string) {
  const list: string[] = Array.isArray(headers) ? [...headers] : flatten(headers)
  const names = new Set(
    list.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()),
  )
  if (!names.has('host')) list.unshift('Host', host ?? here)
  if (json !== undefined && !names.has('content-type'))
    list.push('Content-Type', 'application/json')
  const framed = names.has('content-length') || names.has('transfer-encoding')
  if (!framed && (typeof body === 'string' || body instanceof Uint8Array)) {
    list.push('Content-Length', String(Buffer.byteLength(body)))
  }
  return list
}

function flatten(headers: object): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => [name, String(one)]),
  )
}
