// The two ends of a WebSocket: ours as a client of the upstream, and ours as the server of the browser.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { type ClientOptions, type ServerOptions, WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '../lib/clock.ts'
import { headersByName } from './websocket-handshake.ts'

export interface UpstreamCall {
  /** `http:` or `https:`. */
  readonly origin: string
  /** Path and query, sent as they are. */
  readonly path: string
  /** Names and values in turn; none of the handshake's own. */
  readonly headers: readonly string[]
  /** Offered in this order. */
  readonly protocols: readonly string[]
  readonly ca: string | undefined
  readonly connectMs: number
  /** Until the upstream has answered, once there is a connection. */
  readonly responseMs: number
  /** Aborted: it fails with the reason. */
  readonly signal: AbortSignal
}

export type UpstreamOutcome =
  /** Paused: nothing it sends is lost until `resume`. */
  | { kind: 'open'; end: End; rawHeaders: readonly string[]; protocol: string }
  /** It would not: its answer, body unread. */
  | { kind: 'answered'; response: IncomingMessage }
  | { kind: 'failed'; error: unknown }

/** One open end. */
export interface End {
  readonly ws: WebSocket
  readonly socket: Socket
}

export interface WebSocketEnds {
  connect(call: UpstreamCall): Promise<UpstreamOutcome>
  /**
   * Completes the browser's handshake, which is in order. `headers`: lines of the answer besides its own. Undefined
   * when the browser has left.
   */
  accept(browser: BrowserHandshake): End | undefined
}

export interface BrowserHandshake {
  readonly req: IncomingMessage
  readonly socket: Socket
  readonly head: Buffer
  readonly protocol: string
  readonly headers: readonly string[]
}

/** A peer that has been told to close is not waited for any longer. */
const CLOSE_MS = 2000

/** `maxMessage`: bytes. */
export function createWebSocketEnds(clock: Clock, maxMessage: number): WebSocketEnds {
  const limits = {
    maxPayload: maxMessage,
    // Each message is judged and passed on by itself: to compress it anew costs more than the bytes.
    perMessageDeflate: false,
    closeTimeout: CLOSE_MS,
  }
  const serverOptions: ServerOptions = {
    ...limits,
    noServer: true,
    clientTracking: false,
    handleProtocols: (_offered, req) => chosen.get(req)?.protocol || false,
  }
  const chosen = new WeakMap<IncomingMessage, BrowserHandshake>()
  const server = new WebSocketServer(serverOptions)
  server.on('headers', (lines, req) => {
    lines.push(...(chosen.get(req)?.headers ?? []))
  })

  return {
    accept(browser) {
      const { req, socket, head } = browser
      let end: End | undefined
      chosen.set(req, browser)
      server.handleUpgrade(req, socket, head, (ws) => {
        end = { ws, socket }
      })
      return end
    },

    connect(call) {
      const { promise, resolve } = Promise.withResolvers<UpstreamOutcome>()
      const options: ClientOptions & { maxHeaderSize: number } = {
        ...limits,
        headers: headersByName(call.headers) as Record<string, string>,
        rejectUnauthorized: true,
        ...(call.ca === undefined ? {} : { ca: call.ca }),
        maxHeaderSize: 64 * 1024,
        followRedirects: false,
        finishRequest(request) {
          // As it was judged: a URL would be spelled anew on the way here.
          request.path = call.path
          request.on('socket', (socket) => {
            socket.once(secure ? 'secureConnect' : 'connect', () => limit(call.responseMs))
          })
          request.end()
        },
      }
      const secure = call.origin.startsWith('https:')
      let ws: WebSocket
      try {
        ws = new WebSocket(call.origin, [...call.protocols], options)
      } catch (error) {
        return Promise.resolve({ kind: 'failed', error })
      }
      let cancel = () => {}
      const limit = (ms: number) => {
        cancel()
        cancel = clock.after(ms, () => giveUp(new TooLate()))
      }
      const settle = (outcome: UpstreamOutcome) => {
        cancel()
        call.signal.removeEventListener('abort', onAbort)
        resolve(outcome)
      }
      const giveUp = (error: unknown) => {
        settle({ kind: 'failed', error })
        ws.terminate()
      }
      const onAbort = () => giveUp(call.signal.reason)
      let upgraded: IncomingMessage | undefined

      limit(call.connectMs)
      call.signal.addEventListener('abort', onAbort)
      ws.on('error', (error) =>
        settle({ kind: 'failed', error: upgraded ? new NoHandshake() : error }),
      )
      ws.on('upgrade', (response) => {
        upgraded = response
      })
      ws.on('unexpected-response', (_request, response) => settle({ kind: 'answered', response }))
      ws.on('open', () => {
        ws.pause()
        if (!upgraded) return
        const { rawHeaders, socket } = upgraded
        settle({ kind: 'open', end: { ws, socket }, rawHeaders, protocol: ws.protocol })
      })
      if (call.signal.aborted) onAbort()
      return promise
    },
  }
}

class TooLate extends Error {
  readonly code = 'ETIMEDOUT'
}

/** It said yes to something that was not asked. */
class NoHandshake extends Error {
  readonly code = 'INVALID_ANSWER'
}
