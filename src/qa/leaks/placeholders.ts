// `{name}`, `{password}` and every other field of a user, `{page:…}` and `{cookie:…}` of a page that was fetched before,
// filled into what the target file says. Pure.
import type { User } from './target.ts'

const PLACEHOLDER = /\{((?:page|cookie):[^{}]+|[A-Za-z_][\w-]*)\}/g

/** The names between braces, each once. */
export function placeholdersIn(value: unknown): string[] {
  const names = new Set<string>()
  mapTexts(value, (text) => {
    for (const [, name = ''] of text.matchAll(PLACEHOLDER)) names.add(name)
    return text
  })
  return [...names]
}

/** What has to be read from a page, rather than of a user. */
export interface OfPage {
  readonly kind: 'page' | 'cookie'
  /** Of a field, a meta element or a cookie; or a JSON Pointer, which begins with a slash. */
  readonly name: string
}

/** `undefined` for a field of a user. */
export function ofPage(placeholder: string): OfPage | undefined {
  const [, kind, name = ''] = /^(page|cookie):(.+)$/s.exec(placeholder) ?? []
  return kind === 'page' || kind === 'cookie' ? { kind, name } : undefined
}

export type Filling = (name: string) => string

export function fillText(text: string, filling: Filling): string {
  return text.replaceAll(PLACEHOLDER, (_all, name: string) => filling(name))
}

/** For a path or a query: nothing in a value is taken for a slash or a question mark. */
export function fillPath(path: string, filling: Filling): string {
  return fillText(path, (name) => encodeURIComponent(filling(name)))
}

/** As JSON or as a form (WHATWG URL, 5). */
export function fillBody(
  { format, fields }: { format: 'json' | 'form'; fields: unknown },
  filling: Filling,
): string {
  const filled = mapTexts(fields, (text) => fillText(text, filling))
  if (format === 'json') return JSON.stringify(filled)
  const pairs = Object.entries(filled ?? {}).map(([name, value]) => [name, String(value)])
  return new URLSearchParams(pairs).toString()
}

/** What the user's fields really hold, and what a page had. */
export function valuesOf(user: User, page: ReadonlyMap<string, string> = NOTHING): Filling {
  return (name) => page.get(name) ?? user.fields[name] ?? ''
}

const NOTHING: ReadonlyMap<string, string> = new Map()

/** What may be shown: the name as it is, everything else by its name alone. */
export function namesOf(user: User): Filling {
  return (name) => {
    if (name === 'name') return user.name
    return ofPage(name) ? `{{${name}}}` : `{{${user.name}.${name}}}`
  }
}

/** A body as it may be shown. */
export function shownBody(body: { format: 'json' | 'form'; fields: unknown }, user: User): string {
  return fillBody(body, namesOf(user)).replaceAll(
    /%7B%7B([^&=]+?)%7D%7D/g,
    (_all, label: string) => `{{${decodeURIComponent(label)}}}`,
  )
}

function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value)
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, map)]))
}
