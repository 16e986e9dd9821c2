// What of a text may be written down: known secrets get their label, what looks like one or stands under a secret's
// name is hidden. Pure, and in a time that grows as the text does.
import { isJsonObject, readJson } from '../../tokens/json.ts'
import { hideColumns } from './columns.ts'
import { completed } from './cut-json.ts'
import {
  decoded,
  encodedButLabels,
  withEntities,
  withoutEntities,
  withoutUserInfo,
} from './encoded.ts'
import { membersIn, membersOf } from './json-members.ts'
import { hideNamed, isNamingName, isValueName } from './named-values.ts'
import { replaceRuns } from './runs.ts'
import type { SecretBook } from './secret-book.ts'
import { isSecretName, normalName } from './secret-names.ts'
import { createUnits } from './units.ts'

export interface TextRedactor {
  /** Without any form of its own: known secrets, and what looks like one. */
  text(text: string): string
  /** The same, and what stands in it under a secret's name; in whatever form, in whatever it stands in. */
  inside(text: string, persona: string): string
  /** A body of this media type; undefined where bodies of its kind are not kept. `cut`: its end is missing. */
  body(text: string, type: string, persona: string, cut: boolean): string | undefined
  /** A path with or without an origin, and its query. */
  url(url: string, persona: string): string
  /** Whether what stands under this name is a secret. */
  isSecretName(name: string): boolean
}

export interface TextRedactorOptions {
  /** What stands in the place of a secret that its name gave away; `{{persona.name}}` unless said. */
  readonly hide?: (persona: string, name: string, value: string) => string
  /** Long random words stay, but for JWTs. */
  readonly keepRandom?: boolean
}

/** A JWT (RFC 7519) or JWE, or a long run of letters and digits that nobody would type: not a UUID, not plain hex. */
const LOOKS_LIKE_ONE = /eyJ[\w-]{5,}\.[\w-]*(?:\.[\w-]*){1,3}|[A-Za-z0-9_-]{32,}/g
/** Where a name can end, or begin to be hidden. */
const WORTH_A_LOOK = /[=:<%]|\/\//

const QUOTE = 34
/** Names whose judgement is remembered. */
const MOST_NAMES = 4096
/** So often something may stand in something else. */
const DEPTH = 8
const JSON_DEPTH = 64
const HIDDEN = '{{hidden}}'

