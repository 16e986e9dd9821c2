// A gateway written as the founding bug was: the last sign-in's token and profile, kept in one jar, serve everybody.
// Never imitate it.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseJson } from '../lib/parse-json.ts'

export interface OneJarOptions {
  /** Origin of the upstream that issues the tokens. */
  readonly upstream: string
  /** How many workers take turns, each with a jar of its own; default 1. */
  readonly workers?: number
  /** Told what the original wrote to its log: every token it was issued. Default: nobody is. */
  readonly log?: (line: string) => void
}

/**
 * `POST /login` · `GET` and `PUT /user/personal_details` (the upstream's `/user`) · `GET /organizations`
 * (its own data, behind nothing but the token check).
 */
export interface OneJar extends AsyncDisposable {
  /** An origin of this machine, without a trailing slash. */
  readonly url: string
  /** What happens to all workers when the process starts again. */
  restart(): void
}

export async function openOneJar(options: OneJarOptions): Promise<OneJar> {
  const { upstream, workers: count = 1, log = () => {} } = options
  const start = () => Array.from({ length: count }, () => createWorker(upstream, log))
  let workers = start()
  let turn = 0

  const server = createServer((request, response) => {
    const work = workers[turn++ % count]
    work?.(request)
      .catch((): Answer => [500, say('Internal Server Error')])
      .then(([status, body]) => reply(response, status, body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    restart() {
      workers = start()
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

type Answer = readonly [status: number, body: unknown]

function createWorker(upstream: string, log: (line: string) => void) {
  const jar: { authorization?: string; user?: unknown } = {}

  const call = async (path: string, method: string, body?: unknown): Promise<Answer> => {
    // The flaw of every call: whose token this is depends on who signed in last.
    if (jar.authorization === undefined) throw new Error('the jar is empty')
    const headers = { authorization: jar.authorization, 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const answer = await fetch(`${upstream}${path}`, { method, headers, ...sent })
    return [answer.status, await answer.json()]
  }

  const signIn = async (request: IncomingMessage): Promise<Answer> => {
    const body = JSON.stringify(await read(request))
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${upstream}/login`, { method: 'POST', headers, body })
    const issued = tokensOf(await answer.json())
    log(JSON.stringify(issued))
    if (answer.status !== 200) return [answer.status, issued]
    jar.authorization = `Bearer ${issued.access_token}`
    const [status, profile] = await call('/user', 'GET')
    if (status !== 200) return [status, profile]
    jar.user = profile
    return [200, { access_token: issued.access_token }]
  }

  const refusal = ({ authorization }: IncomingHttpHeaders): Answer | undefined => {
    if (!authorization) return [401, say('The authorization token is missing!')]
    if (jar.authorization === undefined || authorization === jar.authorization) return undefined
    return [401, say('The token is invalid!')]
  }

  return async (request: IncomingMessage): Promise<Answer> => {
    const route = `${request.method} ${request.url}`
    if (route === 'POST /login') return signIn(request)
    const refused = refusal(request.headers)
    if (refused) return refused
    if (route === 'GET /organizations') return [200, [{ name: 'Open Source Friends' }]]
    if (route === 'GET /user/personal_details') {
      return jar.user === undefined ? [500, say('Internal Server Error')] : [200, jar.user]
    }
    if (route === 'PUT /user/personal_details') return call('/user', 'PUT', await read(request))
    return [404, say('Not Found')]
  }
}

async function read(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return parseJson(Buffer.concat(chunks).toString())
}

function tokensOf(body: unknown): { access_token?: unknown } {
  return typeof body === 'object' && body !== null ? body : {}
}

function say(message: string): { message: string } {
  return { message }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
