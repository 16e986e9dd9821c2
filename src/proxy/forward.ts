// One request to one upstream, its answer written straight to the browser: bytes as they come, never more in memory
// than one chunk, backpressure both ways, and whoever leaves takes the other side along.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { type DownwardRules, readAnswerHead } from './answer-headers.ts'
import { removeNamed } from './headers.ts'
import type { IdleWatch, Watched } from './idle-watch.ts'

/** What the owner of a forwarding is told; at most one of `failed` and `finished` is called, once. */
export interface ForwardOwner {
  /** The upstream's status, before anything is written. True: the answer is thrown away and `discarded` follows. */
  answered(status: number, rawHeaders: readonly string[]): boolean
  /** The answer that `answered` did not want has ended; nothing was written. */
  discarded(): void
  /** Nothing has been written to the browser, which still waits. */
  failed(error: unknown): void
  /** The answer was written whole, or cut off on either side (`error`). */
  finished(status: number, error?: unknown): void
}

export interface ForwardRequest {
  readonly pool: Dispatcher
  readonly path: string
  readonly method: string
  /** Names and values in turn. */
  readonly headers: string[]
  readonly body: Buffer | Readable | null
  /** ms without a byte until the upstream's head. */
  readonly responseMs: number
  readonly idleWatch: IdleWatch
  /** ms without a byte within the answer; not for event streams. */
  readonly idleMs: number
  readonly rules: DownwardRules
}

/** A discarded answer longer than this is cut off instead of read. */
const DISCARD_BYTES = 64 * 1024

/** Each interim answer starts the wait for the real one anew: after so many it is not waited for any longer. */
const MAX_INTERIM = 32

/** What an answer without content never has (RFC 9110, 8.6). */
const LENGTH: ReadonlySet<string> = new Set(['content-length'])

/** Up to here head and body leave in one string, which is one system call without a list of buffers. */
const ONE_WRITE_BYTES = 16 * 1024

export class Forwarding implements Dispatcher.DispatchHandler, Watched {
  moved = true
  stillMs = 0
  place = -1
  limitMs: number

  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #owner: ForwardOwner
  readonly #request: ForwardRequest
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #interim = 0
  /** Bytes of the body still to come; undefined when nobody knows. */
  #remaining: number | undefined
  #written = false
  #discarding = false
  #discarded = 0
  #over = false

  constructor(
    req: IncomingMessage,
    res: ServerResponse,
    owner: ForwardOwner,
    request: ForwardRequest,
  ) {
    this.#req = req
    this.#res = res
    this.#owner = owner
    this.#request = request
    this.limitMs = request.responseMs
  }

  start(): void {
    const { pool, path, method, headers, body, idleWatch } = this.#request
    // Gone while it was being decided: nobody would ever take what comes, and the upstream would wait for that.
    if (this.#res.destroyed) {
      this.#finish(new ClientGone())
      return
    }
    this.#res.on('close', this.#clientClosed)
    idleWatch.add(this)
    // No time limits of undici's: the idle watch has them, and knows an event stream when it sees one.
    const noLimits = { headersTimeout: 0, bodyTimeout: 0 }
    pool.dispatch(
      { path, method: method as Dispatcher.HttpMethod, headers, body, ...noLimits },
      this,
    )
  }

  onBodySent(): void {
    this.moved = true
  }

  /** Ends both sides now. */
  abort(reason: Error): void {
    if (this.#controller) this.#controller.abort(reason)
    // Not connected yet; what starts late finds this over.
    else this.onResponseError(undefined, reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#over) controller.abort(new ClientGone())
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // An interim answer speaks to us, not to the browser.
    if (status < 200) {
      if (++this.#interim > MAX_INTERIM) controller.abort(new InvalidAnswer())
      return
    }
    this.#status = status
    const raw = latin1(controller.rawHeaders)
    if (this.#owner.answered(status, raw)) {
      this.#discarding = true
      return
    }
    const head = readAnswerHead(raw, this.#request.rules)
    if (head.coded) {
      controller.abort(new InvalidAnswer())
      return
    }
    if (status === 204) removeNamed(head.headers, LENGTH)
    this.#res.writeHead(status, head.headers)
    const { method, idleMs } = this.#request
    if (method !== 'HEAD') this.#remaining = head.contentLength
    this.moved = true
    this.limitMs = head.eventStream ? Infinity : idleMs
    // What is in hand already comes before this; a head that stands alone must not wait for its body.
    queueMicrotask(this.#flush)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#discarding) {
      this.#discarded += chunk.length
      if (this.#discarded > DISCARD_BYTES) controller.abort(new Discarded())
      return
    }
    this.moved = true
    const whole = !this.#written && chunk.length === this.#remaining
    this.#written = true
    if (this.#remaining !== undefined) this.#remaining -= chunk.length
    if (whole && chunk.length <= ONE_WRITE_BYTES) {
      this.#res.end(chunk.toString('latin1'), 'latin1')
      return
    }
    if (this.#remaining === 0) {
      this.#res.end(chunk)
      return
    }
    if (!this.#res.write(chunk)) {
      controller.pause()
      this.#res.once('drain', this.#drained)
    }
  }

  onResponseEnd(): void {
    if (this.#discarding) {
      this.#letGo()
      this.#owner.discarded()
      return
    }
    if (!this.#res.writableEnded) this.#res.end()
    this.#finish()
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#over) return
    if (this.#discarding) {
      this.#letGo()
      this.#owner.discarded()
      return
    }
    if (error instanceof ClientGone) {
      this.#finish(error)
      return
    }
    if (!this.#res.headersSent) {
      this.#letGo()
      this.#owner.failed(error)
      this.#readOn()
      return
    }
    // Half an answer must not look like a whole one: the connection goes down with it.
    this.#res.destroy()
    this.#finish(error)
  }

  readonly #flush = (): void => {
    if (!this.#written && !this.#over) this.#res.flushHeaders()
  }

  readonly #drained = (): void => {
    this.moved = true
    this.#controller?.resume()
  }

  readonly #clientClosed = (): void => {
    if (this.#over || this.#res.writableFinished) return
    this.abort(new ClientGone())
  }

  #letGo(): void {
    this.#over = true
    this.#request.idleWatch.remove(this)
    this.#res.off('close', this.#clientClosed)
  }

  #finish(error?: unknown): void {
    if (this.#over) return
    this.#letGo()
    this.#owner.finished(this.#status, error)
    this.#readOn()
  }

  /** What the browser is still sending is not wanted; reading it keeps its connection usable. */
  #readOn(): void {
    const { body } = this.#request
    // Only where there is something: to resume a request without a body costs more than all else here.
    if (body === null) return
    if (!Buffer.isBuffer(body)) body.destroy()
    if (!this.#req.readableEnded && !this.#req.destroyed) this.#req.resume()
  }
}

/** The browser left before its answer was whole. */
export class ClientGone extends Error {
  readonly code = 'CLIENT_GONE'
}

class InvalidAnswer extends Error {
  readonly code = 'INVALID_ANSWER'
}

class Discarded extends Error {
  readonly code = 'DISCARDED'
}

/** undici hands out Buffers in turn; header bytes are latin1 (RFC 9110, 5.5). */
function latin1(raw: unknown): string[] {
  if (!Array.isArray(raw)) return []
  const text = new Array<string>(raw.length)
  for (let i = 0; i < raw.length; i++) {
    const part: Buffer | string = raw[i]
    text[i] = typeof part === 'string' ? part : part.toString('latin1')
  }
  return text
}
