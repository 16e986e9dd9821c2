// The secrets that a recording has met, and what stands in their place: `{{alice.token}}`. Pure.
import type { OpenSession } from '../../session/session.ts'
import { createKnownTokens } from './known-tokens.ts'
import { createKnownWords, type Hit, type KnownWord, replaced } from './known-words.ts'
import { RUN_LENGTH, replaceRuns } from './runs.ts'
import { isSecretName } from './secret-names.ts'
import { anyCase, base64Spellings, hexSpelling, piecesOf, plainSpellings } from './spellings.ts'
import { unescaped } from './unescaped.ts'
import { createUnits } from './units.ts'

export interface SecretBook {
  /** Everything of this session that opens something; `persona` names it. */
  remember(session: OpenSession, persona: string): void
  /**
   * `label`: such as `{{alice.token}}`. A value of 16 characters or more is found wherever it stands. A shorter one only
   * where its label says that it is a secret: as a whole word, or, where anybody might write it, as a whole value;
   * `anywhere` inside of words too. Fewer than 4 characters are not remembered.
   */
  add(value: string, label: string, anywhere?: boolean): void
  /** Grows with every secret that is learned: what was written before may hold it. */
  readonly learned: number
  /** It can learn no more of what people type: from here on a text may hold a secret that it does not know. */
  readonly full: boolean
  /** A run of a token's characters with every known secret replaced, wherever it stands in it. */
  replaceIn(run: string): string
  /**
   * The same in any text for secrets of other characters, and for short ones; escaped in whatever way, unless nothing in
   * it is `escaped`.
   */
  replaceOdd(text: string, escaped?: boolean): string
  /** The same for these alone, wherever they stand; they are not learned. */
  replaceThese(
    text: string,
    secrets: ReadonlyArray<readonly [value: string, label: string]>,
  ): string
}

export interface SecretBookOptions {
  /** Of what people type, in all its spellings. */
  readonly mostWords?: number
  /** So many are remembered at least; what looks like a token is no more readable where it was forgotten. */
  readonly tokens?: number
}

/** Words of so many characters are looked for fast; of fewer than `LEAST`, not at all. */
const MANY = 6
const LEAST = 4
/** Of values that were refused: anybody may send any number. */
const MOST_WRONG = 1000
/** As often as this an escape may be escaped again. */
const LEVELS = 4

