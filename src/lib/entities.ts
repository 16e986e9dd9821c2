// Character references of HTML and XML: by number, and the usual five by name. Pure.

const NAMED: ReadonlyMap<string, string> = new Map(
  Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }),
)
const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
  ['&', '&amp;'],
])
const UNKNOWN = '\ufffd'

/** Of the usual five, in any case; undefined for another. */
export function namedEntity(name: string): string | undefined {
  return NAMED.get(name.toLowerCase())
}

/** Zero, half a character, and what is none become U+FFFD (HTML, 13.2.5.80). */
export function numberedEntity(code: number): string {
  const isHalf = code >= 0xd800 && code <= 0xdfff
  return code > 0 && code <= 0x10ffff && !isHalf ? String.fromCodePoint(code) : UNKNOWN
}

/** As a browser reads it; a name that is not one of the five stays. */
export function withoutEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(lt|gt|quot|apos|amp));/gi,
    (all, decimal?: string, hex?: string, named?: string) => {
      if (named !== undefined) return namedEntity(named) ?? all
      return numberedEntity(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
    },
  )
}

/** Between tags and within quotes of any kind. */
export function withEntities(text: string): string {
  return text.replace(/[<>"'&]/g, (character) => ESCAPED.get(character) ?? character)
}
