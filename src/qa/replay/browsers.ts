// The browsers of a replay: whose cookies they hold, and who they are signed in as.
import { createJar, type Jar } from '../leaks/jar.ts'
import type { Identity } from './judge.ts'
import type { RecordedCall } from './recorded-call.ts'

export interface Browser {
  readonly id: string
  jar: Jar
  persona: string | undefined
  identity: Identity | undefined
}

export interface Browsers {
  /** The browser that makes this call; a sign-in makes one, unless its browser was signed in already. */
  of(call: RecordedCall): Browser
  /** The browser of a recorded session. */
  bySession(session: string, persona: string): Browser
  /** Who among all answers to this value of an owner rule. */
  named(value: string, saidBy: (identity: Identity) => string | undefined): string | undefined
}

export function createBrowsers(): Browsers {
  const bySession = new Map<string, Browser>()
  const anonymous = new Map<string, Browser>()
  const make = (id: string, persona: string | undefined): Browser => ({
    id,
    jar: createJar(),
    persona,
    identity: undefined,
  })
  const ofSession = (session: string, persona: string | undefined) => {
    const known = bySession.get(session)
    if (known) return known
    const browser = make(session, persona)
    bySession.set(session, browser)
    return browser
  }
  return {
    of({ session, before, persona }) {
      if (before !== undefined) {
        const browser = ofSession(before, persona)
        if (session !== undefined) bySession.set(session, browser)
        return browser
      }
      if (session !== undefined) return ofSession(session, persona)
      const id = `nobody ${persona ?? ''}`
      const known = anonymous.get(id)
      if (known) return known
      const browser = make(id, persona)
      anonymous.set(id, browser)
      return browser
    },
    bySession: ofSession,
    named(value, saidBy) {
      for (const { identity, persona } of bySession.values()) {
        if (identity && saidBy(identity) === value) return persona
      }
      return undefined
    },
  }
}
