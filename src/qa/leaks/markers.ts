// Whose text is this? Finds, in one pass, everything in an answer that belongs to one of the users. Pure.

/** Weak: may stand in anybody's answer for good reasons. Strong: nobody else ever has a reason to see it. */
export type MarkerKind = 'name' | 'profile' | 'token' | 'cookie' | 'nonce'

export interface Marker {
  readonly owner: string
  readonly text: string
  readonly kind: MarkerKind
  /** Shown in its place, where it is a secret. */
  readonly label?: string
  /** The target file says whose it is: what answers say does not change that. */
  readonly declared?: true
}

export interface Hit {
  readonly at: number
  readonly length: number
  readonly marker: Marker
  /** A mail address goes on after it. */
  readonly inAddress?: true
}

export interface Markers {
  /** The first owner keeps a strong text; a weak one that two users have is nobody's. Answers whose it is now. */
  add(marker: Marker): string | undefined
  /** Whoever is nobody has seen it, so it says nothing. */
  ignore(text: string): void
  /** Whose this very text is. */
  ownerOf(text: string): string | undefined
  /** All that are secrets, in the order in which they came; whoever's they are now. */
  readonly secrets: readonly Marker[]
  /** By place; none overlap, the longest wins. */
  scan(text: string): Hit[]
}

const WORD = /[A-Za-z0-9_\u0080-\uffff]+/g
const WORD_CHARACTER = /[A-Za-z0-9_\u0080-\uffff]/
/** Shorter, or short and only digits, stands everywhere by chance. */
const LEAST = 3
const LEAST_DIGITS = 6
/** What follows a name that is the beginning of an address. */
const REST_OF_ADDRESS = /^[\w.+-]{0,64}@[\w-]+\.\w/

export function isStrong({ kind }: Marker): boolean {
  return kind === 'token' || kind === 'cookie' || kind === 'nonce'
}

export function createMarkers(): Markers {
  const known = new Map<string, Marker | undefined>()
  const secrets: Marker[] = []
  /** Its longest word → what contains it, and how far from its start. */
  const byWord = new Map<string, Array<{ text: string; offset: number; marker: Marker }>>()

  const index = (text: string, marker: Marker) => {
    const words = [...text.matchAll(WORD)]
    // Not the host of everybody's address: whatever many have in common is looked for again and again.
    const crowd = (word: string) => (byWord.get(word)?.length ?? 0) >> 3
    const anchor = words.toSorted(
      (a, b) => crowd(a[0]) - crowd(b[0]) || b[0].length - a[0].length,
    )[0]
    if (!anchor) return
    const list = byWord.get(anchor[0]) ?? []
    list.push({ text, offset: anchor.index, marker })
    byWord.set(anchor[0], list)
  }

  return {
    secrets,
    add(marker) {
      const { text } = marker
      if (text.length < LEAST || (/^\d+$/.test(text) && text.length < LEAST_DIGITS)) {
        return undefined
      }
      if (known.has(text)) {
        const first = known.get(text)
        const isShared = first && !isStrong(marker) && first.owner !== marker.owner
        if (isShared && (marker.declared || !first.declared)) known.set(text, undefined)
        return known.get(text)?.owner
      }
      known.set(text, marker)
      if (marker.label !== undefined) secrets.push(marker)
      for (const spelling of spellings(text)) index(spelling, marker)
      return marker.owner
    },
    ownerOf: (text) => known.get(text)?.owner,
    ignore: (text) => void known.set(text, undefined),
    scan(text) {
      const hits: Hit[] = []
      if (byWord.size === 0) return hits
      for (const { 0: word, index: at } of text.matchAll(WORD)) {
        for (const { text: spelling, offset, marker } of byWord.get(word) ?? []) {
          const start = at - offset
          if (known.get(marker.text) !== marker || !text.startsWith(spelling, start)) continue
          if (start < 0 || !isWhole(text, start, spelling)) continue
          const end = start + spelling.length
          const inAddress = REST_OF_ADDRESS.test(text.slice(end, end + 100))
          const found = { at: start, length: spelling.length, marker }
          hits.push(inAddress ? { ...found, inAddress } : found)
        }
      }
      return withoutOverlaps(hits)
    },
  }
}

/** As it is, and as it stands in a JSON string or an address. */
function spellings(written: string): Set<string> {
  const text = written.toWellFormed()
  const json = JSON.stringify(text).slice(1, -1)
  const ascii = json.replaceAll(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return new Set([written, json, ascii, encodeURIComponent(text)])
}

function isWhole(text: string, start: number, spelling: string): boolean {
  const inside = (at: number, own: string | undefined) =>
    own !== undefined && WORD_CHARACTER.test(own) && WORD_CHARACTER.test(text[at] ?? ' ')
  return !inside(start - 1, spelling[0]) && !inside(start + spelling.length, spelling.at(-1))
}

function withoutOverlaps(hits: Hit[]): Hit[] {
  if (hits.length < 2) return hits
  const kept: Hit[] = []
  const last = hits.reduce((end, { at, length }) => Math.max(end, at + length), 0)
  const taken = new Uint8Array(last)
  for (const hit of hits.toSorted((a, b) => b.length - a.length || a.at - b.at)) {
    const end = hit.at + hit.length
    // Whatever is taken is at least as long, so it cannot lie between the two ends.
    if (taken[hit.at] === 1 || taken[end - 1] === 1) continue
    taken.fill(1, hit.at, end)
    kept.push(hit)
  }
  return kept.toSorted((a, b) => a.at - b.at)
}
