// Tells a request of our own pages from one that another site made the browser send
// (Fetch Metadata, W3C; OWASP CSRF cheat sheet). Pure.

export type CsrfMode = 'same-origin' | 'header' | 'strict'

export interface CsrfFacts {
  readonly method: string
  /** Each as received; undefined when absent. */
  readonly site: string | undefined
  readonly mode: string | undefined
  readonly dest: string | undefined
  readonly origin: string | undefined
  readonly csrfHeader: string | undefined
  /** The origin this request was sent to, as our configuration and the checked Host have it. */
  readonly ownOrigin: string
}

/** What whoever is refused can do about it. */
export const CSRF_DETAIL = 'Programs that are no page of ours send the header X-CSRF: 1'
export const ORIGIN_DETAIL = 'With our cookie a WebSocket is opened by our own pages only'

/** Whether the request may use the cookie it came with. */
export function passesCsrf(facts: CsrfFacts, mode: CsrfMode): boolean {
  const unsafe = isUnsafe(facts.method)
  const hasHeader = facts.csrfHeader === '1'
  if (!hasHeader && (mode === 'strict' || (mode === 'header' && unsafe))) return false

  if (facts.site !== undefined) {
    if (facts.site === 'same-origin') return true
    if (facts.site === 'none') return facts.mode === 'navigate'
    return facts.method === 'GET' && facts.mode === 'navigate' && facts.dest === 'document'
  }
  if (facts.origin !== undefined) return facts.origin === facts.ownOrigin
  return !unsafe || hasHeader
}

/** For WebSockets, whose handshake every page of the world may send with our cookie: pages say who they are (RFC 6455, 10.2). */
export function isOwnWebSocket({ site, origin, ownOrigin }: CsrfFacts): boolean {
  return origin === ownOrigin && (site === undefined || site === 'same-origin')
}

function isUnsafe(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
}

/** A page load in a tab, as far as the browser tells. */
export function isTopLevelNavigation(facts: Pick<CsrfFacts, 'method' | 'mode' | 'dest'>): boolean {
  return facts.method === 'GET' && facts.mode === 'navigate' && facts.dest === 'document'
}
