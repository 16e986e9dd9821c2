// Reads a recording in constant memory, entry by entry, as far as it is whole.
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { parseJson } from '../../lib/parse-json.ts'
import { isJsonObject } from '../../tokens/json.ts'
import { type RecordedCall, recordedCall } from './recorded-call.ts'
import { type NoCall, whyUnplayed } from './unplayed.ts'

/** What is wrong with a file, in one sentence without its name. */
export class BadRecording extends Error {}

/** A HAR that another program wrote is read at once. */
const MOST_AT_ONCE = 64 * 1024 * 1024
/** In characters, give or take what is read at once: bodies are kept up to a MiB. */
const LONGEST_LINE = 16 * 1024 * 1024
const TOO_LONG = Symbol('too long')

/** As they were written. Throws BadRecording. */
export async function* readRecording(file: string): AsyncGenerator<RecordedCall | NoCall> {
  let nth = -1
  let odd: number | undefined
  let ended = false
  for await (const line of linesOf(file)) {
    if (nth++ === -1) {
      if (line === TOO_LONG || !/^\{"log":\{.*"entries":\[$/.test(line)) {
        yield* readAtOnce(file)
        return
      }
      continue
    }
    if (odd !== undefined) throw new BadRecording(`has no whole entry in line ${odd + 1}`)
    if (line === TOO_LONG) throw new BadRecording(`has more than 16 MiB in line ${nth + 1}`)
    if (line === ']}}') {
      ended = true
      break
    }
    const call = callOf(json(line.replace(/,$/, '')), nth)
    if (call) yield call
    else if (line !== '') odd = nth
  }
  if (nth === -1) throw new BadRecording('is empty')
  if (!ended) yield { cut: true }
}

/** Without their ends; TOO_LONG, and nothing after it, for one that is longer than any entry. */
async function* linesOf(file: string): AsyncGenerator<string | typeof TOO_LONG> {
  const input = createReadStream(file, { encoding: 'utf8', highWaterMark: 256 * 1024 })
  try {
    let parts: string[] = []
    let size = 0
    for await (const chunk of input as AsyncIterable<string>) {
      let from = 0
      for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', from)) {
        parts.push(chunk.slice(from, end))
        yield parts.join('').replace(/\r$/, '')
        parts = []
        size = 0
        from = end + 1
      }
      if (from < chunk.length) parts.push(chunk.slice(from))
      size += chunk.length - from
      if (size > LONGEST_LINE) {
        yield TOO_LONG
        return
      }
    }
    if (size > 0) yield parts.join('')
  } finally {
    input.destroy()
  }
}

async function* readAtOnce(file: string): AsyncGenerator<RecordedCall | NoCall> {
  const { size } = await stat(file)
  if (size > MOST_AT_ONCE) {
    throw new BadRecording(
      'was not written by coatcheck, and such a HAR may have 64 MiB at most: take a part of it',
    )
  }
  const har = json(await readFile(file, 'utf8'))
  const log = isJsonObject(har) && isJsonObject(har.log) ? har.log : undefined
  if (!log || !Array.isArray(log.entries)) {
    throw new BadRecording(
      har === undefined
        ? 'is no JSON, and so no HAR'
        : 'is JSON, but no HAR: it has no log.entries',
    )
  }
  for (const [nth, entry] of log.entries.entries()) {
    const call = callOf(entry, nth)
    if (!call) throw new BadRecording(`has no whole entry in log.entries[${nth}]`)
    yield call
  }
}

/** Undefined for what is no entry. */
function callOf(entry: unknown, nth: number): RecordedCall | NoCall | undefined {
  const call = recordedCall(entry, nth)
  const unplayed = whyUnplayed(entry, call)
  return unplayed === undefined ? call : { cut: false, unplayed }
}

function json(text: string): unknown {
  try {
    return parseJson(text.replace(/^\ufeff/, ''))
  } catch {
    return undefined
  }
}
