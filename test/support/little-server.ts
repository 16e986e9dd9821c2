// A small HTTP server of a test's own: one function answers every request.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Certificate } from './certificate.ts'
import { freePort } from './free-port.ts'

/** JSON unless the headers say otherwise; an object is written as JSON. */
export type Answer = readonly [
  status: number,
  body: string | object,
  headers?: Readonly<Record<string, string | string[]>>,
]

export type Answering = (request: IncomingMessage, body: string) => Answer | Promise<Answer>

export interface LittleServer extends AsyncDisposable {
  /** An origin. */
  readonly url: string
  readonly port: number
  /** `GET /path`, in their order. */
  readonly asked: readonly string[]
}

export interface LittleServerOptions {
  readonly certificate?: Certificate
  /** Default 127.0.0.1. */
  readonly address?: string
}

export async function startLittleServer(
  answering: Answering,
  { certificate, address = '127.0.0.1' }: LittleServerOptions = {},
): Promise<LittleServer> {
  const asked: string[] = []
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    asked.push(`${request.method} ${request.url}`)
    let body = ''
    for await (const chunk of request) body += chunk
    const [status, text, headers = {}] = await answering(request, body)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof text === 'string' ? text : JSON.stringify(text))
  }
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    void handle(request, response)
  const server = certificate ? createTlsServer(certificate, listener) : createServer(listener)
  // Nobody else is given it once this one is closed.
  const port = await freePort()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, address, resolve)
  })
  const host = address.includes(':') ? `[${address}]` : address
  return {
    url: `${certificate ? 'https' : 'http'}://${host}:${port}`,
    port,
    asked,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
