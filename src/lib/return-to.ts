// Where a browser may be sent after a sign-in: a path on our own origin, whatever spelling tries to say otherwise.

const PLACE = 'http://own.invalid'

/**
 * `wanted` as an absolute path with query and fragment, exactly as a browser would resolve it; `fallback` when that
 * would leave our origin or end at the gateway's own endpoints.
 */
export function returnTo(wanted: string | undefined, fallback: string): string {
  if (wanted === undefined || wanted.length > 2048) return fallback
  // One slash, then neither slash nor backslash; no control character or white space anywhere.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (!/^\/(?![/\\])[^\u0000-\u0020\u007f\\]*$/.test(wanted)) return fallback
  let url: URL
  try {
    url = new URL(wanted, PLACE)
  } catch {
    return fallback
  }
  if (url.origin !== PLACE) return fallback
  const path = url.pathname + url.search + url.hash
  // Dot segments may have left `//host` behind.
  if (path.startsWith('//') || /^\/auth(\/|$)/i.test(decoded(url.pathname))) return fallback
  return path
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
