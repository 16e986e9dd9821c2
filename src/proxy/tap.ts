// What one proxied call was, gathered as it passes; for observers, and only while there are any.
import type { IncomingMessage } from 'node:http'
import type { OpenSession } from '../session/session.ts'
import type { Observers, SeenBody } from './observe.ts'

export interface TapStart {
  readonly observers: Observers
  readonly req: IncomingMessage
  readonly requestId: string
  readonly route: string
  readonly startedAt: number
}

const NO_BODY: SeenBody = { bytes: Buffer.alloc(0), size: 0 }
const NO_HEADERS: readonly string[] = []

export class Tap {
  readonly #start: TapStart
  readonly #began: number
  #status = 0
  #headers = NO_HEADERS
  #sent: Gathered | undefined
  #answered: Gathered | undefined

  constructor(start: TapStart) {
    this.#start = start
    this.#began = start.observers.next()
  }

  /** Of the request's body. */
  sent(chunk: Buffer): void {
    this.#sent ??= new Gathered(this.#start.observers.bodyBytes)
    this.#sent.add(chunk)
  }

  head(status: number, headers: readonly string[]): void {
    this.#status = status
    this.#headers = headers
  }

  /** Of the answer's body. */
  data(chunk: Buffer): void {
    this.#answered ??= new Gathered(this.#start.observers.bodyBytes)
    this.#answered.add(chunk)
  }

  end(session: OpenSession | undefined, origin: string, endedAt: number, cut?: string): void {
    const { observers, req, requestId, route, startedAt } = this.#start
    observers.call({
      requestId,
      route,
      method: req.method ?? 'GET',
      url: req.url ?? '/',
      origin,
      startedAt,
      endedAt,
      began: this.#began,
      ended: observers.next(),
      session,
      requestHeaders: req.rawHeaders,
      requestBody: this.#sent?.body() ?? NO_BODY,
      status: this.#status,
      responseHeaders: this.#headers,
      responseBody: this.#answered?.body() ?? NO_BODY,
      cut,
    })
  }
}

class Gathered {
  readonly #most: number
  #first: Buffer | undefined
  #rest: Buffer[] | undefined
  #kept = 0
  #size = 0

  constructor(most: number) {
    this.#most = most
  }

  add(chunk: Buffer): void {
    this.#size += chunk.length
    const room = this.#most - this.#kept
    if (room <= 0) return
    // A part of a large chunk would keep the whole of it in memory.
    const part = chunk.length > room ? Buffer.from(chunk.subarray(0, room)) : chunk
    this.#kept += part.length
    if (this.#first === undefined) this.#first = part
    else if (this.#rest === undefined) this.#rest = [this.#first, part]
    else this.#rest.push(part)
  }

  body(): SeenBody {
    const bytes = this.#rest ? Buffer.concat(this.#rest) : (this.#first ?? NO_BODY.bytes)
    return { bytes, size: this.#size }
  }
}
