// Finds values that stand under a name in a text of any kind: JSON, whole or broken, forms, YAML, XML, HTML, GraphQL,
// mail headers, prose. One pass: what was looked at as a value or a tag is not looked at again. Pure.
import { endOfBrackets, endOfElement, endOfQuoted, endOfTag } from './value-ends.ts'

export interface NamedValues {
  isSecretName(name: string): boolean
  /** What stands in the place of a value. */
  hide(name: string, value: string): string
}

/** Whose value may be the name of what stands beside it. */
const NAMING: ReadonlySet<string> = new Set(
  'name key id field label param parameter header property attribute path type autocomplete k n'.split(
    ' ',
  ),
)
/** What stands beside it. */
const VALUED: ReadonlySet<string> = new Set(
  'value val content data text default v newvalue oldvalue from to'.split(' '),
)

/** How far back a name may begin. */
const NAME = 160
/** How far behind its name a value may stand in such a pair. */
const BESIDE = 256

const SEPARATOR = /[=:<]/g
/** Elements whose content may be the name of what the next one holds: of lists, tables, plist and XML-RPC. */
const NAMING_ELEMENTS: ReadonlySet<string> = new Set('key name string th td dt'.split(' '))
/** That, the end of its element, and what stands before the value; no other row. */
const NAMED_BESIDE =
  /\s{0,64}([^<>]{1,64}?)\s{0,64}<\/[^<>]{1,64}>(?:\s{0,64}<(?!\/tr|\/thead|input|button|select)[^<>]{1,128}>){1,4}\s{0,64}/y
/** How a page shows a value: it stands within. */
const SHOWN =
  /(?:[ \t\r\n]{0,64}<\/?(?:b|i|em|strong|code|span|p|div|br|t[dt]|dd|dt|kbd|samp|mark|pre|u)\b[^<>]{0,128}>){1,4}[ \t\r\n]{0,64}/y
const OUTSIDE_NAMES = tableOf(' \t\r\n"\'`<>=:&?#;,{}()|!/')

export function isNamingName(name: string): boolean {
  return NAMING.has(name.toLowerCase())
}

export function isValueName(name: string): boolean {
  return VALUED.has(name.toLowerCase().replace(/[_-]/g, ''))
}

export function hideNamed(text: string, { isSecretName, hide }: NamedValues): string {
  let out = ''
  /** What is written out already. */
  let from = 0
  let tagEnd = 0
  /** Until here what is a value by its name belongs to a secret's name. */
  let pair = { name: '', until: -1 }
  /** Of an element, behind its tag: what stands within the tag comes first. */
  let content = { name: '', start: 0, end: 0 }
  const separator = new RegExp(SEPARATOR)
  const replace = (start: number, end: number, name: string) => {
    out += text.slice(from, start) + hide(name, text.slice(start, end))
    from = end
    separator.lastIndex = end
  }

  const replaceContent = () => {
    const { name, end } = content
    const start = Math.max(content.start, from)
    content = { name: '', start: 0, end: 0 }
    if (start < end && /\S/.test(text.slice(start, end))) replace(start, end, name)
  }

  for (;;) {
    const hit = separator.exec(text)
    const at = hit?.index ?? text.length
    if (content.end > 0 && at >= content.start) {
      separator.lastIndex = at
      replaceContent()
      continue
    }
    if (!hit) break
    if (hit[0] === '<') {
      if (at < tagEnd) continue
      const tag = endOfTag(text, at)
      if (tag === undefined) continue
      tagEnd = tag.end
      const named = tag.attributes.find(
        ([name, value]) => isNamingName(name) && isSecretName(value),
      )
      if (named) pair = { name: named[1], until: tag.end }
      if (!tag.closes) continue
      const beside =
        content.end === 0 && NAMING_ELEMENTS.has(tag.name.toLowerCase())
          ? namedBeside(text, tag.end)
          : undefined
      if (beside && isSecretName(beside.name)) {
        content = beside
      } else if (isSecretName(tag.name)) {
        content = { name: tag.name, start: tag.end, end: endOfElement(text, tag.end, tag.name) }
      } else if (named) {
        content = { name: named[1], start: tag.end, end: stopOf(text, tag.end, /</g) }
      }
      continue
    }
    if (text.startsWith('//', at + 1) && hit[0] === ':') continue
    const name = nameBefore(text, at, from, at < tagEnd)
    if (name === undefined) continue
    const naming = isNamingName(name.word)
    const told = naming ? shortValueAt(text, at) : ''
    const tells = naming && isSecretName(told)
    const secret = isSecretName(name.text) && !tells ? name.text : undefined
    const beside = at < pair.until && isValueName(name.word) ? pair.name : undefined
    const under = secret ?? beside
    if (under !== undefined) {
      const value = valueAfter(text, at, name.quoted, at < tagEnd)
      replace(value.start, value.end, under)
    } else if (tells) {
      if (at >= tagEnd) pair = { name: told, until: at + told.length + BESIDE }
      const part = partAfter(text, text.indexOf(told, at) + told.length)
      if (part) replace(part.start, part.end, told)
    }
  }
  return from === 0 ? text : out + text.slice(from)
}

