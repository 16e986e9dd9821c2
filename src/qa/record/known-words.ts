// Finds known words of any kind in a text, however many are known, in one pass that skips what cannot begin one. Pure.

export interface KnownWords {
  /** `anywhere`: inside a word too; `run`: with all of the run of base64 that it stands in. */
  add(word: string, label: string, as: 'anywhere' | 'run' | 'word' | 'value'): void
  replaceIn(text: string): string
}

interface Word {
  readonly word: string
  readonly label: string
  readonly as: 'anywhere' | 'run' | 'word' | 'value'
}

/** Of those that begin alike. */
const MOST_ALIKE = 16
const MOST = 20_000
const LONGEST = 2048

const WORD = /[\p{L}\p{N}_]/u
const BASE64 = /[A-Za-z0-9+/=_-]/
/** What a whole value stands between. */
const EDGE = /["'`=&<>;,\s]|^$/

/** `least`: the length of the shortest word; the longer, the faster. */
export function createKnownWords(least: number): KnownWords {
  const heads = new Map<string, readonly Word[]>()
  // How far the next head is at least, by two characters (Wu and Manber, 1994).
  const shift = new Uint8Array(65_536).fill(least - 1)

  return {
    add(word, label, as) {
      if (word.length < least || word.length > LONGEST) return
      const head = word.slice(0, least)
      const others = (heads.get(head) ?? []).filter((other) => other.word !== word)
      const alike = [...others, { word, label, as }].slice(-MOST_ALIKE)
      // The longest first: one may be the beginning of another.
      heads.set(
        head,
        alike.toSorted((a, b) => b.word.length - a.word.length),
      )
      for (let at = 1; at < least; at++) {
        const block = blockAt(word, at)
        shift[block] = Math.min(shift[block] ?? 0, least - 1 - at)
      }
      if (heads.size <= MOST) return
      const oldest = heads.keys().next()
      if (!oldest.done) heads.delete(oldest.value)
    },
    replaceIn(text) {
      if (heads.size === 0) return text
      let out = ''
      let from = 0
      const { length } = text
      for (let at = least - 1; at < length; ) {
        const skip = shift[blockAt(text, at)] as number
        if (skip > 0) {
          at += skip
          continue
        }
        const start = at - least + 1
        const hit =
          start < from ? undefined : found(text, start, heads.get(text.slice(start, start + least)))
        if (hit === undefined) {
          at++
          continue
        }
        let [first, end] = [start, start + hit.word.length]
        if (hit.as === 'run') {
          while (first > from && BASE64.test(text[first - 1] ?? ' ')) first--
          while (end < text.length && BASE64.test(text[end] ?? ' ')) end++
        }
        out += text.slice(from, first) + hit.label
        from = end
        at = end + least - 1
      }
      return from === 0 ? text : out + text.slice(from)
    },
  }
}

function blockAt(text: string, at: number): number {
  return ((text.charCodeAt(at - 1) << 8) ^ text.charCodeAt(at)) & 0xffff
}

function found(text: string, start: number, alike: readonly Word[] = []): Word | undefined {
  return alike.find((one) => text.startsWith(one.word, start) && stands(one, text, start))
}

function stands({ word, as }: Word, text: string, start: number): boolean {
  const [before, after] = [text[start - 1] ?? '', text[start + word.length] ?? '']
  if (as === 'value') return EDGE.test(before) && EDGE.test(after)
  if (as !== 'word') return true
  const goesOn = (outer: string, own: string) => WORD.test(outer) && WORD.test(own)
  return !goesOn(before, word[0] ?? '') && !goesOn(after, word.at(-1) ?? '')
}
