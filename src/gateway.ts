// A running gateway: the public listener and the operators', opened and closed together.
import { type ServerOptions, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { type CoatcheckOptions, coatcheck } from './app.ts'
import { type ProblemCode, ProblemError } from './errors.ts'
import { messageFault } from './http/framing.ts'
import { answers } from './http/health.ts'
import { type ProblemAnswer, problemAnswer } from './http/problem.ts'
import { unreadBodies } from './http/request-bodies.ts'
import { apiHeaders } from './http/security-headers.ts'
import { acceptUpgrades } from './http/upgrades.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import { listeningHost } from './lib/listening-host.ts'
import { type Random, systemRandom } from './lib/random.ts'
import { type Operators, openOperators } from './operators.ts'
import { asksForWebSocket } from './proxy/websocket-handshake.ts'

export interface Gateway {
  /** Where the public listener answers: `http://127.0.0.1:3000`. */
  readonly url: string
  readonly operatorsUrl: string | undefined
  readonly app: FastifyInstance
  /** Takes no new connection, lets what is under way finish, then closes everything. */
  close(): Promise<void>
}

/** Rejects, with nothing left open, when the store or a port cannot be had. */
export async function openGateway(options: CoatcheckOptions): Promise<Gateway> {
  const { listen, operators: operatorsAt } = options.config
  const app = await openServer(options)
  let operators: Operators | undefined
  try {
    const { store, metrics, desk } = app.coatcheck
    const url = await app.listen({ host: listeningHost(listen.host), port: listen.port })
    operators =
      operatorsAt &&
      (await openOperators(operatorsAt, options.config, {
        readiness: async () => ((await answers(store)) ? 'ready' : 'store_unreachable'),
        metrics: () => metrics.render(),
        desk,
      }))
    return {
      url,
      operatorsUrl: operators?.url,
      app,
      async close() {
        await operators?.close()
        await app.close()
      },
    }
  } catch (error) {
    await app.close()
    throw error
  }
}

/** Everything but a listener: for whoever brings the connections. Closed with the instance. */
export async function openServer(options: CoatcheckOptions): Promise<FastifyInstance> {
  const { clock = systemClock, random = systemRandom } = options
  const app = createServer(options.config.publicOrigin, random, clock)
  try {
    await app.register(coatcheck, options)
    await app.ready()
    return app
  } catch (error) {
    await app.close()
    throw error
  }
}

/** Slow senders of headers are let go after this; bodies may take their time. */
const HEADERS_MS = 15_000
/** Longer than the 60 s that load balancers keep an idle connection, so that they close first. */
const KEEP_ALIVE_MS = 65_000
const MAX_HEADER_BYTES = 32 * 1024
/** Time for a refused client to read why, before its connection is cut. */
const LINGER_MS = 1000

function createServer(publicOrigin: string, random: Random, clock: Clock): FastifyInstance {
  const headers = apiHeaders(publicOrigin)
  const prefix = random(6).toString('hex')
  let count = 0
  const newId = () => `${prefix}-${(count++).toString(36)}`
  const refuse = (socket: Socket, code: ProblemCode, status: number) =>
    answerOnSocket(socket, problemAnswer(code, { status }, newId(), headers), clock)

  const app = Fastify({
    logger: false,
    genReqId: newId,
    forceCloseConnections: 'idle',
    // A request that was in before the end is served, not turned away.
    return503OnClosing: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false, maxParamLength: 16_384 },
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_MS,
      // A second Host is seen, not dropped, and a missing one is answered like every other fault.
      joinDuplicateHeaders: true,
      requireHostHeader: false,
      // Anything else stays what it is, a plain request (RFC 9110, 7.8); Node 22 sends it by the other door.
      shouldUpgradeCallback: asksForWebSocket,
    } as ServerOptions,
    frameworkErrors(error, request, reply) {
      const problem = new ProblemError('bad_request', { status: error.statusCode ?? 400 })
      const answer = problemAnswer(problem.code, problem.options, request.id, headers)
      // Typed for routes with a schema, which this is not.
      const status: number = answer.status
      void (reply as FastifyReply)
        .code(status)
        .headers(answer.headers)
        .send(Buffer.from(answer.body))
    },
    clientErrorHandler({ code }, socket) {
      if (code === 'ECONNRESET') socket.destroy()
      else if (code === 'HPE_HEADER_OVERFLOW') refuse(socket, 'too_large', 431)
      else refuse(socket, 'bad_request', code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400)
    },
  })
  app.addHook('onRequest', (request, _reply, done) => {
    const fault = messageFault(request.raw)
    done(fault && new ProblemError('bad_request', fault))
  })
  unreadBodies(app)
  acceptUpgrades(app, clock, (socket) => refuse(socket, 'bad_request', 400))
  app.server.on('connect', (_request, socket) => refuse(socket as Socket, 'bad_request', 405))
  app.server.on('checkExpectation', (_request, response) => {
    const answer = problemAnswer('bad_request', { status: 417 }, newId(), headers)
    response.writeHead(answer.status, answer.headers).end(answer.body)
  })
  return app
}

/** What never became a request is answered on the bare socket, and the connection ends. */
function answerOnSocket(socket: Socket, { status, headers, body }: ProblemAnswer, clock: Clock) {
  // Refused already: what still comes is read and dropped until the client has gone.
  if (socket.writableEnded) return
  // In the middle of another request's answer a word from us would be taken for a part of it.
  const { _httpMessage: message } = socket as { _httpMessage?: ServerResponse | null }
  if (!socket.writable || message?.headersSent) {
    if (message?.writableEnded) socket.destroySoon()
    else socket.destroy()
    return
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}`
  socket.end(`${head}connection: close\r\n\r\n${body}`)
  const cancel = clock.after(LINGER_MS, () => socket.destroy())
  socket.once('close', cancel)
}
