// Reads a recording in constant memory, entry by entry, as far as it is whole.
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { isJsonObject } from '../../tokens/json.ts'
import { type RecordedCall, recordedCall } from './recorded-call.ts'

/** What is wrong with a file, in one sentence without its name. */
export class BadRecording extends Error {}

/** A HAR that another program wrote is read at once. */
const MOST_AT_ONCE = 64 * 1024 * 1024

/** Yields `{ cut: true }` last where the file breaks off. Throws BadRecording. */
export async function* readRecording(
  file: string,
): AsyncGenerator<RecordedCall | { readonly cut: true }> {
  const input = createReadStream(file, { encoding: 'utf8', highWaterMark: 256 * 1024 })
  try {
    const lines = createInterface({ input, crlfDelay: Infinity })
    let nth = -1
    let odd: number | undefined
    let ended = false
    for await (const line of lines) {
      if (nth++ === -1) {
        if (!/^\{"log":\{.*"entries":\[$/.test(line)) {
          input.destroy()
          yield* readAtOnce(file)
          return
        }
        continue
      }
      if (odd !== undefined) throw new BadRecording(`has no whole entry in line ${odd + 1}`)
      if (line === ']}}') {
        ended = true
        break
      }
      const call = recordedCall(json(line.replace(/,$/, '')), nth)
      if (call) yield call
      else if (line !== '') odd = nth
    }
    if (nth === -1) throw new BadRecording('is empty')
    if (!ended) yield { cut: true }
  } finally {
    input.destroy()
  }
}

async function* readAtOnce(file: string): AsyncGenerator<RecordedCall> {
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
    const call = recordedCall(entry, nth)
    if (!call) throw new BadRecording(`has no whole entry in log.entries[${nth}]`)
    yield call
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    return undefined
  }
}
