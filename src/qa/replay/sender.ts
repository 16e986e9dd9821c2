// How a replay asks one thing and what comes back: the contract.
import type { NoAnswer } from '../leaks/wire.ts'

export interface SentRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** The connection is cut then, whatever has come. */
  readonly leaveAfterMs: number | undefined
}

export interface SentAnswer {
  /** 0: none. */
  readonly status: number
  /** Names in small letters and values in turn. */
  readonly headers: readonly string[]
  /** At most 256 KiB. */
  readonly body: string
  readonly cut: boolean
  /** What kept an answer from coming; absent where one came. */
  readonly why?: NoAnswer
}

export interface Sender {
  /** Over connections of this persona's own. Never rejects. */
  send(persona: string, request: SentRequest): Promise<SentAnswer>
  close(): Promise<void>
}