export function createSecretBook({
  mostWords = 200_000,
  tokens: many = 100_000,
}: SecretBookOptions = {}): SecretBook {
  const tokens = createKnownTokens(many)
  const unitsOf = createUnits()
  const words = createWords()
  const met = new WeakSet<object>()
  /** Whoever signs in again types the same. */
  const typed = new Set<string>()
  let learned = 0
  let wrong = 0

  function createWords() {
    const long = createKnownWords(MANY, unitsOf)
    const short = createKnownWords(LEAST, unitsOf)
    return {
      get size() {
        return long.size + short.size
      },
      add(word: KnownWord) {
        if (long.size + short.size >= mostWords) return
        if (word.word.length < MANY) short.add(word)
        else long.add(word)
      },
      find(text: string): readonly Hit[] {
        const hits = long.find(text)
        const others = short.find(text)
        if (others.length === 0) return hits
        return hits.length === 0 ? others : inOrder([...hits, ...others])
      },
    }
  }
  type Words = ReturnType<typeof createWords>

  function add(value: string, label: string, anywhere = false): void {
    const name = /\.([^.{}]*)\}\}$/.exec(label)?.[1] ?? ''
    if (name.startsWith('wrong_')) {
      wrong += piecesOf(value).length
      if (wrong > MOST_WRONG) return
    }
    // Tokens and cookies are sent as they are; a password may be sent as Basic (RFC 7617).
    const sentAsIs = !anywhere && /token|cookie/.test(name)
    if (sentAsIs && value.length >= RUN_LENGTH) {
      addToken(value, label)
      return
    }
    if (value.length >= RUN_LENGTH) learn(value, label, 'anywhere')
    else if (anywhere || isSecretName(name)) {
      // Many a cookie is a setting: `dark`, `true`.
      const plain = value.length < MANY || /^\p{Ll}+$/u.test(value)
      if (plain && /cookie/.test(name)) return
      const as = anywhere && value.length >= 8 ? 'anywhere' : plain ? 'value' : 'word'
      learn(value, label, as)
    }
  }

  function learn(value: string, label: string, as: KnownWord['as']): void {
    const key = `${as} ${value}`
    if (!typed.has(key)) learned++
    if (words.size < mostWords) typed.add(key)
    addTyped(words, value, label, as)
  }

  function addToken(value: string, label: string): void {
    for (const spelling of new Set([value, encodeURIComponent(value.toWellFormed())])) {
      // A session that is read anew has the tokens that it had.
      if (replaceIn(spelling) !== label) learned++
      if (/^[A-Za-z0-9_\-.~+/=%]+$/.test(spelling)) tokens.add(spelling, label)
      else words.add({ word: spelling, label, as: 'anywhere' })
    }
  }

  function addTyped(to: Words, whole: string, label: string, as: KnownWord['as']): void {
    for (const value of piecesOf(whole)) addSpellings(to, value, label, as)
  }

  function addSpellings(to: Words, value: string, label: string, as: KnownWord['as']): void {
    for (const word of plainSpellings(value)) to.add({ word, label, as, lower: anyCase(word) })
    const hex = hexSpelling(value)
    if (hex !== undefined) to.add({ word: hex, label, as: 'anywhere', lower: hex })
    const piece = value.length < RUN_LENGTH ? 'run' : 'anywhere'
    for (const word of base64Spellings(value)) to.add({ word, label, as: piece })
  }

  const replaceIn = (run: string) => replaced(run, tokens.find(run))

  /** As it is written, and as it reads. */
  function replaceWords(those: Words, text: string, withTokens: boolean): string {
    if (those.size === 0 && (!withTokens || tokens.size === 0)) return text
    const plain = replaced(text, those.find(text))
    let view = unescaped(plain)
    if (view === undefined) return plain
    const hits: Hit[] = []
    let origin = (hit: Hit) => hit
    for (let level = 0; level < LEVELS && view; level++) {
      const { text: read, origin: inner } = view
      const outer = origin
      origin = (hit) => outer(inner(hit))
      for (const hit of those.find(read)) hits.push(origin(hit))
      if (withTokens) {
        replaceRuns(read, unitsOf, (run, start) => {
          for (const hit of tokens.find(run)) {
            const { label } = hit
            hits.push(origin({ start: start + hit.start, end: start + hit.end, label }))
          }
          return run
        })
      }
      view = unescaped(read)
    }
    return replaced(plain, inOrder(hits))
  }

  return {
    add,
    get learned() {
      return learned
    },
    get full() {
      return words.size >= mostWords
    },
    remember(session, persona) {
      if (met.has(session.content)) return
      met.add(session.content)
      add(session.ticket.text, `{{${persona}.cookie}}`)
      for (const { access, refresh, id } of Object.values(session.content.tokens)) {
        add(access, `{{${persona}.token}}`)
        if (refresh !== undefined) add(refresh, `{{${persona}.refresh_token}}`)
        if (id !== undefined) add(id, `{{${persona}.id_token}}`)
      }
    },
    replaceIn,
    replaceOdd: (text, escaped = true) =>
      escaped ? replaceWords(words, text, true) : replaced(text, words.find(text)),
    replaceThese(text, secrets) {
      if (secrets.length === 0) return text
      const these = createWords()
      for (const [value, label] of secrets) addTyped(these, value, label, 'anywhere')
      return replaceWords(these, text, false)
    },
  }
}

/** From front to back, the first of those that overlap. */
function inOrder(hits: readonly Hit[]): readonly Hit[] {
  if (hits.length < 2) return hits
  const kept: Hit[] = []
  for (const hit of hits.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept.at(-1)
    if (!last || hit.start >= last.end) kept.push(hit)
    else if (hit.end > last.end) kept[kept.length - 1] = { ...last, end: hit.end }
  }
  return kept
}
