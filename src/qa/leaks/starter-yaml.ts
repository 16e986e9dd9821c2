// Texts as the target file that is written has them: each reads as what it is, whatever stands in it. Pure.

/** Just as it is: no variable is filled in, and whatever would not show, or would turn a line around, is spelt out. */
export function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed())
    .replaceAll(/\$\{/g, () => '$${')
    .replaceAll(
      /[\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g,
      (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
}

/** In quotes where YAML might read something else. */
export function plainText(text: string): string {
  return /^[\w/.~-]+$/.test(text) ? text : quoted(text)
}

/** The last member of a call; empty where there are none. */
export function headersText(headers: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(headers).map(([name, value]) => `${name}: ${quoted(value)}`)
  return pairs.length === 0 ? '' : `, headers: { ${pairs.join(', ')} }`
}
