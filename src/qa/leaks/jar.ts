// One user's cookies, kept and sent as a browser would (RFC 6265bis).
import { CookieJar } from 'tough-cookie'

export interface Jar {
  /** Takes in the Set-Cookie headers of an answer from `url`; what a browser would refuse is left out. */
  take(setCookies: readonly string[], url: string): void
  /** The Cookie header for `url`; empty where none goes along. */
  header(url: string): string
  /** What goes along with `url`, name and value. */
  pairs(url: string): ReadonlyArray<readonly [name: string, value: string]>
}

export function createJar(): Jar {
  const jar = new CookieJar(undefined, { rejectPublicSuffixes: false, looseMode: true })
  // Few paths, asked thousands of times.
  const headers = new Map<string, string>()
  return {
    take(setCookies, url) {
      if (setCookies.length === 0) return
      headers.clear()
      for (const line of setCookies) jar.setCookieSync(line, url, { ignoreError: true })
    },
    header(url) {
      const known = headers.get(url)
      if (known !== undefined) return known
      const header = jar.getCookieStringSync(url)
      headers.set(url, header)
      return header
    },
    pairs: (url) => jar.getCookiesSync(url).map(({ key, value }) => [key, value] as const),
  }
}

/** Name and value of one Set-Cookie header; the value is empty where the cookie is taken away. */
export function setCookiePair(line: string): readonly [name: string, value: string] {
  const pair = line.split(';', 1)[0] ?? ''
  const at = pair.indexOf('=')
  return [pair.slice(0, Math.max(0, at)).trim(), pair.slice(at + 1).trim()]
}
