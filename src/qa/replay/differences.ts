// What is not as it was recorded, each in a few words that hold no secret. Pure.
import { headerOf } from '../../lib/flat-headers.ts'
import { isJsonObject, readJson } from '../../tokens/json.ts'
import { valueAt } from '../../tokens/pointer.ts'
import type { TextRedactor } from '../record/redact-text.ts'
import { type Answer, problemOf } from './owner.ts'
import { shownAt } from './shown.ts'

export interface Compared {
  readonly recorded: Answer
  readonly live: Answer
  /** One of the two is not there whole. */
  readonly cut: boolean
}

/** `compare`: JSON Pointers whose values must be the same. */
export function differencesOf(
  { recorded, live, cut }: Compared,
  compare: readonly string[],
  texts: TextRedactor,
): string[] {
  const found: string[] = []
  if (live.status !== recorded.status)
    found.push(`status ${recorded.status || 'none'} → ${live.status || 'none'}`)
  const [wrote, writes] = [mediaTypeOf(recorded), mediaTypeOf(live)]
  // What is no service of the recorded kind answers everything with 200, and with a page.
  if (wrote !== undefined && writes !== undefined && wrote !== writes)
    found.push(`content type ${wrote} → ${writes}`)
  const [was, is] = [problemOf(recorded), problemOf(live)]
  if (was !== is) found.push(`problem ${was ?? 'none'} → ${is ?? 'none'}`)
  if (compare.length === 0 || live.status !== recorded.status || cut) return found
  const [left, right] = [readJson(recorded.body ?? ''), readJson(live.body ?? '')]
  if (!isJsonObject(left) && !Array.isArray(left)) return found
  for (const pointer of compare) {
    const [was, is] = [valueAt(left, pointer), valueAt(right, pointer)]
    // What was left out of the recording is not there to be compared.
    if (/\{\{[^{}]+\}\}/.test(JSON.stringify(was) ?? '') && is !== undefined) continue
    if (JSON.stringify(was) === JSON.stringify(is)) continue
    found.push(`${pointer} ${shownAt(pointer, was, texts)} → ${shownAt(pointer, is, texts)}`)
  }
  return found
}

/** Of a content type without its parameters; undefined where there is no body to have one. */
function mediaTypeOf({ headers }: Answer): string | undefined {
  return headerOf(headers, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase()
}
