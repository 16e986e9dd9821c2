// Where a value ends that begins with a quote, a bracket or a tag; what never ends, ends with the text. Pure.

const MOST_ATTRIBUTES = 32

/** `start` is behind the opening quote, which `slashes` backslashes stood before: a string within strings. */
export function endOfQuoted(text: string, start: number, quote: string, slashes: number): number {
  for (let at = text.indexOf(quote, start); at !== -1; at = text.indexOf(quote, at + 1)) {
    let first = at
    while (first > start && text[first - 1] === '\\') first--
    if (closes(at - first, slashes)) return Math.max(start, at - Math.min(at - first, slashes))
  }
  return text.length
}

/** Each string that a string stands in doubles the backslashes and adds one. */
function closes(before: number, opening: number): boolean {
  let [left, levels] = [before, opening]
  while (levels > 0) {
    if (left % 2 === 0) return true
    left = (left - 1) / 2
    levels = Math.floor((levels - 1) / 2)
  }
  return left % 2 === 0
}

/** Behind the bracket that closes the one at `start`. */
export function endOfBrackets(text: string, start: number): number {
  let depth = 0
  const marks = /["'[\]{}]/g
  marks.lastIndex = start
  for (let hit = marks.exec(text); hit; hit = marks.exec(text)) {
    const mark = hit[0]
    if (mark === '[' || mark === '{') depth++
    else if (mark === ']' || mark === '}') {
      if (--depth === 0) return hit.index + 1
    } else if (mark === '"' || /[[{:,\s]/.test(text[hit.index - 1] ?? '')) {
      let first = hit.index
      while (first > start && text[first - 1] === '\\') first--
      marks.lastIndex = endOfQuoted(text, hit.index + 1, mark, hit.index - first)
      // What closes it may have backslashes before it.
      while (text[marks.lastIndex] === '\\') marks.lastIndex++
      marks.lastIndex++
    }
  }
  return text.length
}

export interface Tag {
  readonly name: string
  /** Names, and values without their quotes. */
  readonly attributes: ReadonlyArray<readonly [name: string, value: string]>
  readonly end: number
  /** It has a `>`, and an element begins there. */
  readonly closes: boolean
}

/** Undefined where none begins at `start`. */
export function endOfTag(text: string, start: number): Tag | undefined {
  const head = /<([A-Za-z][\w:.-]{0,127})/y
  head.lastIndex = start
  const name = head.exec(text)?.[1]
  if (name === undefined) return undefined
  const attributes: Array<readonly [string, string]> = []
  const piece = /[<>]|=[ \t\r\n]{0,8}(?:(\\{0,3})(["'])|([^\s"'<>\\]*))/g
  piece.lastIndex = head.lastIndex
  for (let hit = piece.exec(text); hit; hit = piece.exec(text)) {
    if (hit[0] === '<') return { name, attributes, end: hit.index, closes: false }
    if (hit[0] === '>') {
      const closes = text[hit.index - 1] !== '/'
      return { name, attributes, end: hit.index + 1, closes }
    }
    const [, slashes = '', quote, bare = ''] = hit
    const from = piece.lastIndex
    const end = quote ? endOfQuoted(text, from, quote, slashes.length) : from
    const value = quote ? text.slice(from, Math.min(end, from + 128)) : bare.slice(0, 128)
    if (attributes.length < MOST_ATTRIBUTES) {
      attributes.push([attributeBefore(text, hit.index, start), value])
    }
    piece.lastIndex = quote ? Math.min(text.length, end + slashes.length + 1) : from
  }
  return { name, attributes, end: text.length, closes: false }
}

function attributeBefore(text: string, equals: number, tag: number): string {
  const before = text.slice(Math.max(tag, equals - 64), equals).trimEnd()
  let start = before.length
  while (start > 0 && !' \t\r\n"\'/<'.includes(before[start - 1] ?? ' ')) start--
  return before.slice(start)
}

/** Of the content of the element whose tag ends at `start`; others of its name may stand in it. */
export function endOfElement(text: string, start: number, name: string): number {
  let depth = 1
  const mark = /<!--|<!\[CDATA\[|<(\/?)([A-Za-z][\w:.-]{0,127})(?:[^<>"']{0,128}(\/)>)?/g
  mark.lastIndex = start
  for (let hit = mark.exec(text); hit; hit = mark.exec(text)) {
    const [all, closing, own, empty] = hit
    if (own === undefined) {
      const end = text.indexOf(all === '<!--' ? '-->' : ']]>', mark.lastIndex)
      if (end === -1) return text.length
      mark.lastIndex = end
    } else if (own === name && empty === undefined) {
      depth += closing === '/' ? -1 : 1
      if (depth === 0) return hit.index
    }
  }
  return text.length
}

/** Where what `stop` finds begins; it keeps its place (`g`). */
export function stopOf(text: string, start: number, stop: RegExp): number {
  stop.lastIndex = start
  return stop.exec(text)?.index ?? text.length
}
