// Whose text is this? Finds, in one pass, everything in an answer that belongs to one of the users. Pure.

import { isCommonName, isWholeValue } from './common-names.ts'
import { AT_SIGNS, MAIL, spellings } from './marker-spellings.ts'
import { isIdAt } from './numbers.ts'
import { withoutOverlaps } from './overlaps.ts'
import { type Index, index, isWhole, WORD } from './word-index.ts'

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
  /** Of a number that is an id: the name that it stands under. It is looked for where it can be meant alone. */
  readonly id?: string
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

/** What may be base64, of any alphabet (RFC 4648): cursors, the parts of a JWT. Longer ones are files. */
const BASE64 = /[A-Za-z0-9+/_-]{12,}/g
const MOST_BASE64 = 8192
/** Shorter ones may stand in anything that was unpacked. */
const LEAST_UNPACKED = 8
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
  const byWord: Index = new Map()
  /** In small letters. */
  const mails = new Map<string, Marker>()
  /** The letters on both sides of their `@`: most of other addresses are passed over by these. */
  const besideAt = new Set<string>()

  const scanWords = (text: string): Hit[] => {
    const hits: Hit[] = []
    for (const { 0: word, index: at } of text.matchAll(WORD)) {
      for (const { text: spelling, offset, marker } of byWord.get(word) ?? []) {
        const start = at - offset
        if (known.get(marker.text) !== marker || !text.startsWith(spelling, start)) continue
        if (start < 0 || !isWhole(text, start, spelling)) continue
        if (marker.id !== undefined && !isIdAt(text, start, spelling.length, marker.id)) continue
        const end = start + spelling.length
        const isWord = marker.kind === 'name' && isCommonName(marker.text)
        if (isWord && !isWholeValue(text, start, end)) continue
        const inAddress = REST_OF_ADDRESS.test(text.slice(end, end + 100))
        const found = { at: start, length: spelling.length, marker }
        hits.push(inAddress ? { ...found, inAddress } : found)
      }
    }
    return hits
  }

  /** In whatever letters: as they are they are found as words. */
  const scanMails = (text: string): Hit[] => {
    const hits: Hit[] = []
    for (const sign of mails.size === 0 ? [] : AT_SIGNS) {
      for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at + 1)) {
        const end = at + sign.length
        if (!besideAt.has(`${text[at - 1]}${text[end]}`.toLowerCase())) continue
        const start = wordStart(text, at)
        const [host = ''] = HOST.exec(text.slice(end, end + 255)) ?? []
        const name = text.slice(start, at)
        const marker = mails.get(`${name}@${host}`.toLowerCase())
        if (!marker || known.get(marker.text) !== marker) continue
        const length = name.length + sign.length + host.length
        hits.push({ at: start, length, marker })
      }
    }
    return hits
  }

  /** Each hit is the whole of what was packed. */
  const scanPacked = (whole: string): Hit[] => {
    const hits: Hit[] = []
    for (const { 0: packed, index: at } of whole.matchAll(BASE64)) {
      if (packed.length > MOST_BASE64 || !PACKED_TEXT.test(packed)) continue
      const text = Buffer.from(packed, 'base64').toString()
      // What is no text at all is a token, or a picture.
      if (text.includes('\ufffd')) continue
      const inside = [...scanWords(text), ...scanMails(text)]
      const hit = inside.find(({ marker }) => marker.text.length >= LEAST_UNPACKED)
      if (hit) hits.push({ at, length: packed.length, marker: hit.marker })
    }
    return hits
  }

  return {
    secrets,
    add(marker) {
      const { text, id } = marker
      const isShort = text.length < LEAST || (/^\d+$/.test(text) && text.length < LEAST_DIGITS)
      if (isShort && (id === undefined || text === '')) return undefined
      if (known.has(text)) {
        const first = known.get(text)
        const isShared = first && !isStrong(marker) && first.owner !== marker.owner
        if (isShared && (marker.declared || !first.declared)) known.set(text, undefined)
        return known.get(text)?.owner
      }
      known.set(text, marker)
      if (marker.label !== undefined) secrets.push(marker)
      for (const spelling of spellings(text)) index(byWord, spelling, marker)
      if (MAIL.test(text)) {
        const mail = text.toLowerCase()
        mails.set(mail, marker)
        besideAt.add(
          mail
            .slice(mail.indexOf('@') - 1)
            .replace('@', '')
            .slice(0, 2),
        )
      }
      return marker.owner
    },
    ownerOf: (text) => known.get(text)?.owner,
    ignore: (text) => void known.set(text, undefined),
    scan(text) {
      if (byWord.size === 0) return []
      return withoutOverlaps([...scanWords(text), ...scanMails(text), ...scanPacked(text)])
    },
  }
}

/** A letter's first bit is 0: of each four characters the first tells most of what is no text. */
const PACKED_TEXT = /^(?:[A-Za-f][A-Za-z0-9+/_-]{3}){3}/

const HOST = /^[\w-]+(\.[\w-]+)*/
const MOST_OF_NAME = 64

/** Where the name before an `@` begins. */
function wordStart(text: string, end: number): number {
  let start = end
  while (start > 0 && end - start < MOST_OF_NAME && /[\w.+'-]/.test(text[start - 1] ?? '')) start--
  return start
}
