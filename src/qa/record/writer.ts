// A recording as a file: HAR 1.2, one entry a line, written as it happens; what a crash leaves behind is whole up to its
// last entry.
import { type FileHandle, open } from 'node:fs/promises'
import type { Clock } from '../../lib/clock.ts'
import type { RedactedLine } from './redacted.ts'

export interface RecordingWriter {
  /** The file that is written: another than was asked for where that one was there already. */
  readonly file: string
  readonly entries: number
  readonly bytes: number
  /** Entries that were not written: the disk was too slow or full, or the file has its full size. */
  readonly dropped: number
  write(line: RedactedLine): void
  /** Ends the file as the JSON that it is. */
  close(): Promise<void>
}

export interface WriterOptions {
  /** Absolute. */
  readonly file: string
  /** Who writes it, for the file's head. */
  readonly version: string
  readonly origin: string
  readonly startedAt: number
  readonly clock: Clock
  /** The file grows no larger. */
  readonly mostBytes: number
  /** The file cannot be written any further; told once. */
  onError(error: unknown): void
}

const BATCH = 256 * 1024
const EVERY_MS = 250
/** So much waits for a slow disk. */
const WAITING = 16 * 1024 * 1024
const TRIES = 1000

/** Rejects when no file can be made there. Only its owner can read it. */
export async function openRecording(options: WriterOptions): Promise<RecordingWriter> {
  const { clock, mostBytes, onError } = options
  const { handle, file } = await openUnused(options.file)
  let entries = 0
  let bytes = 0
  let dropped = 0
  let failed = false
  let waiting = headOf(options)
  let writing: Promise<void> | undefined

  async function writeOut(): Promise<void> {
    while (waiting !== '' && !failed) {
      const batch = waiting
      waiting = ''
      try {
        await handle.write(batch)
      } catch (error) {
        failed = true
        onError(error)
      }
    }
  }
  const flush = () => {
    writing ??= writeOut().finally(() => {
      writing = undefined
    })
    return writing
  }
  let stop = () => {}
  const tick = () => {
    void flush()
    stop = clock.after(EVERY_MS, tick)
  }
  tick()

  return {
    file,
    get entries() {
      return entries
    },
    get bytes() {
      return bytes
    },
    get dropped() {
      return dropped
    },
    write(line) {
      if (failed || waiting.length > WAITING || bytes + line.length > mostBytes) {
        dropped++
        return
      }
      waiting += `${entries === 0 ? '' : ','}\n${line}`
      entries++
      bytes += line.length + 2
      if (waiting.length > BATCH) void flush()
    },
    async close() {
      stop()
      waiting += '\n]}}\n'
      while (waiting !== '' && !failed) await flush()
      await writing
      await handle.close()
    },
  }
}

function headOf({ version, origin, startedAt }: WriterOptions): string {
  const about = { version: 1, origin, startedAt }
  const log = { version: '1.2', creator: { name: 'coatcheck', version }, _coatcheck: about }
  return `{"log":${JSON.stringify(log).slice(0, -1)},"entries":[`
}

/** `a.har`, or else `a-2.har` and so on: nothing that is there is lost. */
async function openUnused(wanted: string): Promise<{ handle: FileHandle; file: string }> {
  for (let nth = 1; ; nth++) {
    const file = nth === 1 ? wanted : wanted.replace(/(\.[^./\\]*)?$/, (end) => `-${nth}${end}`)
    try {
      return { handle: await open(file, 'wx', 0o600), file }
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST'
      if (!taken || nth === TRIES) throw error
    }
  }
}
