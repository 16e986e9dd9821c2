// Addresses, origins and hosts: which are usable, and which are this machine itself.

/** True for names and addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)
  )
}

/** What is wrong with an absolute address of another service; `undefined` when nothing is. */
export function addressComplaint(text: string, query: 'allowed' | 'refused'): string | undefined {
  const example = 'write an absolute http(s) address, such as https://api.example.org'
  if (!/^https?:\/\/[^/]/i.test(text) || /[\s\\]/.test(text) || !URL.canParse(text)) return example
  const { username, password, pathname } = new URL(text)
  if (username !== '' || password !== '') return 'must not carry a user name or password'
  if (text.includes('#')) return 'must not carry a fragment (#…)'
  if (query === 'refused' && text.includes('?')) return 'must not carry a query (?…)'
  if (pathname.includes('//')) {
    return 'has an empty path segment (//): does the part in front end with a slash?'
  }
  const path = text.replace(/^[a-z]+:\/\/[^/?]*/i, '').replace(/\?.*$/, '')
  if (/\/(\.|%2e){1,2}(\/|$)/i.test(path)) return 'must not contain . or .. as a path segment'
  return undefined
}

/** What is wrong with an origin; the mend is spelt out where it can be. */
export function originComplaint(text: string): string | undefined {
  const complaint = addressComplaint(text, 'allowed')
  if (complaint !== undefined) return complaint.replace('address', 'origin')
  const { origin } = new URL(text)
  return text.toLowerCase() === origin
    ? undefined
    : `must be an origin alone (scheme, host and port, no path, no slash at the end): ${origin}`
}

/** `https://api.example.org/v1/` + `/login` → `https://api.example.org/v1/login`. */
export function joinAddress(base: string, path: string): string {
  return base.replace(/\/$/, '') + path
}

export interface HttpBase {
  readonly origin: string
  /** Empty, or a path that begins with a slash and does not end with one. */
  readonly base: string
}

/** An http(s) address as somebody typed it, without its query; `undefined` for any other text, and with a user name. */
export function baseIn(text: string): HttpBase | undefined {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) return undefined
  if (url.username !== '' || url.password !== '') return undefined
  return { origin: url.origin, base: url.pathname.replace(/\/+$/, '') }
}

/** Of such an address the origin; `undefined` also where a path follows, which would be lost. */
export function originIn(text: string): string | undefined {
  const at = baseIn(text)
  return at?.base === '' ? at.origin : undefined
}
