// A test's upstream: signs anybody in, knows the owner of every token, remembers every request, and
// echoes whatever no handler was scripted for.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { actOut, createDemoFaults, type DemoFaults } from '../../src/qa/demo-faults.ts'
import type { CheckedToken, Lifetime } from '../../src/qa/demo-tokens.ts'
import type { Certificate } from './certificate.ts'
import { freePort } from './free-port.ts'
import { createAnswers } from './upstream-answers.ts'

export interface TestUpstreamOptions {
  readonly clock?: Clock
  /** Default 10 minutes. */
  readonly accessMs?: Lifetime
  /** Default 4 weeks. */
  readonly refreshMs?: Lifetime
  readonly rotation?: boolean
  /** Present = https. */
  readonly tls?: Certificate
  /** How many requests are remembered; default 1000. */
  readonly keep?: number
}

export interface UpstreamRequest {
  readonly method: string
  /** The request target as it arrived. */
  readonly url: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  /** What the Authorization header proved to be. */
  readonly token: CheckedToken['kind'] | 'absent'
  /** Whose token it was, where it is good. */
  readonly owner: string | undefined
}

export type Handler = (request: UpstreamRequest, response: ServerResponse) => unknown
export type HeadHandler = (request: IncomingMessage, response: ServerResponse) => unknown

/**
 * `POST /login` (JSON or form) takes any username with any password but `wrong`; `POST /refresh`
 * takes the refresh token as Bearer; `GET /user` tells who the token is for: `id` is the username.
 * Any other path echoes (see `Echo`), with 401 where a token came that is not good.
 */
export interface TestUpstream extends AsyncDisposable, Pick<DemoFaults, 'fault' | 'hold' | 'heal'> {
  readonly url: string
  readonly port: number
  /** Throws where none has come yet. */
  readonly last: UpstreamRequest
  /** Oldest first, sign-ins included. */
  readonly requests: readonly UpstreamRequest[]
  readonly signIns: ReadonlyArray<{ username: string; access: string; refresh: string }>
  /** Every token that a refresh answered, by owner. */
  readonly refreshes: ReadonlyArray<{ username: string; access: string }>
  /** How often a rotated refresh token was used a second time. */
  readonly reuses: number
  /** How many connections have been opened. */
  readonly connections: number
  /**
   * Answers this path (`*` = every) in place of everything else, once the whole request is here;
   * the returned function takes it back.
   */
  on(path: string, handler: Handler): () => void
  /** As `on`, before anything of the body is read; such a request is not remembered. */
  onHead(path: string, handler: HeadHandler): () => void
  /** From here on this token, access or refresh, is refused as invalid. */
  revoke(token: string): void
}

/** Disposing of it throws the first error that a scripted handler threw. */
export async function startUpstream(options: TestUpstreamOptions = {}): Promise<TestUpstream> {
  const { clock = systemClock, tls, keep = 1000 } = options
  const faults = createDemoFaults()
  const requests: UpstreamRequest[] = []
  const handlers = new Map<string, Handler>()
  const headHandlers = new Map<string, HeadHandler>()
  const failures: unknown[] = []
  let connections = 0

  const answers = createAnswers({ clock, ...options })

  const receive = async (incoming: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers, rawHeaders } = incoming
    const path = url.split('?', 1)[0] ?? url
    const early = headHandlers.get(path) ?? headHandlers.get('*')
    if (early) return early(incoming, response)
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const checked = answers.check(headers, 'access')
    const owner = checked.kind === 'good' ? String(checked.claims.identity) : undefined
    const body = Buffer.concat(chunks)
    const request = { method, url, path, headers, rawHeaders, body, token: checked.kind, owner }
    requests.push(request)
    if (requests.length > keep) requests.shift()
    await new Promise<void>((resolve) => faults.pass(method, path, resolve))
    const fault = faults.meet(method, path)
    if (fault) return actOut(fault, response)
    return (handlers.get(path) ?? handlers.get('*') ?? answers.answer)(request, response)
  }

  const listener = (incoming: IncomingMessage, response: ServerResponse) => {
    receive(incoming, response).catch((error: unknown) => {
      // A request that its sender broke off is not this upstream's failure.
      if (incoming.destroyed && !incoming.complete) return
      failures.push(error)
      response.destroy()
    })
  }

  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  server.on('connection', () => connections++)
  // Nobody else is given it once this one is closed.
  const port = await freePort()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })

  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests,
    signIns: answers.signIns,
    refreshes: answers.refreshes,
    get last() {
      const last = requests.at(-1)
      if (!last) throw new Error('no request has reached the upstream')
      return last
    },
    get reuses() {
      return answers.reuses
    },
    get connections() {
      return connections
    },
    fault: faults.fault,
    hold: faults.hold,
    heal: faults.heal,
    on: (path, handler) => script(handlers, path, handler),
    onHead: (path, handler) => script(headHandlers, path, handler),
    revoke: answers.revoke,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      if (failures.length > 0) throw failures[0]
    },
  }
}

function script<T>(table: Map<string, T>, path: string, handler: T): () => void {
  table.set(path, handler)
  return () => void table.delete(path)
}
