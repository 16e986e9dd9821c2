// The name that stands before a separator, in quotes or without. Pure.
import { isSpace } from './blanks.ts'
import { tableOf } from './units.ts'

/** How far back a name may begin. */
export const NAME = 160

const OUTSIDE_NAMES = tableOf(' \t\r\n"\'`<>=:&?#;,{}()|!/')

/** Not before `least`. With the word before it where there are but words: `api key: …`. */
export function nameBefore(
  text: string,
  separator: number,
  least: number,
  inTag: boolean,
): { readonly text: string; readonly word: string; readonly quoted: boolean } | undefined {
  const first = Math.max(least, separator - NAME)
  let end = separator
  while (end > first && isSpace(text.charCodeAt(end - 1))) end--
  const quote = text[end - 1]
  if (quote === '"' || quote === "'" || quote === '`') {
    let close = end - 1
    while (close > first && text[close - 1] === '\\') close--
    const open = text.slice(first, close).lastIndexOf(quote)
    if (open !== -1) {
      const word = text.slice(first + open + 1, close)
      return { text: word, word, quoted: true }
    }
    end = close
  }
  let start = wordStart(text, end, first)
  if (start === end) return undefined
  const word = text.slice(start, end)
  if (!inTag && text[start - 1] === ' ' && start - 1 > first)
    start = wordStart(text, start - 1, first)
  return { text: text.slice(start, end).trim(), word, quoted: false }
}

function wordStart(text: string, end: number, first: number): number {
  let start = end
  while (start > first && OUTSIDE_NAMES[text.charCodeAt(start - 1)] !== 1) start--
  return start
}
