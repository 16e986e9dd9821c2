// A session's cookie in the shapes that other programs take it in. Pure.

export interface CarriedCookie {
  readonly name: string
  readonly value: string
  /** Host name without a port; the cookie is that host's alone. */
  readonly host: string
  /** Epoch ms. */
  readonly expiresAt: number
  readonly secure: boolean
  readonly sameSite: 'Strict' | 'Lax'
}

/** What Playwright's `storageState` takes; not readonly, because that wants to be able to change it. */
export interface StorageState {
  cookies: {
    name: string
    value: string
    domain: string
    path: string
    /** UNIX seconds. */
    expires: number
    httpOnly: boolean
    secure: boolean
    sameSite: 'Strict' | 'Lax'
  }[]
  origins: never[]
}

export function storageStateOf(cookie: CarriedCookie): StorageState {
  const { name, value, host, secure, sameSite } = cookie
  const expires = seconds(cookie.expiresAt)
  return {
    cookies: [{ name, value, domain: host, path: '/', expires, httpOnly: true, secure, sameSite }],
    origins: [],
  }
}

/** A Netscape cookie file with this one cookie, for `curl --cookie FILE`. */
export function cookieJarOf({ name, value, host, expiresAt, secure }: CarriedCookie): string {
  const line = [`#HttpOnly_${host}`, 'FALSE', '/', secure ? 'TRUE' : 'FALSE']
  return `# Netscape HTTP Cookie File\n${[...line, seconds(expiresAt), name, value].join('\t')}\n`
}

/** One line for a POSIX shell; nothing in a cookie of ours needs more than single quotes. */
export function curlOf({ name, value }: CarriedCookie, url: string): string {
  return `curl --cookie '${name}=${value}' --header 'X-CSRF: 1' ${url}`
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}
