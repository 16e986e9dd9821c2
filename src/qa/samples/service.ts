// What every sample is made of: a server on this machine, bodies in JSON, one cookie.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { findCookie } from '../../lib/cookie-header.ts'
import { people, type Sample, samplePassword } from './sample.ts'

export type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Whatever a handler throws is answered 500. */
export async function serve(
  handle: Handle,
  port: number,
  close: () => Promise<void> = async () => {},
): Promise<Sample> {
  const server = createServer(listener(handle))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await close()
    },
  }
}

export function listener(handle: Handle): RequestListener {
  return (request, response) => {
    handle(request, response).catch(() => {
      if (!response.headersSent) send(response, 500, { message: 'Internal Server Error' })
    })
  }
}

export function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

export const unknownPath = { message: 'Not Found' }
export const signedOut = { message: 'Sign in first.' }
export const wrongPassword = { message: 'Name or password is wrong.' }

/** `POST /login` */
export function routeOf({ method, url = '' }: IncomingMessage): string {
  return `${method} ${url.split('?', 1)[0]}`
}

export function sessionOf({ headers }: IncomingMessage): string {
  return findCookie(headers.cookie, 'sid').value ?? ''
}

export function sessionCookie(id: string): { 'set-cookie': string } {
  return { 'set-cookie': `sid=${id}; Path=/; HttpOnly; SameSite=Lax` }
}

/** The name of whoever sent a right password; `undefined` otherwise. */
export async function credentialsOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  try {
    const { username, password } = JSON.parse(Buffer.concat(chunks).toString())
    return people.includes(username) && password === samplePassword ? username : undefined
  } catch {
    return undefined
  }
}

export function profileOf(username: string) {
  return { username, email: `${username}@example.org` }
}

export function notesOf(username: string) {
  return { owner: username, notes: [`A note that only ${username} should see`] }
}
