// JSON that a stranger wrote, parsed without harm: some releases of Node 26 end with a fault in JSON.parse where a text of
// 8192 levels and more breaks off. Pure.

/** Levels of lists and objects within each other; nobody means more. */
const MOST_LEVELS = 1000
/** Fewer characters cannot open so many levels that harm is done. */
const HARMLESS = 8000

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Throws a SyntaxError for what is no JSON, or nested too deeply. */
export function parseJson(text: string, reviver?: Parameters<typeof JSON.parse>[1]): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`nested deeper than ${MOST_LEVELS} levels`)
  return JSON.parse(text, reviver)
}

/** Looks at long texts alone: short ones never are. */
export function isTooDeep(text: string): boolean {
  if (text.length < HARMLESS) return false
  let levels = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === OPEN_LIST || code === OPEN_OBJECT) levels++
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) levels--
    if (levels > MOST_LEVELS) return true
  }
  return false
}

/** Of the quote that closes the string whose first quote is at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let first = at
    while (text.charCodeAt(first - 1) === BACKSLASH) first--
    if ((at - first) % 2 === 0) return at
  }
  return text.length
}
