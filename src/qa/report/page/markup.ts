// Text that stands for itself in HTML, whatever it holds. Pure.

import { visible } from './words.ts'

/** HTML that is safe to stand in a page as it is. */
export interface Markup {
  readonly markup: string
}

type Value = string | number | Markup | readonly Markup[] | undefined

/** A template of HTML: what it is handed is text, unless it is markup itself. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  const markup = parts.map((part, n) => (n === 0 ? '' : written(values[n - 1])) + part).join('')
  return { markup }
}

/** Also within quoted attributes. */
export function escapeText(text: string): string {
  return visible(text).replace(/[&<>"'\u2028\u2029]/g, (one) => `&#${one.charCodeAt(0)};`)
}

function written(value: Value): string {
  if (value === undefined) return ''
  if (typeof value !== 'object') return escapeText(String(value))
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('')
}
