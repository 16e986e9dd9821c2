// Whether JSON may hold what its names give away: most does not, and what does not need not be read. Pure.
import { isNamingName } from './pair-names.ts'

const QUOTE = 34

/**
 * False where this JSON has nothing to hide but what it would hide in any text. Every name of JSON without escapes stands between
 * a quote and a quote with a colon after it; any other colon is part of a text.
 */
export function needsLook(plain: string, isSecretName: (name: string) => boolean): boolean {
  if (plain.includes('\\') || plain.includes('=')) return true
  if (plain.includes('<') || plain.includes('%')) return true
  const addresses = plain.includes('@') && plain.includes('//')
  if (addresses) return true
  for (let open = plain.indexOf('['); open !== -1; open = plain.indexOf('[', open + 1)) {
    const first = stringAt(plain, open + 1)
    if (first !== '' && isSecretName(first)) return true
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
    if (isSecretName(name)) return true
    if (isNamingName(name) && isSecretName(stringAt(plain, colon + 1))) return true
  }
  return false
}

/** The string of a JSON text that begins there, where it is short and no escape is in it. */
function stringAt(plain: string, from: number): string {
  let start = from
  while (plain.charCodeAt(start) <= 32) start++
  if (plain.charCodeAt(start) !== QUOTE) return ''
  const end = plain.indexOf('"', start + 1)
  return end === -1 || end - start > 128 ? '' : plain.slice(start + 1, end)
}
