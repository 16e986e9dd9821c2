// A recording as a file: HAR 1.2, one entry a line, written as it happens; what a crash leaves behind is whole up to its
// last entry.
import { type FileHandle, open } from 'node:fs/promises'
import type { Clock } from '../../lib/clock.ts'
import type { RedactedPieces } from './redacted.ts'

export interface RecordingWriter {
  /** The file that is written: another than was asked for where that one was there already. */
  readonly file: string
  readonly entries: number
  /** Of the whole file, head and all. */
  readonly bytes: number
  /** Entries that were not written: the disk was too slow or full, or the file has its full size. */
  readonly dropped: number
  write(line: RedactedPieces): void
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
const END = '\n]}}\n'

/** Rejects when no file can be made there. Only its owner can read it. */
export async function openRecording(options: WriterOptions): Promise<RecordingWriter> {
  const { clock, mostBytes, onError } = options
  const { handle, file } = await openUnused(options.file)
  let entries = 0
  let bytes = 0
  let dropped = 0
  let failed = false
  let writing: Promise<void> | undefined
  const full: Buffer[] = []
  let fullBytes = 0
  // Bytes at once: a text that grows line by line is a tree of all its pieces, and slow to write out.
  let filling: Buffer = Buffer.allocUnsafe(BATCH)
  let used = 0
  let spare: Buffer | undefined

  function makeRoom(most: number): void {
    if (used > 0 && used + most > filling.length) handOver()
    if (most > filling.length) filling = Buffer.allocUnsafe(most)
  }

  function append(piece: string | Buffer): void {
    used += typeof piece === 'string' ? filling.write(piece, used) : piece.copy(filling, used)
  }

  function handOver(): void {
    full.push(filling.subarray(0, used))
    fullBytes += used
    filling = spare ?? Buffer.allocUnsafe(BATCH)
    spare = undefined
    used = 0
  }

  async function writeOut(): Promise<void> {
    for (;;) {
      if (full.length === 0 && used > 0) handOver()
      const batch = full.shift()
      if (batch === undefined || failed) return
      try {
        await handle.writeFile(batch)
      } catch (error) {
        failed = true
        onError(error)
      }
      fullBytes -= batch.length
      if (batch.buffer.byteLength === BATCH) spare ??= Buffer.from(batch.buffer)
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
  const head = headOf(options)
  makeRoom(mostOf(head))
  append(head)
  bytes = used
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
      if (failed || fullBytes > WAITING) {
        dropped++
        return
      }
      const between = entries === 0 ? '\n' : ',\n'
      makeRoom(line.reduce((most, piece) => most + mostOf(piece), between.length))
      const before = used
      append(between)
      for (const piece of line) append(piece)
      const added = used - before
      if (bytes + added + END.length > mostBytes) {
        used = before
        dropped++
        return
      }
      entries++
      bytes += added
      if (full.length > 0) void flush()
    },
    async close() {
      stop()
      makeRoom(END.length)
      append(END)
      bytes += END.length
      while ((used > 0 || full.length > 0) && !failed) await flush()
      await writing
      await handle.close()
    },
  }
}

/** Bytes: no character takes more than three of UTF-8 for each of its UTF-16 units. */
function mostOf(piece: string | Buffer): number {
  return typeof piece === 'string' ? piece.length * 3 : piece.length
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
