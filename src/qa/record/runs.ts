// Finds what could be a token in a text: long runs of the characters that tokens are made of. Pure, and fast.
import { tableOf, type UnitsOf } from './units.ts'

/** What a token is made of, percent-encoded or not (RFC 6750, 2.1); shorter runs hold none. */
export const RUN_LENGTH = 16

const IN_RUN = tableOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.~+/=%')

/** `text` with every such run replaced by what `replace` makes of it; it is told where the run begins, too. */
export function replaceRuns(
  text: string,
  unitsOf: UnitsOf,
  replace: (run: string, start: number) => string,
): string {
  if (text.length < RUN_LENGTH) return text
  const units = unitsOf(text)
  let out = ''
  let from = 0
  let start = 0
  const { length } = text
  while (start + RUN_LENGTH <= length) {
    // From the back: where it breaks, no run that begins before can be long enough.
    let at = start + RUN_LENGTH - 1
    while (at >= start && IN_RUN[units[at] as number] === 1) at--
    if (at >= start) {
      start = at + 1
      continue
    }
    let end = start + RUN_LENGTH
    while (end < length && IN_RUN[units[end] as number] === 1) end++
    const run = text.slice(start, end)
    const replaced = replace(run, start)
    if (replaced !== run) {
      out += text.slice(from, start) + replaced
      from = end
    }
    start = end + 1
  }
  return from === 0 ? text : out + text.slice(from)
}
