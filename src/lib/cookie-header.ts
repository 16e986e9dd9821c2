// Reads one name out of a Cookie header without ever preferring an attacker's pair to the browser's (RFC 6265bis, 5.7).

export interface CookiePair {
  /** Of the first pair with that name; undefined when there is none. */
  readonly value: string | undefined
  readonly count: number
}

const NONE: CookiePair = { value: undefined, count: 0 }
const SPACE = 32
const TAB = 9
const EQUALS = 61

/** Only space and tab surround a pair: browsers trim nothing else, so nothing else may turn a name into ours. */
export function findCookie(header: string | undefined, name: string): CookiePair {
  if (header === undefined) return NONE
  let value: string | undefined
  let count = 0
  let start = 0
  while (start < header.length) {
    let end = header.indexOf(';', start)
    if (end === -1) end = header.length
    while (isBlank(header.charCodeAt(start)) && start < end) start++
    const afterName = start + name.length
    if (header.charCodeAt(afterName) === EQUALS && header.startsWith(name, start)) {
      let last = end
      while (last > afterName + 1 && isBlank(header.charCodeAt(last - 1))) last--
      if (count++ === 0) value = header.slice(afterName + 1, last)
    }
    start = end + 1
  }
  return count === 0 ? NONE : { value, count }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB
}

/** The pairs of a Cookie header whose names are in `names`, joined as a header; undefined when none is. */
export function keepCookies(
  header: string | undefined,
  names: readonly string[],
): string | undefined {
  if (header === undefined || names.length === 0) return undefined
  const kept = header
    .split(';')
    .map((pair) => pair.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((pair) => names.includes(pair.slice(0, Math.max(0, pair.indexOf('=')))))
  return kept.length > 0 ? kept.join('; ') : undefined
}
