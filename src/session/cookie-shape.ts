// The cookie's name and attributes for one frontend (RFC 6265bis, 4.1). Pure.

export interface CookieShape {
  readonly name: string
  /** Set-Cookie that hands `value` to the browser for `maxAgeMs`. */
  set(value: string, maxAgeMs: number): string
  /** Set-Cookie that takes it back: the same attributes, or the browser keeps it. */
  clear(): string
}

/** https: `__Host-` and Secure. http (loopback, or `insecureHttp`): a name per port, since cookies do not tell ports apart. `suffix` names another cookie than the session's. */
export function cookieShape(
  publicOrigin: string,
  sameSite: 'strict' | 'lax',
  suffix = '',
): CookieShape {
  const { protocol, port } = new URL(publicOrigin)
  const secure = protocol === 'https:'
  const name = `${secure ? '__Host-coatcheck' : `coatcheck-${port || '80'}`}${suffix}`
  const attributes = [
    'Path=/',
    'HttpOnly',
    ...(secure ? ['Secure'] : []),
    sameSite === 'strict' ? 'SameSite=Strict' : 'SameSite=Lax',
  ].join('; ')
  return {
    name,
    set: (value, maxAgeMs) =>
      `${name}=${value}; Max-Age=${Math.max(0, Math.floor(maxAgeMs / 1000))}; ${attributes}`,
    clear: () => `${name}=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; ${attributes}`,
  }
}
