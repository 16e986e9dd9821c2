// Reads the Set-Cookie lines of an answer (RFC 6265 section 5.2) without changing a value.
import { parseSetCookie } from 'set-cookie-parser'

/** By name, the last line of a name counts; a cookie that is cleared, or empty, is left out. */
export function cookiesOf(
  lines: string | readonly string[] | undefined,
  now: number,
): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>()
  const list = typeof lines === 'string' ? [lines] : [...(lines ?? [])]
  // `silent`, because the parser otherwise prints what it drops; no decoding, because the upstream wants its own bytes.
  for (const cookie of parseSetCookie(list, { decodeValues: false, silent: true, split: false })) {
    // Section 5.3: Max-Age has precedence over Expires.
    const cleared =
      cookie.maxAge === undefined
        ? cookie.expires !== undefined && cookie.expires.getTime() <= now
        : cookie.maxAge <= 0
    if (cleared || cookie.value === '') cookies.delete(cookie.name)
    else cookies.set(cookie.name, cookie.value)
  }
  return cookies
}
