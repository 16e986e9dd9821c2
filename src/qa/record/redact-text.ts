// What of a text may be written down: known secrets get their label, what looks like one or stands under a secret's
// name is hidden. Pure.
import { isJsonObject, readJson } from '../../tokens/json.ts'
import { replaceRuns } from './runs.ts'
import type { SecretBook } from './secret-book.ts'

export interface TextRedactor {
  /** Without any form of its own. */
  text(text: string, persona: string): string
  /** A body of this media type; undefined where bodies of its kind are not kept. `cut`: its end is missing. */
  body(text: string, type: string, persona: string, cut: boolean): string | undefined
  /** A path with or without an origin, and its query. */
  url(url: string, persona: string): string
  /** Whether what stands under this name is a secret. */
  isSecretName(name: string): boolean
}

const NAMES =
  'passw|passphrase|passcode|pwd|secret|token|authoriz|api[-_]?key|access[-_]?key|private[-_]?key|credential|cookie|session[-_]?(?:id|key)|jwt|csrf|xsrf|signature|verifier|assertion'
/** Secrets where this is the whole name. */
const WHOLE_NAMES = 'otp|pin|code|auth|sid|sig|key'

/** A JWT (RFC 7519) or JWE, or a long run of letters and digits that nobody would type: not a UUID, not plain hex. */
const LOOKS_LIKE_ONE = /eyJ[\w-]{5,}\.[\w-]*(?:\.[\w-]*){1,3}|[A-Za-z0-9_-]{32,}/g

const QUOTE = 34
/** Names whose judgement is remembered. */
const MOST_NAMES = 4096

export function createTextRedactor(book: SecretBook, named: readonly string[]): TextRedactor {
  const own = named.map((name) => `^${escaped(name)}$`)
  const secretName = new RegExp([NAMES, `^(?:${WHOLE_NAMES})$`, ...own].join('|'), 'i')
  // Whether a text is worth a closer look.
  const suspicious = new RegExp(
    [`"(?:${WHOLE_NAMES})"`, NAMES, ...named.map(escaped), '\\\\'].join('|'),
    'i',
  )
  const loose = new RegExp(
    `([\\w-]*(?:${[NAMES, ...named.map(escaped)].join('|')})[\\w-]*|"(?:${WHOLE_NAMES})")(["']?\\s*[:=>]\\s*)("(?:[^"\\\\]|\\\\.)*"?|'[^']*'?|[^\\s"'<&,;]+)`,
    'gi',
  )
  const judged = new Map<string, boolean>()
  const isSecretName = (name: string) => secretName.test(name)
  const inRun = (run: string) => book.replaceIn(run).replace(LOOKS_LIKE_ONE, hideRandom)
  const text = (plain: string) => replaceRuns(book.replaceOdd(plain), inRun)

  function json(plain: string, persona: string, cut: boolean): string {
    // An escape may hide a name.
    if (!plain.includes('\\') && !hasSecretKey(plain)) return text(plain)
    const value = cut ? undefined : readJson(plain)
    return value === undefined ? broken(plain, persona) : JSON.stringify(walk(value, persona, 0))
  }

  /** Every name of a JSON text without escapes stands between a quote and a quote with a colon after it. */
  function hasSecretKey(plain: string): boolean {
    for (let colon = plain.indexOf(':'); colon !== -1; colon = plain.indexOf(':', colon + 1)) {
      let end = colon - 1
      while (end >= 0 && plain.charCodeAt(end) <= 32) end--
      if (plain.charCodeAt(end) !== QUOTE) continue
      if (isKnownSecretName(plain.slice(plain.lastIndexOf('"', end - 1) + 1, end))) return true
    }
    return false
  }

  function isKnownSecretName(name: string): boolean {
    const known = judged.get(name)
    if (known !== undefined) return known
    const judgement = secretName.test(name)
    if (judged.size >= MOST_NAMES) judged.clear()
    if (name.length <= 128) judged.set(name, judgement)
    return judgement
  }

  /** Whatever cannot be read as what it says it is. */
  function broken(plain: string, persona: string): string {
    const nested = plain.search(
      new RegExp(`(?:${[NAMES, ...named.map(escaped)].join('|')})[\\w-]*"?\\s*:\\s*[[{]`, 'i'),
    )
    const flat = nested === -1 ? plain : plain.slice(0, nested)
    return text(
      flat.replace(loose, (_, name: string, between: string, value: string) => {
        const quote = /^["']/.exec(value)?.[0] ?? ''
        return `${name}${between}${quote}${labelOf(persona, name)}${quote}`
      }),
    )
  }

  function walk(value: unknown, persona: string, depth: number): unknown {
    if (depth > 64) return '{{hidden}}'
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) return value.map((item) => walk(item, persona, depth + 1))
    if (!isJsonObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        text(name),
        isSecretName(name) && item !== null
          ? labelOf(persona, name)
          : walk(item, persona, depth + 1),
      ]),
    )
  }

  /** `name=value` pairs, each still encoded (WHATWG URL, 5). */
  const form = (plain: string, persona: string) =>
    plain
      .split('&')
      .map((pair) => {
        const at = pair.indexOf('=')
        if (at < 0) return text(pair)
        const name = decoded(pair.slice(0, at))
        const value = isSecretName(name)
          ? labelOf(persona, name)
          : textInPart(pair.slice(at + 1), text)
        return `${text(pair.slice(0, at))}=${value}`
      })
      .join('&')

  return {
    text,
    isSecretName,
    body(plain, type, persona, cut) {
      const whole = cut ? withoutTail(plain) : plain
      if (/^application\/([\w.+-]+\+)?json\b/i.test(type)) return json(whole, persona, cut)
      if (/^application\/x-www-form-urlencoded\b/i.test(type)) return form(whole, persona)
      if (/^text\/|^application\/([\w.+-]+\+)?(xml|javascript)\b/i.test(type)) {
        return suspicious.test(whole) ? broken(whole, persona) : text(whole)
      }
      return undefined
    },
    url(url, persona) {
      const [rest = '', ...fragment] = url.split('#')
      const at = rest.indexOf('?')
      const path = text((at < 0 ? rest : rest.slice(0, at)).replace(/\/\/[^/@]*@/, '//'))
      const query = at < 0 ? '' : `?${form(rest.slice(at + 1), persona)}`
      return path + query + (fragment.length > 0 ? `#${form(fragment.join('#'), persona)}` : '')
    },
  }
}

export function labelOf(persona: string, name: string): string {
  const word = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
  return `{{${persona}.${word}}}`
}

function hideRandom(run: string): string {
  if (run.startsWith('eyJ')) return '{{hidden}}'
  const dense = /[A-Za-z0-9]{20,}/.exec(run)?.[0]
  if (dense === undefined || !/\d/.test(dense) || !/[A-Za-z]/.test(dense)) return run
  return run.length === 32 && /^[0-9a-f]+$/i.test(run) ? run : '{{hidden}}'
}

/** A part of a secret is a secret too, and where a text was cut nobody knows what the last word was. */
function withoutTail(cut: string): string {
  return cut.replace(/[A-Za-z0-9_\-.~+/=%]*$/, '')
}

/** A value that is plain once decoded keeps its spelling. */
function textInPart(encoded: string, text: (plain: string) => string): string {
  const plain = decoded(encoded)
  return text(plain) === plain ? text(encoded) : text(plain)
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '))
  } catch {
    return part
  }
}

function escaped(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '\\$&')
}
