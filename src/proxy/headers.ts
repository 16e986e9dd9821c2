// Which headers cross the gateway, each way. The two tables below are the whole of it. Pure.

/** Hop-by-hop (RFC 9110, 7.6.1), and what the gateway answers or writes itself. */
const NEVER_UP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
  'host',
  'via',
  'authorization',
  'cookie',
  'cookie2',
  // Names an upstream may take for who the user or the client is.
  'forwarded',
  'remote-user',
  'remote-addr',
  'x-remote-user',
  'x-remote-addr',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  'x-user',
  'x-user-id',
  'x-user-name',
  'x-username',
  'x-user-email',
  'x-email',
  'x-groups',
  'x-roles',
  'x-request-id',
  'x-original-url',
  'x-rewrite-url',
  'x-original-host',
  'x-original-uri',
  'x-original-method',
  'x-http-method-override',
  'x-client-cert',
  'x-ssl-client-cert',
])

/** Whole families, by how the normalised name begins. */
const NEVER_UP_FAMILIES: readonly string[] = [
  'x-forwarded-',
  'x-coatcheck-',
  'coatcheck-',
  'x-auth-request-',
  'x-authenticated-',
  'x-goog-authenticated-',
  'x-goog-iap-',
  'x-amzn-oidc-',
  'x-ms-client-principal',
  'x-ssl-client-',
  'ssl-client-',
  'x-pomerium-',
  'x-webauth-',
]

/** Hop-by-hop, cookies, and names that only the gateway may speak. */
const NEVER_DOWN: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'set-cookie',
  'set-cookie2',
  'coatcheck-problem',
])

/** Where a session was used, nothing may let a shared cache keep the answer. */
const CACHE_NAMES: ReadonlySet<string> = new Set([
  'cache-control',
  'expires',
  'pragma',
  'surrogate-control',
  'cdn-cache-control',
  // What nginx and Akamai believe before Cache-Control.
  'x-accel-expires',
  'edge-control',
])

/** Whether a request header may go up. Upstreams that turn names into variables fold spellings together (CVE-2025-64484). */
export function goesUp(name: string): boolean {
  const lower = name.toLowerCase()
  const normal = lower.replace(/[^a-z0-9]/g, '-')
  // The length of the body is what it is, in one spelling only.
  if (normal === 'content-length' && lower !== normal) return false
  return !NEVER_UP.has(normal) && !NEVER_UP_FAMILIES.some((family) => normal.startsWith(family))
}

/** Whether a header is of one connection's own handshake as a WebSocket, on which it never crosses. */
export function isHandshakeName(name: string): boolean {
  const normal = name.toLowerCase().replace(/[^a-z0-9]/g, '-')
  return normal.startsWith('sec-websocket-')
}

/** Whether an answer's header may come down. `lower`: in lower case. */
export function comesDown(lower: string): boolean {
  return !NEVER_DOWN.has(lower)
}

/** Whether a header tells caches what to keep. `lower`: in lower case. */
export function isCacheName(lower: string): boolean {
  return CACHE_NAMES.has(lower) || lower.endsWith('-cdn-cache-control')
}

/** Names that a Connection header lists, without the two that every client sends. */
export function namesIn(value: string, known: Set<string> | undefined): Set<string> | undefined {
  if (value === 'keep-alive' || value === 'close') return known
  const names = known ?? new Set()
  for (const part of value.split(',')) {
    const name = part.trim().toLowerCase()
    // The length of what is really sent is not the client's to take away.
    if (name !== '' && name !== 'content-length' && name !== 'content-type') names.add(name)
  }
  return names
}

/** Takes headers with these names out of a flat list. */
export function removeNamed(flat: string[], names: ReadonlySet<string>): void {
  let kept = 0
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string
    if (names.has(name.toLowerCase())) continue
    flat[kept] = name
    flat[kept + 1] = flat[i + 1] as string
    kept += 2
  }
  flat.length = kept
}
