// Starts and stops the recording of a gateway's traffic; at most one at a time.
import type { OwnerConfig, RecordConfig } from '../../config/config.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Observers } from '../../proxy/observe.ts'
import { createEntryPieces } from './entry.ts'
import { createPersonaNames } from './persona-names.ts'
import { createSecretBook } from './secret-book.ts'
import { openRecording, type RecordingWriter } from './writer.ts'

export interface Recorder {
  /** Undefined while nothing is recorded. */
  readonly status: RecordingStatus | undefined
  /** What was written last, once its file is whole; undefined before. */
  readonly written: RecordingStatus | undefined
  /** Rejects when the file cannot be made, or one is being written. */
  start(config: RecordConfig): Promise<RecordingStatus>
  /** Resolves, once the file is whole, to what was written; undefined where nothing was recorded. */
  stop(): Promise<RecordingStatus | undefined>
}

export interface RecordingStatus {
  readonly file: string
  /** Epoch ms. */
  readonly startedAt: number
  readonly entries: number
  readonly bytes: number
  /** Calls that are not in the file. */
  readonly dropped: number
}

export interface RecorderOptions {
  readonly observers: Observers
  readonly clock: Clock
  readonly version: string
  readonly origin: string
  /** By a route's pattern. */
  readonly owners: ReadonlyMap<string, OwnerConfig>
  /** Persona by account. */
  readonly personas: ReadonlyMap<string, string>
  /** A recording broke off. */
  onError(error: unknown): void
}

interface Current {
  readonly writer: RecordingWriter
  readonly startedAt: number
  readonly leave: () => void
  /** Calls that could not be written down without a secret in them; the first is told. */
  unsafe: number
}

export function createRecorder(options: RecorderOptions): Recorder {
  const { observers, clock, version, origin, owners } = options
  let current: Current | undefined
  let written: RecordingStatus | undefined
  let starting = false

  const statusOf = ({ writer, startedAt, unsafe }: Current): RecordingStatus => {
    const { file, entries, bytes, dropped } = writer
    return { file, startedAt, entries, bytes, dropped: dropped + unsafe }
  }

  return {
    get status() {
      return current && statusOf(current)
    },
    get written() {
      return written
    },
    async start({ file, bodyBytes, mostBytes, redact }) {
      if (current || starting) throw new Error('a recording is being written already')
      starting = true
      try {
        const startedAt = clock.now()
        const { onError } = options
        const about = { file, version, origin, startedAt, clock, mostBytes, onError }
        const writer = await openRecording(about)
        const piecesOf = createEntryPieces({
          book: createSecretBook(),
          redact,
          bodyBytes,
          personas: createPersonaNames(options.personas),
          owners,
        })
        const leave = observers.add({
          // One more than is kept shows that there was more.
          bodyBytes: bodyBytes + 1,
          call(seen) {
            try {
              writer.write(piecesOf(seen))
            } catch (error) {
              if (begun.unsafe++ === 0) onError(error)
            }
          },
        })
        const begun: Current = { writer, startedAt, leave, unsafe: 0 }
        current = begun
        return statusOf(begun)
      } finally {
        starting = false
      }
    },
    async stop() {
      if (!current) return undefined
      const ended = current
      current = undefined
      ended.leave()
      await ended.writer.close()
      written = statusOf(ended)
      return written
    },
  }
}
