// A page's side of the gateway: who is signed in here, in every tab alike, and a fetch that never acts for somebody else.
import type { Browser } from './browser.ts'
import { type Code, type Problem, ProblemError, unreachable } from './problem.ts'
import { createRequests } from './requests.ts'
import type { Session, SessionEvent, SessionState, SignedInAnswer } from './state.ts'
import { createWatch, type Listener } from './watch.ts'

export type { Browser, Code, Listener, Problem, Session, SessionEvent, SessionState }
export { ProblemError }

export interface ClientOptions {
  /** The gateway's; default: the page's own. */
  readonly origin?: string
  /** How often one tab of the browser asks who is signed in; default 30 s. */
  readonly pollMs?: number
  /** So long before its end a session counts as ending; default 60 s. */
  readonly endingMs?: number
  /** Used for every request in place of the browser's own. */
  readonly fetch?: Browser['fetch']
  /** For tests; default: `globalThis`. */
  readonly browser?: Browser
}

export interface Client {
  /**
   * As the browser's own; to our origin, with the headers that the gateway asks for. Rejects with a `ProblemError`
   * when the gateway itself answered or cannot be reached. The upstream's answers come as they are, whatever their
   * status.
   */
  readonly fetch: Browser['fetch']
  /** What is known at the moment; the same object as long as nothing differs. */
  readonly session: () => SessionState
  /** The gateway is watched as long as somebody listens. Returns the way to stop. */
  readonly subscribe: (listener: Listener) => () => void
  /** Asks at once. Never rejects: a failure shows as `stale` and `problem`. */
  readonly check: () => Promise<SessionState>
  /** Rejects with a `ProblemError`: `sign_in_refused`, `too_many_attempts`, `cookie_blocked` … */
  readonly signIn: (fields: Readonly<Record<string, unknown>>) => Promise<Session>
  /** Rejects with a `ProblemError`; whoever was signed in still is, then. */
  readonly signOut: () => Promise<void>
  /** Epoch ms by the gateway's clock, for its deadlines. */
  readonly now: () => number
  /** Nothing is asked, told or listened to any more. */
  readonly close: () => void
}

const cookieBlocked: Problem = {
  code: 'cookie_blocked',
  status: 200,
  message: 'This browser did not keep the sign-in cookie: allow cookies for this site',
}
const sessionChanged: Problem = {
  code: 'session_changed',
  status: 409,
  message: 'Somebody else is signed in by now',
}

/** Acquires nothing until somebody listens: it may be called anywhere, on a server too. */
export function createClient(options: ClientOptions = {}): Client {
  const { origin, fetch, browser = globalThis as Browser } = options
  const { send, ask } = createRequests({
    browser,
    origin,
    fetch,
    ref: () => watch.madeFor()?.ref,
  })
  const watch = createWatch({
    browser,
    // With its version: tabs of another one talk differently.
    name: `coatcheck-1 ${origin ?? ''}`,
    pace: { pollMs: options.pollMs ?? 30_000, endingMs: options.endingMs ?? 60_000 },
    eventsUrl: () => new URL('/auth/events', origin ?? browser.document?.baseURI).href,
    ask: (signal) => ask('/auth/session', { signal }),
  })

  return {
    session: watch.state,
    subscribe: watch.subscribe,
    check: watch.check,
    now: watch.now,
    close: watch.close,

    async fetch(input, init) {
      try {
        const answer = await send(input, init)
        if (mayGoOn(watch.state())) void watch.look()
        return answer
      } catch (error) {
        if (error instanceof ProblemError && isNews(error.code, watch.state())) void watch.look()
        throw error
      }
    },

    async signIn(fields) {
      const headers = { 'Content-Type': 'application/json' }
      const init = { method: 'POST', headers, body: JSON.stringify(fields) }
      const answer = (await ask('/auth/login', init)) as SignedInAnswer
      // Whether the browser kept the cookie shows only when it comes back.
      const seen = await ask('/auth/session').catch(() => answer)
      const kept = seen.authenticated && seen.ref === answer.ref
      watch.act(seen, kept)
      if (kept) return watch.state().session ?? answer
      const lost = !seen.authenticated && seen.state === 'absent'
      throw new ProblemError(lost ? cookieBlocked : sessionChanged)
    },

    async signOut() {
      // It would be somebody else who is signed out.
      if (watch.state().reason === 'session_changed') throw new ProblemError(sessionChanged)
      const { status } = await send('/auth/logout', { method: 'POST' })
      if (status !== 204) throw new ProblemError(unreachable(status))
      const said = {
        authenticated: false,
        state: 'ended',
        reason: 'signed_out',
        signIn: [],
      } as const
      watch.act({ ...said, now: watch.now() }, true)
      // It tells the ways in again.
      void watch.look()
    },
  }
}

/** Whether what was just used may have moved the end that is in sight. */
function mayGoOn(state: SessionState): boolean {
  return !!state.session && state.ending && state.session.idleAt < state.session.endsAt
}

/** Whether a request that failed so says that the page believes something outdated. */
function isNews(code: Code, { session, reason, stale }: SessionState): boolean {
  if (/^(store|gateway)_unreachable$/.test(code)) return !stale
  if (code === 'session_changed') return reason !== code
  return !!session && /^(session_(required|idle|ended)|sign_in_pending)$/.test(code)
}