export function createTextRedactor(
  book: SecretBook,
  named: readonly string[],
  { hide = labelOf, keepRandom = false }: TextRedactorOptions = {},
): TextRedactor {
  const own = new Set(named.map(normalName))
  const judged = new Map<string, boolean>()
  const unitsOf = createUnits()
  const inRun = (run: string) =>
    book.replaceIn(run).replace(LOOKS_LIKE_ONE, keepRandom ? hideJwt : hideRandom)
  const text = (plain: string, escaped = true) => {
    const odd = book.replaceOdd(plain, escaped)
    return replaceRuns(odd, unitsOf, (run, start) => {
      const shown = inRun(run)
      return shown === run && isSent(odd, start, run) ? HIDDEN : shown
    })
  }

  function isSecret(name: string): boolean {
    const known = judged.get(name)
    if (known !== undefined) return known
    const judgement = isSecretName(name) || (own.size > 0 && own.has(normalName(name)))
    if (judged.size >= MOST_NAMES) judged.clear()
    if (name.length <= 128) judged.set(name, judgement)
    return judgement
  }

  function json(plain: string, persona: string, cut: boolean): string {
    if (!needsLook(plain)) return text(plain)
    const value = readJson(cut ? completed(plain) : plain)
    if (value === undefined) return text(look(plain, persona, 0))
    const walked = walk(value, persona, 0)
    // Its strings were looked through as what they are; its numbers were not.
    return isWritten(walked, value, plain) ? text(plain, false) : JSON.stringify(walked)
  }

  /** Nothing of it was hidden, and it was all read: of two members of one name the first was not. */
  function isWritten(walked: unknown, value: unknown, plain: string): boolean {
    return walked === value && membersOf(plain) === membersIn(value)
  }

  /**
   * False where this JSON has nothing to hide but what `text` finds. Every name of JSON without escapes stands between
   * a quote and a quote with a colon after it; any other colon is part of a text.
   */
  function needsLook(plain: string): boolean {
    if (plain.includes('\\') || plain.includes('=')) return true
    if (plain.includes('<') || plain.includes('%')) return true
    const addresses = plain.includes('@') && plain.includes('//')
    if (addresses) return true
    for (let open = plain.indexOf('['); open !== -1; open = plain.indexOf('[', open + 1)) {
      const first = stringAt(plain, open + 1)
      if (first !== '' && isSecret(first)) return true
    }
    for (let colon = plain.indexOf(':'); colon !== -1; colon = plain.indexOf(':', colon + 1)) {
      let end = colon - 1
      while (end >= 0 && plain.charCodeAt(end) <= 32) end--
      if (plain.charCodeAt(end) !== QUOTE) {
        // The time of day, or of an address: any other colon is looked at.
        const before = plain.charCodeAt(end)
        const isDigit = before >= 48 && before <= 57
        if (!isDigit && !plain.startsWith('//', colon + 1)) return true
        continue
      }
      const name = plain.slice(Math.max(plain.lastIndexOf('"', end - 1) + 1, end - 256), end)
      if (isSecret(name)) return true
      if (isNamingName(name) && isSecret(stringAt(plain, colon + 1))) return true
    }
    return false
  }

  /** Whatever it is. */
  function look(plain: string, persona: string, depth: number): string {
    if (!WORTH_A_LOOK.test(plain)) return plain
    if (depth > DEPTH) return HIDDEN
    if (/^\s{0,64}[[{"]/.test(plain)) {
      const value = readJson(plain)
      if (value !== undefined) {
        const walked = walk(value, persona, depth + 1)
        return isWritten(walked, value, plain) ? plain : JSON.stringify(walked)
      }
    }
    const values = {
      isSecretName: isSecret,
      hide: (name: string, value: string) => hide(persona, name, value),
    }
    const hidden = entities(hideNamed(plain, values), persona, depth)
    return withoutUserInfo(percent(hidden, persona, depth))
  }

  /** What is escaped between tags and quotes is looked at as what it is. */
  function entities(plain: string, persona: string, depth: number): string {
    if (!/&(?:lt|quot|apos|#(?:34|39|60|x22|x27|x3c));/i.test(plain)) return plain
    return plain.replace(/[^<>"']+/g, (piece) => {
      const inner = withoutEntities(piece)
      if (inner === piece) return piece
      const looked = look(inner, persona, depth + 1)
      return looked === inner ? piece : withEntities(looked)
    })
  }

  /** Words that are encoded as in an address are looked at as what they are. */
  function percent(plain: string, persona: string, depth: number): string {
    if (!/%(?:25)*(?:3[ad]|2[2f]|3c|7b)/i.test(plain)) return plain
    return plain.replace(/[^\s"'<>=&?#;]+/g, (word) => {
      if (!word.includes('%')) return word
      const inner = decoded(word)
      if (inner === word) return word
      const looked = look(inner, persona, depth + 1)
      return looked === inner ? word : encodedButLabels(looked)
    })
  }

  /** The same value where there is nothing to hide. */
  function walk(value: unknown, persona: string, depth: number): unknown {
    if (depth > JSON_DEPTH) return HIDDEN
    if (typeof value === 'string') return text(look(value, persona, Math.min(depth, DEPTH)))
    if (Array.isArray(value)) {
      const [name, secret] = value
      if (value.length === 2 && typeof name === 'string' && typeof secret === 'string') {
        if (isSecret(name)) return [text(name), hide(persona, name, secret)]
      }
      const items = value.map((item) => walk(item, persona, depth + 1))
      return items.some((item, at) => item !== value[at]) ? items : value
    }
    if (!isJsonObject(value)) return value
    let changed = false
    const all = Object.entries(value)
    const meant = all.find(
      ([name, item]) => typeof item === 'string' && isNamingName(name) && isSecret(item),
    )?.[1] as string | undefined
    const members = all.map(([name, item]): [string, unknown] => {
      const plain = text(look(name, persona, Math.min(depth, DEPTH)))
      const isName = item === meant && isNamingName(name)
      const secret = isSecret(name) && !isName ? name : undefined
      const beside = meant !== undefined && isValueName(name) ? meant : undefined
      const under = secret ?? beside
      const shown =
        under !== undefined && item !== null
          ? hide(persona, under, typeof item === 'string' ? item : '')
          : walk(item, persona, depth + 1)
      if (plain !== name || shown !== item) changed = true
      return [plain, shown]
    })
    return changed ? Object.fromEntries(members) : value
  }

  const inside = (plain: string, persona: string) => text(look(plain, persona, 0))

  /** `name=value` pairs, each still encoded (WHATWG URL, 5). */
  const form = (plain: string, persona: string) => {
    let meant: string | undefined
    const shownOf = (name: string, value: string) => {
      const last = /([^[\].]*)\]?$/.exec(decoded(name))?.[1] ?? ''
      const beside = isValueName(last) ? meant : undefined
      if (isNamingName(last)) {
        const named = decoded(value)
        meant = isSecret(named) ? named : undefined
        if (meant !== undefined) return part(value, persona)
      }
      const under = isSecret(name) ? decoded(name) : beside
      return under === undefined ? part(value, persona) : hide(persona, under, decoded(value))
    }
    return plain
      .split('&')
      .map((pair) => {
        const at = pair.indexOf('=')
        if (at < 0) return part(pair, persona)
        const name = pair.slice(0, at)
        return `${part(name, persona)}=${shownOf(name, pair.slice(at + 1))}`
      })
      .join('&')
  }

  /** A part that has nothing to hide keeps its spelling. */
  function part(encoded: string, persona: string): string {
    const plain = decoded(encoded.replaceAll('+', ' '))
    const looked = inside(plain, persona)
    return looked === plain ? text(encoded) : encodedButLabels(looked)
  }

  return {
    text: (plain) => text(plain),
    inside,
    isSecretName: isSecret,
    body(plain, type, persona, cut) {
      const whole = cut ? withoutTail(plain) : plain
      if (/^(application\/([\w.+-]+\+)?|text\/)json\b/i.test(type)) return json(whole, persona, cut)
      if (/^application\/x-www-form-urlencoded\b/i.test(type)) return form(whole, persona)
      if (/^text\/(?:csv|tab-separated-values)\b/i.test(type)) {
        const columns = hideColumns(whole, isSecret, (name, value) => hide(persona, name, value))
        return inside(columns, persona)
      }
      if (/^text\/|^application\/([\w.+-]+\+)?(xml|javascript|yaml|graphql)\b/i.test(type))
        return inside(whole, persona)
      return undefined
    },
    url(url, persona) {
      const [rest = '', ...fragment] = url.split('#')
      const at = rest.indexOf('?')
      const path = inside(at < 0 ? rest : rest.slice(0, at), persona)
      const query = at < 0 ? '' : `?${form(rest.slice(at + 1), persona)}`
      return path + query + (fragment.length > 0 ? `#${form(fragment.join('#'), persona)}` : '')
    },
  }
}

/** `{{alice.api_key}}`. */
export function labelOf(persona: string, name: string): string {
  const word = name
    .slice(-64)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
  return `{{${persona}.${word || 'secret'}}}`
}

function hideRandom(run: string): string {
  if (run.startsWith('eyJ')) return HIDDEN
  const dense = /[A-Za-z0-9]{20,}/.exec(run)?.[0]
  if (dense === undefined || !/\d/.test(dense) || !/[A-Za-z]/.test(dense)) return run
  return run.length === 32 && /^[0-9a-f]+$/i.test(run) ? run : HIDDEN
}

function hideJwt(run: string): string {
  return run.startsWith('eyJ') && run.includes('.') ? HIDDEN : run
}

/** The word of a scheme stands before it (RFC 9110, 11.4), and it is no word of a sentence. */
function isSent(plain: string, start: number, run: string): boolean {
  if (plain[start - 1] !== ' ') return false
  const scheme = /(?:^|[^a-z])(bearer|basic) $/i.exec(plain.slice(Math.max(0, start - 8), start))
  if (!scheme) return false
  if (scheme[1]?.length === 6) return /\d|[a-z][A-Z]/.test(run)
  const pair = Buffer.from(run, 'base64').toString()
  return pair.includes(':') && !/[\p{C}\ufffd]/u.test(pair)
}

/** A part of a secret is a secret too, and where a text was cut nobody knows what the last word was. */
function withoutTail(cut: string): string {
  let end = cut.length
  while (end > 0 && /[A-Za-z0-9_\-.~+/=%]/.test(cut[end - 1] ?? ' ')) end--
  return cut.slice(0, end)
}

/** The string of a JSON text that begins there, where it is short and no escape is in it. */
function stringAt(plain: string, from: number): string {
  let start = from
  while (plain.charCodeAt(start) <= 32) start++
  if (plain.charCodeAt(start) !== QUOTE) return ''
  const end = plain.indexOf('"', start + 1)
  return end === -1 || end - start > 128 ? '' : plain.slice(start + 1, end)
}
