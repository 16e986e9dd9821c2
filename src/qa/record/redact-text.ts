// What of a text may be written down: known secrets get their label, what looks like one or stands under a secret's
// name is hidden. Pure, and in a time that grows as the text does.
import { readJson } from '../../tokens/json.ts'
import { hideColumns } from './columns.ts'
import { completed } from './cut-json.ts'
import { HIDDEN, labelOf } from './label.ts'
import { hideLikely, isSent } from './likely-secrets.ts'
import { createLookThrough, isWritten } from './look-through.ts'
import { needsLook } from './needs-look.ts'
import { createFormRedactor } from './redact-form.ts'
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

/** Names whose judgement is remembered. */
const MOST_NAMES = 4096

export function createTextRedactor(
  book: SecretBook,
  named: readonly string[],
  { hide = labelOf, keepRandom = false }: TextRedactorOptions = {},
): TextRedactor {
  const own = new Set(named.map(normalName))
  const judged = new Map<string, boolean>()
  const unitsOf = createUnits()
  const inRun = (run: string) => hideLikely(book.replaceIn(run), keepRandom)
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
    if (!needsLook(plain, isSecret)) return text(plain)
    const value = readJson(cut ? completed(plain) : plain)
    if (value === undefined) return text(look(plain, persona, 0))
    const walked = walk(value, persona, 0)
    // Its strings were looked through as what they are; its numbers were not.
    return isWritten(walked, value, plain) ? text(plain, false) : JSON.stringify(walked)
  }

  const shared = { isSecretName: isSecret, hide, text: (plain: string) => text(plain) }
  const { look, walk } = createLookThrough(shared)
  const inside = (plain: string, persona: string) => text(look(plain, persona, 0))
  const form = createFormRedactor({ ...shared, inside })

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

/** A part of a secret is a secret too, and where a text was cut nobody knows what the last word was. */
function withoutTail(cut: string): string {
  let end = cut.length
  while (end > 0 && /[A-Za-z0-9_\-.~+/=%]/.test(cut[end - 1] ?? ' ')) end--
  return cut.slice(0, end)
}
