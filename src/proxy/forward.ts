// One request to one upstream, its answer written straight to the browser: bytes as they come, never more in memory
// than one chunk, backpressure both ways, and whoever leaves takes the other side along.
import type { ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import { ClientGone, Discarded, InvalidAnswer } from './aborts.ts'
import { type AnswerHead, latin1, readAnswerHead } from './answer-headers.ts'
import { AnswerWriter } from './answer-writer.ts'
import type { ForwardOwner, ForwardRequest } from './exchange.ts'
import type { Watched } from './idle-watch.ts'
import { CHECKED_BYTES } from './owner-rule.ts'
import { SessionOver } from './session-over.ts'

/** A discarded answer longer than this is cut off instead of read. */
const DISCARD_BYTES = 64 * 1024

/** Each interim answer starts the wait for the real one anew: after so many it is not waited for any longer. */
const MAX_INTERIM = 32

interface Held {
  readonly head: AnswerHead
  readonly chunks: Buffer[]
  bytes: number
}

export class Forwarding implements Dispatcher.DispatchHandler, Watched {
  moved = true
  stillMs = 0
  place = -1
  limitMs: number
  ageMs = 0

  readonly #owner: ForwardOwner
  readonly #request: ForwardRequest
  readonly #res: ServerResponse
  readonly #writer: AnswerWriter
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #interim = 0
  #held: Held | undefined
  #discarding = false
  #discarded = 0
  #eventStream = false
  #over = false

  constructor(owner: ForwardOwner, request: ForwardRequest) {
    const { res, method, tap, timeouts } = request
    this.#owner = owner
    this.#request = request
    this.#res = res
    this.#writer = new AnswerWriter(res, method, tap)
    this.limitMs = timeouts.responseMs
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
    this.limitMs = head.eventStream ? Infinity : this.#request.timeouts.idleMs
    if (fate === 'hold') this.#held = { head, chunks: [], bytes: 0 }
    else this.#writer.head(status, head)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return
    if (this.#discarding) {
      this.#discarded += chunk.length
      if (this.#discarded > DISCARD_BYTES) controller.abort(new Discarded())
      return
    }
    this.moved = true
    const held = this.#held
    if (held) {
      held.chunks.push(chunk)
      held.bytes += chunk.length
      if (held.bytes <= CHECKED_BYTES) return
      this.#held = undefined
      this.#owner.outgrew(this.#status)
      this.#writer.head(this.#status, held.head)
    }
    if (!this.#writer.data(held ? Buffer.concat(held.chunks) : chunk)) {
      controller.pause()
      this.#res.once('drain', this.#drained)
    }
  }

  /** Whole, and small. */
  #letPass({ head, chunks }: Held): boolean {
    const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
    if (!this.#owner.held(this.#status, body)) return false
    this.#writer.head(this.#status, head)
    if (body.length > 0) this.#writer.data(body)
    return true
  }

  onResponseEnd(): void {
    if (this.#discarding || (this.#held && !this.#letPass(this.#held))) {
      this.#discard()
    } else {
      this.#writer.end()
      this.#finish()
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#over) return
    if (this.#discarding) this.#discard()
    else if (error instanceof ClientGone) this.#finish(error)
    else if (this.#res.headersSent) {
      // Half an answer must not look like a whole one: the connection goes down with it.
      this.#res.destroy()
      this.#finish(error)
    } else {
      this.#letGo()
      this.#owner.failed(error)
      this.readOn()
    }
  }

  readonly #drained = (): void => {
    this.moved = true
    this.#controller?.resume()
  }

  readonly #clientClosed = (): void => {
    if (this.#over || this.#res.writableFinished) return
    this.abort(new ClientGone())
  }

  #discard(): void {
    this.#letGo()
    this.#owner.discarded()
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
    const { body, req } = this.#request
    // Only where there is something: to resume a request without a body costs more than all else here.
    if (body === null) return
    if (!Buffer.isBuffer(body)) body.destroy()
    if (!req.readableEnded && !req.destroyed) req.resume()
  }
}
