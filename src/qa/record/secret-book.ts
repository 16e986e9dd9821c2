// The secrets that a recording has met, and what stands in their place: `{{alice.token}}`. Pure.
import type { OpenSession } from '../../session/session.ts'
import { createKnownWords } from './known-words.ts'
import { RUN_LENGTH } from './runs.ts'
import { isSecretName } from './secret-names.ts'
import { base64Spellings, plainSpellings } from './spellings.ts'

export interface SecretBook {
  /** Everything of this session that opens something; `persona` names it. */
  remember(session: OpenSession, persona: string): void
  /**
   * `label`: such as `{{alice.token}}`. A value of 16 characters or more is found wherever it stands. A shorter one only
   * where its label says that it is a secret: as a whole word, or, where anybody might write it, as a whole value;
   * `anywhere` inside of words too. Fewer than 4 characters are not remembered.
   */
  add(value: string, label: string, anywhere?: boolean): void
  /** A run of a token's characters with every known secret replaced, wherever it stands in it. */
  replaceIn(run: string): string
  /** The same in any text for secrets of other characters, and for short ones. */
  replaceOdd(text: string): string
}

/** The oldest are forgotten: what looks like a token is no more readable for it. */
const MOST = 100_000
/** Of those that end alike, which tokens do not. */
const MOST_ALIKE = 64

/** Words of so many characters are looked for fast; of fewer than `LEAST`, not at all. */
const MANY = 6
const LEAST = 4

type Known = readonly [value: string, label: string]

export function createSecretBook(): SecretBook {
  // By how they end: all tokens of one issuer begin alike.
  const known = new Map<string, readonly Known[]>()
  const words = createKnownWords(MANY)
  const fewLetters = createKnownWords(LEAST)
  const met = new WeakSet<object>()

  function add(value: string, label: string, anywhere = false): void {
    if (value.length < RUN_LENGTH) {
      addShort(value, label, anywhere)
      return
    }
    // Tokens and cookies are sent as they are; a password may be sent as Basic (RFC 7617).
    const typed = !/token|cookie/.test(label)
    const spellings = typed
      ? [...plainSpellings(value), ...base64Spellings(value)]
      : new Set([value, encodeURIComponent(value.toWellFormed())])
    for (const spelling of spellings) {
      if (!/^[A-Za-z0-9_\-.~+/=%]+$/.test(spelling) || spelling.length < RUN_LENGTH) {
        words.add(spelling, label, 'anywhere')
        continue
      }
      const end = spelling.slice(-RUN_LENGTH)
      const others = (known.get(end) ?? []).filter(([other]) => other !== spelling)
      put(known, end, [...others, [spelling, label] as const].slice(-MOST_ALIKE))
    }
  }

  function addShort(value: string, label: string, anywhere: boolean): void {
    const name = /\.([^.{}]*)\}\}$/.exec(label)?.[1] ?? ''
    if (!anywhere && !isSecretName(name)) return
    // Many a cookie is a setting: `dark`, `true`.
    const plain = value.length < MANY || /^\p{Ll}+$/u.test(value)
    if (plain && /cookie/.test(label)) return
    const as = anywhere && value.length >= 8 ? 'anywhere' : plain ? 'value' : 'word'
    for (const spelling of plainSpellings(value)) {
      const those = spelling.length < MANY ? fewLetters : words
      those.add(spelling, label, as)
    }
    for (const piece of base64Spellings(value)) words.add(piece, label, 'run')
  }

  function replaceRun(run: string): string {
    let out = ''
    // What is behind it is in `out` already. From the back, since one secret may be the beginning of another.
    let rest = run.length
    for (let at = rest - RUN_LENGTH; at >= 0; at--) {
      const end = at + RUN_LENGTH
      const alike = known.get(run.slice(at, end))
      const hit = alike && longest(alike.filter(([value]) => run.endsWith(value, end)))
      if (!hit) continue
      out = hit[1] + run.slice(end, rest) + out
      rest = end - hit[0].length
      at = rest - RUN_LENGTH + 1
    }
    return rest === run.length ? run : run.slice(0, rest) + out
  }

  return {
    add,
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
    replaceIn: replaceRun,
    replaceOdd: (text) => fewLetters.replaceIn(words.replaceIn(text)),
  }
}

/** One secret may be the end of another. */
function longest(all: readonly Known[]): Known | undefined {
  return all.reduce<Known | undefined>(
    (most, one) => (most && most[0].length >= one[0].length ? most : one),
    undefined,
  )
}

function put<V>(map: Map<string, V>, key: string, value: V): void {
  map.set(key, value)
  if (map.size <= MOST) return
  const oldest = map.keys().next()
  if (!oldest.done) map.delete(oldest.value)
}