/** Not before `least`. With the word before it where there are but words: `api key: …`. */
function nameBefore(
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

/** The value where it is short, and a word or in quotes. */
function shortValueAt(text: string, separator: number): string {
  const near = text.slice(separator + 1, separator + NAME)
  return /^[=>]?[ \t]{0,8}\\{0,7}["'`]?([\w .%[\]-]{1,128})/.exec(near)?.[1] ?? ''
}

/** Of what is hidden: without its quotes. */
function valueAfter(
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

/** Where what `pattern` finds at `start` ends. */
function endAt(text: string, start: number, pattern: RegExp): number | undefined {
  const sticky = new RegExp(pattern)
  sticky.lastIndex = start
  return sticky.test(text) ? sticky.lastIndex : undefined
}

function namedBeside(
  text: string,
  start: number,
): { readonly name: string; readonly start: number; readonly end: number } | undefined {
  const sticky = new RegExp(NAMED_BESIDE)
  sticky.lastIndex = start
  const name = sticky.exec(text)?.[1]
  if (name === undefined) return undefined
  return { name, start: sticky.lastIndex, end: stopOf(text, sticky.lastIndex, /</g) }
}

function stopOf(text: string, start: number, stop: RegExp): number {
  stop.lastIndex = start
  return stop.exec(text)?.index ?? text.length
}

/** YAML: the value stands on the lines below, further in (YAML 1.2.2, 8.1). */
function isBlockHead(text: string, start: number): boolean {
  const head = /[|>]?[-+0-9]{0,3}[ \t]{0,8}(?:#[^\r\n]{0,200})?\r?\n/y
  head.lastIndex = start
  return head.test(text)
}

function endOfBlock(text: string, separator: number, start: number): number {
  const line = text.lastIndexOf('\n', separator) + 1
  const own = separator - line > NAME ? 0 : indentAt(text, line)
  let end = text.indexOf('\n', start)
  while (end !== -1 && end < text.length) {
    const next = end + 1
    const indent = indentAt(text, next)
    const blank = /[\r\n]/.test(text[next + indent] ?? '\n')
    const item = indent === own && text.startsWith('- ', next + indent)
    if (!blank && indent <= own && !item) return end
    end = text.indexOf('\n', next)
  }
  return text.length
}

function indentAt(text: string, line: number): number {
  let at = line
  while (text[at] === ' ' || text[at] === '\t') at++
  return at - line
}

/** The part of a multipart body whose head names it (RFC 7578, 4.2). */
function partAfter(text: string, nameEnd: number): { start: number; end: number } | undefined {
  const head = text.slice(nameEnd, nameEnd + 2048)
  const blank = /^"?[^\n]{0,200}\n(?:[A-Za-z-]{1,40}:[^\n]{0,200}\n){0,10}\r?\n/.exec(head)
  if (!blank) return undefined
  const start = nameEnd + blank[0].length
  const end = text.indexOf('\n--', start)
  return { start, end: end === -1 ? text.length : end }
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

function isSpace(code: number): boolean {
  return isBlank(code) || code === 10 || code === 13
}

function tableOf(characters: string): Readonly<Uint8Array> {
  const table = new Uint8Array(65_536)
  for (const character of characters) table[character.charCodeAt(0)] = 1
  return table
}
