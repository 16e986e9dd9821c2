// Writes an upstream's answer to the browser: bytes as they come, small answers in one system call.
import type { ServerResponse } from 'node:http'
import type { AnswerHead } from './answer-headers.ts'
import { removeNamed } from './headers.ts'
import type { Tap } from './tap.ts'

/** What an answer without content never has (RFC 9110, 8.6). */
const LENGTH: ReadonlySet<string> = new Set(['content-length'])

/** Up to here head and body leave in one string, which is one system call without a list of buffers. */
const ONE_WRITE_BYTES = 16 * 1024

export class AnswerWriter {
  readonly #res: ServerResponse
  readonly #method: string
  readonly #tap: Tap | undefined
  /** Bytes of the body still to come; undefined when nobody knows. */
  #remaining: number | undefined
  #written = false

  /** `method`: what was asked. `tap`: sees what is written. */
  constructor(res: ServerResponse, method: string, tap: Tap | undefined) {
    this.#res = res
    this.#method = method
    this.#tap = tap
  }

  head(status: number, head: AnswerHead): void {
    if (status === 204) removeNamed(head.headers, LENGTH)
    this.#res.writeHead(status, head.headers)
    this.#tap?.head(status, head.headers)
    if (this.#method !== 'HEAD') this.#remaining = head.contentLength
    // What is in hand already comes before this; a head that stands alone must not wait for its body.
    queueMicrotask(this.#flush)
  }

  /** False: the browser is slow, and more only makes it worse until `drain`. */
  data(chunk: Buffer): boolean {
    this.#tap?.data(chunk)
    const whole = !this.#written && chunk.length === this.#remaining
    this.#written = true
    if (this.#remaining !== undefined) this.#remaining -= chunk.length
    if (whole && chunk.length <= ONE_WRITE_BYTES) {
      this.#res.end(chunk.toString('latin1'), 'latin1')
      return true
    }
    if (this.#remaining === 0) {
      this.#res.end(chunk)
      return true
    }
    return this.#res.write(chunk)
  }

  end(): void {
    if (!this.#res.writableEnded) this.#res.end()
  }

  readonly #flush = (): void => {
    if (!this.#written && !this.#res.writableEnded && !this.#res.destroyed) this.#res.flushHeaders()
  }
}
