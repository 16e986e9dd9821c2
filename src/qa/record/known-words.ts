// Finds known words of any kind in a text, however many are known, in one pass that skips what cannot begin one. Pure.
import type { UnitsOf } from './units.ts'
import { createWordTree } from './word-tree.ts'

export interface KnownWords {
  readonly size: number
  add(word: KnownWord): void
  /** From front to back; none overlaps another. */
  find(text: string): readonly Hit[]
}

export interface KnownWord {
  readonly word: string
  readonly label: string
  /** `anywhere`: inside a word too; `run`: with all of the run of base64 that it stands in. */
  readonly as: 'anywhere' | 'run' | 'word' | 'value'
  /** In small letters, where it is found in any case. */
  readonly lower?: string | undefined
}

/** A place in a text, and what stands for it. */
export interface Hit {
  readonly start: number
  readonly end: number
  readonly label: string
}

type Units = Readonly<Uint16Array>
type Shift = Readonly<Uint8Array>

const WORD = /[\p{L}\p{N}_]/u
const BASE64 = /[A-Za-z0-9+/=_-]/
/** What a whole value stands between. */
const EDGE = /["'`=&<>;,\s]|^$/
const ANY_CASE = 0x20
const NO_HITS: readonly Hit[] = []
/** Of a hash of how a word begins. */
const HASH_BITS = 16

/** `least`: the length of the shortest word; the longer, the faster. */
export function createKnownWords(least: number, unitsOf: UnitsOf): KnownWords {
  const tree = createWordTree<KnownWord>(ANY_CASE, 1)
  // How far the next head is at least, by two characters (Wu and Manber, 1994).
  let shift = new Uint8Array()
  // Whether any word begins with characters of this hash.
  let heads = new Uint8Array()

  return {
    get size() {
      return tree.size
    },
    add(known) {
      const { word } = known
      if (word.length < least) return
      if (tree.size === 0) {
        shift = new Uint8Array(65_536).fill(least - 1)
        heads = new Uint8Array(2 ** HASH_BITS)
      }
      tree.set(known)
      let hash = 0
      for (let at = 0; at < least; at++) {
        hash = hashOn(hash, word.charCodeAt(at))
        if (at === 0) continue
        const block = blockOf(word.charCodeAt(at - 1), word.charCodeAt(at))
        shift[block] = Math.min(shift[block] ?? 0, least - 1 - at)
      }
      heads[placeOf(hash)] = 1
    },
    find(text) {
      const { length } = text
      if (tree.size === 0 || length < least) return NO_HITS
      const hits: Hit[] = []
      const units = unitsOf(text)
      let from = 0
      for (let at = least - 1; at < length; ) {
        at = beyondUnlike(units, shift, at, least - 1, length)
        if (at >= length) break
        const skip = skipAt(units, shift, at)
        if (skip > 0) {
          at += skip
          continue
        }
        const start = at - least + 1
        at++
        let hash = 0
        for (let nth = start; nth < at; nth++) hash = hashOn(hash, units[nth] as number)
        if (heads[placeOf(hash)] === 0) continue
        const hit = tree.at(text, start).findLast((one) => stands(one, text, start))
        if (hit === undefined) continue
        let [first, end] = [start, start + hit.word.length]
        if (hit.as === 'run') {
          while (first > from && BASE64.test(text[first - 1] ?? ' ')) first--
          while (end < length && BASE64.test(text[end] ?? ' ')) end++
        }
        hits.push({ start: first, end, label: hit.label })
        from = end
        at = end + least - 1
      }
      return hits
    },
  }
}

/** `text` with `hits` replaced, which come as `KnownWords.find` gives them. */
export function replaced(text: string, hits: readonly Hit[]): string {
  if (hits.length === 0) return text
  let out = ''
  let from = 0
  for (const { start, end, label } of hits) {
    out += text.slice(from, start) + label
    from = end
  }
  return out + text.slice(from)
}

/** From `at` on; where nothing is like any word, four looks need not wait for each other. */
function beyondUnlike(units: Units, shift: Shift, at: number, most: number, length: number) {
  let to = at
  while (to + 3 * most < length) {
    const near = skipAt(units, shift, to) + skipAt(units, shift, to + most)
    const far = skipAt(units, shift, to + 2 * most) + skipAt(units, shift, to + 3 * most)
    if (near + far < 4 * most) break
    to += 4 * most
  }
  return to
}

function skipAt(units: Units, shift: Shift, at: number): number {
  return shift[blockOf(units[at - 1] as number, units[at] as number)] as number
}

function blockOf(first: number, second: number): number {
  return (((first << 8) ^ second) & 0xffff) | ((ANY_CASE << 8) | ANY_CASE)
}

function hashOn(hash: number, unit: number): number {
  return Math.imul(hash ^ (unit | ANY_CASE), 0x9e3779b1)
}

function placeOf(hash: number): number {
  return hash >>> (32 - HASH_BITS)
}

function stands(known: KnownWord, text: string, start: number): boolean {
  const { word, lower, as } = known
  const end = start + word.length
  const isIt =
    text.startsWith(word, start) ||
    (lower !== undefined && text.slice(start, end).toLowerCase() === lower)
  if (!isIt) return false
  const [before, after] = [text[start - 1] ?? '', text[end] ?? '']
  if (as === 'value') return EDGE.test(before) && EDGE.test(after)
  if (as !== 'word') return true
  const goesOn = (outer: string, own: string) => WORD.test(outer) && WORD.test(own)
  return !goesOn(before, word[0] ?? '') && !goesOn(after, word.at(-1) ?? '')
}
