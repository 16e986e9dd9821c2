// The browsers of a replay: whose cookies they hold, and who they are signed in as.
import type { Identity } from './identity.ts'
import type { RecordedCall } from './recorded-call.ts'

export interface Cookies {
  take(setCookies: readonly string[], url: string): void
  pairs(url: string): ReadonlyArray<readonly [name: string, value: string]>
}

export interface Browser {
  readonly id: string
  readonly jar: Cookies
  /** Undefined before its sign-in. */
  identity: Identity | undefined
}

export interface Browsers {
  /** The browser that makes this call; a sign-in makes one, unless its browser was signed in already. */
  of(call: RecordedCall): Browser
  /** The browser of a recorded session. */
  bySession(session: string): Browser
}

export function createBrowsers(createJar: () => Cookies): Browsers {
  const bySession = new Map<string, Browser>()
  const anonymous = new Map<string, Browser>()
  const oneOf = (browsers: Map<string, Browser>, key: string, id = key): Browser => {
    const known = browsers.get(key)
    if (known) return known
    const browser: Browser = { id, jar: createJar(), identity: undefined }
    browsers.set(key, browser)
    return browser
  }
  return {
    of({ session, before, persona = '' }) {
      if (before !== undefined) {
        const browser = oneOf(bySession, before)
        if (session !== undefined) bySession.set(session, browser)
        return browser
      }
      if (session !== undefined) return oneOf(bySession, session)
      return oneOf(anonymous, persona, `nobody ${persona}`)
    },
    bySession: (session) => oneOf(bySession, session),
  }
}
