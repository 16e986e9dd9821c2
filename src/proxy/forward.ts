// One request to one upstream, its answer written straight to the browser: bytes as they come, never more in memory
// than one chunk, backpressure both ways, and whoever leaves takes the other side along.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { type AnswerHead, type DownwardRules, readAnswerHead } from './answer-headers.ts'
import { AnswerWriter } from './answer-writer.ts'
import type { IdleWatch, Watched } from './idle-watch.ts'
import { SessionOver } from './session-over.ts'
import type { Tap } from './tap.ts'

/** `discard`: nobody gets it, `discarded` follows. `hold`: nothing is written until `held` has seen all of it. */
export type AnswerFate = 'pass' | 'discard' | 'hold'

/** What the owner of a forwarding is told; at most one of `failed` and `finished` is called, once. */
export interface ForwardOwner {
  /** The upstream's status and headers, before anything is written. */
  answered(status: number, rawHeaders: readonly string[]): AnswerFate
  /** The whole body of an answer to be held; false: nobody gets it, and `discarded` follows. */
  held(body: Buffer): boolean
  /**
   * An event stream begins, or any other exchange has been under way for long. False: it must not, and has been
   * answered already.
   */
  stays(kind: 'events' | 'answer'): boolean
  /** An answer that nobody gets has ended; nothing was written. */
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
  /** Sees what is written. */
  readonly tap: Tap | undefined
}

/** A discarded answer longer than this is cut off instead of read. */
const DISCARD_BYTES = 64 * 1024

/** Each interim answer starts the wait for the real one anew: after so many it is not waited for any longer. */
const MAX_INTERIM = 32

export class Forwarding implements Dispatcher.DispatchHandler, Watched {
  moved = true
  stillMs = 0
  place = -1
  limitMs: number
  ageMs = 0

  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #owner: ForwardOwner
  readonly #request: ForwardRequest
  readonly #writer: AnswerWriter
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #interim = 0
  #held: { readonly head: AnswerHead; readonly chunks: Buffer[] } | undefined
  #discarding = false
  #discarded = 0
  #eventStream = false
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
    this.#writer = new AnswerWriter(res)
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

  lasting(): void {
    if (!this.#eventStream && !this.#discarding) this.#owner.stays('answer')
  }

  /** Ends both sides now; an event stream that its session no longer carries ends like any other. */
  abort(reason: Error): void {
    if (this.#over) return
    if (reason instanceof SessionOver && this.#eventStream && this.#res.headersSent) {
      this.#writer.end()
      this.#finish(reason)
    }
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
    const fate = this.#owner.answered(status, raw)
    if (fate === 'discard') {
      this.#discarding = true
      return
    }
    const head = readAnswerHead(raw, this.#request.rules)
    if (head.coded) {
      controller.abort(new InvalidAnswer())
      return
    }
    this.#eventStream = head.eventStream
    if (head.eventStream && !this.#owner.stays('events')) {
      this.#letGo()
      controller.abort(new Discarded())
      return
    }
    this.moved = true
    this.limitMs = head.eventStream ? Infinity : this.#request.idleMs
    if (fate === 'hold') this.#held = { head, chunks: [] }
    else this.#writeHead(head)
  }

  #writeHead(head: AnswerHead): void {
    this.#writer.head(this.#request.method, this.#status, head)
    this.#request.tap?.head(this.#status, head.headers)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return
    if (this.#discarding) {
      this.#discarded += chunk.length
      if (this.#discarded > DISCARD_BYTES) controller.abort(new Discarded())
      return
    }
    this.moved = true
    if (this.#held) {
      this.#held.chunks.push(chunk)
      return
    }
    this.#request.tap?.data(chunk)
    if (!this.#writer.data(chunk)) {
      controller.pause()
      this.#res.once('drain', this.#drained)
    }
  }

  /** Of known length, and small. */
  #letPass({ head, chunks }: { readonly head: AnswerHead; readonly chunks: Buffer[] }): boolean {
    const body = Buffer.concat(chunks)
    if (!this.#owner.held(body)) return false
    this.#writeHead(head)
    this.#request.tap?.data(body)
    this.#writer.data(body)
    return true
  }

  onResponseEnd(): void {
    if (this.#discarding || (this.#held && !this.#letPass(this.#held))) {
      this.#letGo()
      this.#owner.discarded()
      return
    }
    this.#writer.end()
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
      this.readOn()
      return
    }
    // Half an answer must not look like a whole one: the connection goes down with it.
    this.#res.destroy()
    this.#finish(error)
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
    this.readOn()
  }

  /** What the browser is still sending is not wanted; reading it keeps its connection usable. */
  readOn(): void {
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
