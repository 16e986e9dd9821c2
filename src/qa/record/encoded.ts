// Addresses and what is encoded as in one: percent signs, and the name and password before a host. Pure.

/** As it is where an escape is none. */
export function decoded(part: string): string {
  if (!part.includes('%')) return part
  try {
    return decodeURIComponent(part)
  } catch {
    return part.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  }
}

/** `{{…}}` stays readable, and can be put back. */
export function encodedButLabels(plain: string): string {
  return plain
    .split(/(\{\{[^{}]{1,256}\}\})/)
    .map((piece, at) => (at % 2 === 1 ? piece : encodeURIComponent(piece.toWellFormed())))
    .join('')
}

/** A host and a port are none, nor is an address of IPv6. */
const HOST = /^(?:[^:@[\]]*|\[[0-9a-f:.]*\])(?::\d*)?$/i

/** `//user:password@host` without what is before the host (RFC 3986, 3.2.1), in every address of a text. */
export function withoutUserInfo(text: string): string {
  if (!text.includes('@') || !text.includes('//')) return text
  return text.replace(/[^\s"'<>\\?#]+/g, (run) => (run.includes('@') ? withoutOne(run) : run))
}

function withoutOne(run: string): string {
  // A password may have a slash in it that should have been encoded.
  const last = run.lastIndexOf('@')
  for (let at = run.indexOf('//'); at !== -1 && at < last; ) {
    const start = at + 2
    const slash = run.indexOf('/', start)
    const end = slash === -1 ? run.length : slash
    if (!HOST.test(run.slice(start, end))) return run.slice(0, start) + run.slice(last + 1)
    at = run.indexOf('//', Math.max(end, start))
  }
  return run
}
