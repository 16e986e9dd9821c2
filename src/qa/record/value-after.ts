// The value that stands after a separator: where it starts and where it ends, without its quotes. Pure.
import { isBlank, isSpace } from './blanks.ts'
import { NAME } from './name-before.ts'
import { endOfBrackets, endOfQuoted, stopOf } from './value-ends.ts'
import { endOfBlock, isBlockHead } from './yaml-block.ts'

/** How a page shows a value: it stands within. */
const SHOWN =
  /(?:[ \t\r\n]{0,64}<\/?(?:b|i|em|strong|code|span|p|div|br|t[dt]|dd|dt|kbd|samp|mark|pre|u)\b[^<>]{0,128}>){1,4}[ \t\r\n]{0,64}/y

/** `quotedName`, `inTag`: how its name stands. */
export function valueAfter(
  text: string,
  separator: number,
  quotedName: boolean,
  inTag: boolean,
): { readonly start: number; readonly end: number } {
  let start = separator + 1
  while (start < separator + 4 && /[=>]/.test(text[start] ?? '')) start++
  if (!quotedName && !inTag && text[separator] === ':') {
    const inner = endAt(text, start, SHOWN)
    if (inner !== undefined) return { start: inner, end: stopOf(text, inner, /[\r\n<]/g) }
  }
  const close = start
  while (start < text.length && isBlank(text.charCodeAt(start))) start++
  const spaced = start > close
  if (!quotedName && text[separator] === ':' && isBlockHead(text, start)) {
    return { start, end: endOfBlock(text, separator, start) }
  }
  if (quotedName || inTag) while (start < text.length && isSpace(text.charCodeAt(start))) start++
  let open = start
  while (text[open] === '\\') open++
  const quote = text[open]
  if (quote === '"' || quote === "'" || quote === '`') {
    const block = quote.repeat(3)
    const blockEnd = text.startsWith(block, open) ? text.indexOf(block, open + 3) : -1
    // Of several lines: GraphQL, Python.
    if (blockEnd !== -1) return { start: open + 3, end: blockEnd }
    return { start: open + 1, end: endOfQuoted(text, open + 1, quote, open - start) }
  }
  if (quote === '{' || quote === '[') return { start, end: endOfBrackets(text, start) }
  let stop = /[\s"'`<>&;,})\]]/g
  if (quotedName) stop = /[,}\]\r\n]/g
  else if (spaced) stop = /[\r\n<"]/g
  else if (text[separator] === '=') stop = /[\s"'`<>&;]/g
  return { start, end: stopOf(text, start, stop) }
}

/** The value where it is short, and a word or in quotes. */
export function shortValueAt(text: string, separator: number): string {
  const near = text.slice(separator + 1, separator + NAME)
  return /^[=>]?[ \t]{0,8}\\{0,7}["'`]?([\w .%[\]-]{1,128})/.exec(near)?.[1] ?? ''
}

/** The part of a multipart body whose head names it (RFC 7578, 4.2). */
export function partAfter(
  text: string,
  nameEnd: number,
): { start: number; end: number } | undefined {
  const head = text.slice(nameEnd, nameEnd + 2048)
  const blank = /^"?[^\n]{0,200}\n(?:[A-Za-z-]{1,40}:[^\n]{0,200}\n){0,10}\r?\n/.exec(head)
  if (!blank) return undefined
  const start = nameEnd + blank[0].length
  const end = text.indexOf('\n--', start)
  return { start, end: end === -1 ? text.length : end }
}

/** Where what `pattern` finds at `start` ends. */
function endAt(text: string, start: number, pattern: RegExp): number | undefined {
  const sticky = new RegExp(pattern)
  sticky.lastIndex = start
  return sticky.test(text) ? sticky.lastIndex : undefined
}
