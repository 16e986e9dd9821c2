// A text as it reads where what is escaped in it, as in JSON, an address, HTML or XML, is put back: one level of it, and
// where each character came from. Pure.
import { namedEntity, numberedEntity } from '../../lib/entities.ts'
import type { Hit } from './known-words.ts'

export interface Unescaped {
  readonly text: string
  /** The same place in the text that it came from, with the whole of every escape in it. */
  origin(hit: Hit): Hit
}

/** One escape: where it stands before and after. */
interface Piece {
  readonly at: number
  readonly end: number
  readonly from: number
  readonly until: number
}

/** HTML (character references, the usual five by name), RFC 3986 2.1 (UTF-8 or not), RFC 8259 7 and JavaScript. */
const ESCAPE =
  /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos));?|((?:%[89a-f][\da-f])+)|%([0-7][\da-f])|\\(?:u([\da-f]{4})|x([\da-f]{2})|(["'\\/`bfnrt]))/gi

/** After a backslash. */
const CONTROLS: ReadonlyMap<string, string> = new Map(
  Object.entries({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }),
)

/** Undefined where nothing is escaped. */
export function unescaped(text: string): Unescaped | undefined {
  if (!text.includes('\\') && !text.includes('&') && !text.includes('%')) return undefined
  if (text.search(ESCAPE) === -1) return undefined
  const pieces: Piece[] = []
  let out = ''
  let from = 0
  for (const hit of text.matchAll(ESCAPE)) {
    out += text.slice(from, hit.index)
    const at = out.length
    out += characterOf(hit)
    from = hit.index + hit[0].length
    pieces.push({ at, end: out.length, from: hit.index, until: from })
  }
  if (pieces.length === 0) return undefined

  /** The last piece that begins there or before. */
  function pieceAt(place: number): Piece | undefined {
    let [low, high] = [0, pieces.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pieces[middle]?.at ?? 0) <= place) low = middle + 1
      else high = middle
    }
    return pieces[low - 1]
  }

  return {
    text: out + text.slice(from),
    origin({ start, end, label }) {
      const [first, last] = [pieceAt(start), pieceAt(end - 1)]
      return {
        start: !first ? start : start < first.end ? first.from : first.until + start - first.end,
        end: !last ? end : end <= last.end ? last.until : last.until + end - last.end,
        label,
      }
    },
  }
}

function characterOf([, decimal, hex, named, bytes, byte, u, x, one]: RegExpExecArray): string {
  const digits = byte ?? u ?? x
  if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits, 16))
  if (hex !== undefined) return numberedEntity(Number.parseInt(hex, 16))
  if (decimal !== undefined) return numberedEntity(Number(decimal))
  if (bytes !== undefined) return textOf(Buffer.from(bytes.replaceAll('%', ''), 'hex'))
  if (named !== undefined) return namedEntity(named) ?? named
  const control = (one ?? '').toLowerCase()
  return CONTROLS.get(control) ?? control
}

/** Old forms are in Latin-1. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString()
  return text.includes('\ufffd') ? bytes.toString('latin1') : text
}
