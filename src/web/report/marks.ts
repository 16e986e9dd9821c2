// A kept text, cut where foreign markers begin and end; JSON set out in lines, its markers moving along. Pure.
import type { Mark, RunCall } from '../../qa/run.ts'

export interface Piece {
  readonly text: string
  /** Whose marker this is; absent in between. */
  readonly owner?: string
}

type Span = Pick<Mark, 'at' | 'length' | 'owner'>

/** Marks that reach out of the text are cut, those that overlap are one. */
export function pieces(text: string, marks: readonly Span[]): readonly Piece[] {
  const found: Piece[] = []
  let done = 0
  for (const { at, length, owner } of marks.toSorted(
    (a, b) => a.at - b.at || b.length - a.length,
  )) {
    const from = Math.max(done, Math.floor(at))
    const to = Math.min(text.length, Math.floor(at + length))
    if (!(from < to)) continue
    if (from > done) found.push({ text: text.slice(done, from) })
    found.push({ text: text.slice(from, to), owner })
    done = to
  }
  if (done < text.length) found.push({ text: text.slice(done) })
  return found
}

/** As `pieces`; JSON in one line is set out in many. */
export function bodyPieces(body: string, marks: readonly Span[]): readonly Piece[] {
  const looksJson = /^\s*[[{]/.test(body) && !body.trim().includes('\n')
  return looksJson ? pieces(...setOut(body, marks)) : pieces(body, marks)
}

/** What the marks light in one text, to be lit in another. */
export function sameMarkers(text: string, from: string, marks: readonly Span[]): readonly Span[] {
  const words = new Map<string, string>()
  for (const { at, length, owner } of marks) {
    const word = from.slice(at, at + length)
    if (word.trim().length > 1) words.set(word, owner)
  }
  return [...words].flatMap(([word, owner]) => {
    const found: Span[] = []
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
      found.push({ at, length: word.length, owner })
    }
    return found
  })
}

export function marksIn({ marks = [] }: RunCall, place: Mark['in']): readonly Mark[] {
  return marks.filter((mark) => mark.in === place)
}

/**
 * What is lit in the value at `at` of these headers. A mark that does not tell which header it means lights each in
 * which its owner's name stands there.
 */
export function headerMarks(
  call: RunCall,
  headers: readonly string[],
  at: number,
): readonly Mark[] {
  const isCookie = /^set-cookie( |$)/i.test(headers[at - 1] ?? '')
  return marksIn(call, isCookie ? 'set-cookie' : 'header').filter((mark) => {
    if (mark.header !== undefined) return mark.header === at
    const said = headers[at]?.slice(mark.at, mark.at + mark.length).toLowerCase() ?? ''
    return isCookie || said.includes(mark.owner.toLowerCase())
  })
}

/** Works on JSON that was cut, too: it only looks at what is a string and what is not. */
function setOut(json: string, marks: readonly Span[]): readonly [string, readonly Span[]] {
  const placeOf: number[] = []
  let [out, depth, isString] = ['', 0, false]
  const line = (): string => `\n${'  '.repeat(Math.min(Math.max(depth, 0), 20))}`
  for (let n = 0; n < json.length; n++) {
    const one = json.charAt(n)
    if (!isString && (one === '}' || one === ']')) {
      depth--
      if (!/[[{]$/.test(out)) out += line()
    }
    placeOf[n] = out.length
    if (isString || !/\s/.test(one)) out += one
    if (isString && one === '\\') {
      placeOf[++n] = out.length
      out += json.charAt(n)
    } else if (one === '"') isString = !isString
    else if (!isString && (one === '{' || one === '[')) {
      depth++
      if (!/^\s*[}\]]/.test(json.slice(n + 1, n + 50))) out += line()
    } else if (!isString && one === ',') out += line()
    else if (!isString && one === ':') out += ' '
  }
  const placed = marks.map(({ at, length, owner }) => {
    const from = placeOf[at] ?? out.length
    const last = placeOf[at + length - 1]
    return { at: from, length: (last === undefined ? out.length : last + 1) - from, owner }
  })
  return [out, placed]
}
