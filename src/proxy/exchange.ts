// What a forwarding is handed, and what it tells whoever owns it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { DownwardRules } from './answer-headers.ts'
import type { IdleWatch } from './idle-watch.ts'
import type { Tap } from './tap.ts'

/** `discard`: nobody gets it, `discarded` follows. `hold`: nothing is written until `held` has seen all of it, or `outgrew` was told. */
export type AnswerFate = 'pass' | 'discard' | 'hold'

/** What the owner of a forwarding is told; at most one of `failed` and `finished` is called, once. */
export interface ForwardOwner {
  /** The upstream's status and headers, before anything is written. */
  answered(status: number, rawHeaders: readonly string[]): AnswerFate
  /** The whole body of an answer to be held; false: nobody gets it, and `discarded` follows. */
  held(status: number, body: Buffer): boolean
  /** In place of `held`: it is longer than what is held, and goes on as it comes. */
  outgrew(status: number): void
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
  /** The browser's side of it. */
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly pool: Dispatcher
  readonly path: string
  readonly method: string
  /** Names and values in turn. */
  readonly headers: string[]
  readonly body: Buffer | Readable | null
  readonly idleWatch: IdleWatch
  readonly timeouts: {
    /** ms without a byte until the upstream's head. */
    readonly responseMs: number
    /** ms without a byte within the answer; not for event streams. */
    readonly idleMs: number
  }
  readonly rules: DownwardRules
  /** Sees what is written. */
  readonly tap: Tap | undefined
}
