// Whose text is this? Finds, in one pass, everything in an answer that belongs to one of the users. Pure.

/** Weak: may stand in anybody's answer for good reasons. Strong: nobody else ever has a reason to see it. */
export type MarkerKind = 'name' | 'profile' | 'token' | 'cookie' | 'nonce'

export interface Marker {
  readonly owner: string
  readonly text: string
  readonly kind: MarkerKind
  /** Shown in its place, where it is a secret. */
  readonly label?: string
}

export interface Hit {
  readonly at: number
  readonly length: number
  readonly marker: Marker
}

export interface Markers {
  /** The first owner keeps a strong text; a weak one that two users have is nobody's. Answers whose it is now. */
  add(marker: Marker): string | undefined
  /** Whoever is nobody has seen it, so it says nothing. */
  ignore(text: string): void
  /** By place; none overlap, the longest wins. */
  scan(text: string): Hit[]
}

const WORD = /[A-Za-z0-9_\u0080-\uffff]+/g
const WORD_CHARACTER = /[A-Za-z0-9_\u0080-\uffff]/
/** Shorter, or short and only digits, stands everywhere by chance. */
const LEAST = 3
const LEAST_DIGITS = 6

export function isStrong({ kind }: Marker): boolean {
  return kind === 'token' || kind === 'cookie' || kind === 'nonce'
}

export function createMarkers(): Markers {
  const known = new Map<string, Marker | undefined>()
  /** Longest word → what contains it, and how far from its start. */
  const byWord = new Map<string, Array<{ text: string; offset: number; marker: Marker }>>()

  const index = (text: string, marker: Marker) => {
    const words = [...text.matchAll(WORD)]
    const anchor = words.toSorted((a, b) => b[0].length - a[0].length)[0]
    if (!anchor) return
    const list = byWord.get(anchor[0]) ?? []
    list.push({ text, offset: anchor.index, marker })
    byWord.set(anchor[0], list)
  }

  return {
    add(marker) {
      const { text } = marker
      if (text.length < LEAST || (/^\d+$/.test(text) && text.length < LEAST_DIGITS)) {
        return undefined
      }
      if (known.has(text)) {
        const first = known.get(text)
        if (first && !isStrong(marker) && first.owner !== marker.owner) known.set(text, undefined)
        return known.get(text)?.owner
      }
      known.set(text, marker)
      for (const spelling of spellings(text)) index(spelling, marker)
      return marker.owner
    },
    ignore: (text) => void known.set(text, undefined),
    scan(text) {
      const hits: Hit[] = []
      if (byWord.size === 0) return hits
      for (const { 0: word, index: at } of text.matchAll(WORD)) {
        for (const { text: spelling, offset, marker } of byWord.get(word) ?? []) {
          const start = at - offset
          if (known.get(marker.text) !== marker || !text.startsWith(spelling, start)) continue
          if (start < 0 || !isWhole(text, start, spelling)) continue
          hits.push({ at: start, length: spelling.length, marker })
        }
      }
      return withoutOverlaps(hits)
    },
  }
}

/** As it is, and as it stands in a JSON string or an address. */
function spellings(text: string): Set<string> {
  const json = JSON.stringify(text).slice(1, -1)
  const ascii = json.replaceAll(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return new Set([text, json, ascii, encodeURIComponent(text)])
}

function isWhole(text: string, start: number, spelling: string): boolean {
  const inside = (at: number, own: string | undefined) =>
    own !== undefined && WORD_CHARACTER.test(own) && WORD_CHARACTER.test(text[at] ?? ' ')
  return !inside(start - 1, spelling[0]) && !inside(start + spelling.length, spelling.at(-1))
}

function withoutOverlaps(hits: Hit[]): Hit[] {
  if (hits.length < 2) return hits
  const kept: Hit[] = []
  for (const hit of hits.toSorted((a, b) => b.length - a.length || a.at - b.at)) {
    const clashes = kept.some((one) => hit.at < one.at + one.length && one.at < hit.at + hit.length)
    if (!clashes) kept.push(hit)
  }
  return kept.toSorted((a, b) => a.at - b.at)
}
