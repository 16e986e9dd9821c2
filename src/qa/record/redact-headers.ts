// Headers as a recording has them: names in small letters, values only of those that are known to be harmless. Pure.
import { HEADER_KINDS, type HeaderKind } from './header-kinds.ts'
import { HIDDEN } from './label.ts'
import type { TextRedactor } from './redact-text.ts'
import type { SecretBook } from './secret-book.ts'

const COOKIES: ReadonlyMap<string, string> = new Map([
  ['cookie', 'cookie'],
  ['set-cookie', 'cookie'],
  ['authorization', 'token'],
])

const MARKS: ReadonlySet<string> = new Set(['x-csrf', 'x-requested-with'])
/** A host and a port look like a name and its value. */
const ADDRESSES: ReadonlySet<string> = new Set(['host'])

/** How many values of one header are remembered as they were written. */
const MOST = 256

/**
 * `kept`: more names whose values are harmless, in small letters; `book`: what `texts` knows of. The result is a JSON
 * array of HAR headers.
 */
export function createHeaderRedactor(
  texts: TextRedactor,
  kept: readonly string[],
  book: Pick<SecretBook, 'learned'>,
): (flat: readonly string[], persona: string) => string {
  const kinds = new Map([...HEADER_KINDS, ...kept.map((name) => [name, 'text'] as const)])
  const written = new Map<string, Map<string, string>>()
  /** Names whose values are never told, as they are written. */
  const untold = new Map<string, string>()
  /** By name: most come again and again with the value they had. */
  const last = new Map<string, { readonly value: string; readonly json: string }>()
  /** What was harmless before may be known as a secret. */
  let learned = 0

  function one(name: string, value: string, persona: string): string {
    const untoldAs = untold.get(name)
    if (untoldAs !== undefined) return untoldAs
    const before = last.get(name)
    if (before?.value === value) return before.json
    const known = written.get(name)?.get(value)
    if (known !== undefined) {
      if (before || last.size < MOST) last.set(name, { value, json: known })
      return known
    }
    const lower = name.toLowerCase()
    const kind = kindOf(lower)
    const shown = shownValue(lower, kind, value, persona)
    const json = JSON.stringify({ name: lower, value: shown })
    if (kind === undefined && untold.size < MOST) untold.set(name, json)
    // What was changed may depend on whose it was.
    if (shown === value && value.length < 512) remember(name, value, json)
    return json
  }

  function kindOf(lower: string): HeaderKind | 'secret' | undefined {
    if (COOKIES.has(lower)) return 'secret'
    return texts.isSecretName(lower) && lower !== 'x-csrf' ? undefined : kinds.get(lower)
  }

  function shownValue(
    lower: string,
    kind: ReturnType<typeof kindOf>,
    value: string,
    persona: string,
  ): string {
    if (kind === 'secret') return `{{${persona}.${COOKIES.get(lower)}}}`
    if (kind === 'url') return texts.url(value, persona)
    if (kind === undefined || (kind === 'plain' && value.length > 512)) return HIDDEN
    // Whatever these are used for, `1` and `XMLHttpRequest` are no secret, and a random word may be one.
    if (MARKS.has(lower) && !/^(?:[\w-]{1,8}|[A-Za-z.]{1,32})$/.test(value)) return HIDDEN
    return ADDRESSES.has(lower) ? texts.text(value) : texts.inside(value, persona)
  }

  function remember(name: string, value: string, json: string): void {
    const values = written.get(name) ?? new Map<string, string>()
    if (values.size >= MOST) values.clear()
    if (written.size < MOST) written.set(name, values.set(value, json))
  }

  function forget(): void {
    written.clear()
    last.clear()
    learned = book.learned
  }

  return (flat, persona) => {
    if (learned !== book.learned) forget()
    let out = ''
    for (let at = 0; at + 1 < flat.length; at += 2) {
      const json = one(flat[at] as string, flat[at + 1] as string, persona)
      out = out === '' ? json : `${out},${json}`
    }
    return `[${out}]`
  }
}
