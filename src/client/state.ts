// What a page believes about its session, and how an answer of GET /auth/session changes that. Pure.
import type { Problem } from './problem.ts'

/** Times are epoch ms by the gateway's clock, which `client.now()` reads. */
export interface Session {
  /** Harmless public name. */
  readonly ref: string
  /** Who is signed in, at `provider`. */
  readonly sub: string
  readonly name?: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly provider: string
  readonly createdAt: number
  readonly idleAt: number
  readonly endsAt: number
  /** By provider. */
  readonly tokens: Readonly<Record<string, TokenFacts>>
}

export interface TokenFacts {
  /** Absent when nobody knows. */
  readonly expiresAt?: number
  readonly refreshable: boolean
}

export interface WayIn {
  readonly provider: string
  readonly kind: string
  readonly url: string
}

/**
 * Why nobody is signed in. `session_changed`: somebody else is, but this page was made for the person before, so
 * reload it.
 */
export type Reason =
  | 'signed_out'
  | 'replaced'
  | 'revoked'
  | 'refresh_refused'
  | 'token_expired'
  | 'upstream_refused'
  | 'owner_changed'
  | 'leak_prevented'
  | 'sign_in_refused'
  | 'sign_in_late'
  | 'sign_in_unreadable'
  | 'idle'
  | 'pending'
  | 'session_changed'

interface Known {
  /** True: the gateway could not be asked, for what `problem` says, and the rest is as it was last heard. */
  readonly stale: boolean
  readonly problem?: Problem
}

export interface Loading extends Known {
  readonly status: 'loading'
  readonly session?: undefined
  readonly reason?: undefined
}

export interface SignedIn extends Known {
  readonly status: 'authenticated'
  readonly session: Session
  readonly reason?: undefined
  /** Soon it is over: at `endsAt` in any case, at `idleAt` unless it is used before. */
  readonly ending: boolean
}

export interface SignedOut extends Known {
  readonly status: 'unauthenticated'
  readonly session?: undefined
  /** Undefined when there is nothing to tell. */
  readonly reason: Reason | undefined
  readonly signIn: readonly WayIn[]
}

export type SessionState = Loading | SignedIn | SignedOut

export type SessionEvent =
  | { readonly type: 'session.started' }
  | { readonly type: 'session.refreshed' }
  | { readonly type: 'session.ending'; readonly seconds: number }
  | { readonly type: 'session.ended'; readonly reason: Reason | undefined }
  | { readonly type: 'session.changed' }

/** The body of GET /auth/session. */
export type SessionAnswer = SignedInAnswer | SignedOutAnswer

export interface SignedInAnswer extends Session {
  readonly authenticated: true
  readonly state: 'active'
  readonly now: number
}

export interface SignedOutAnswer {
  readonly authenticated: false
  readonly state: 'absent' | 'pending' | 'idle' | 'ended'
  readonly reason?: Reason
  readonly now: number
  readonly signIn: readonly WayIn[]
}

export interface Belief {
  readonly state: SessionState
  /** The first person's session that this page showed; only its own sign-in or sign-out makes it another person's. */
  readonly madeFor: Session | undefined
}

export const nothingKnown: Belief = {
  state: { status: 'loading', stale: false },
  madeFor: undefined,
}

interface Circumstances {
  /** So long before its end a session counts as ending. */
  readonly endingMs: number
  /** This page itself signed in or out. */
  readonly own: boolean
}

export function learn(
  { state: was, madeFor }: Belief,
  answer: SessionAnswer,
  { endingMs, own }: Circumstances,
): readonly [Belief, SessionEvent?] {
  const become = (is: SessionState, owner: Session | undefined, event?: SessionEvent | false) => {
    const belief = { state: same(was, is) ? was : is, madeFor: owner }
    return event ? ([belief, event] as const) : ([belief] as const)
  }

  if (!answer.authenticated) {
    const { signIn } = answer
    const reason = reasonOf(answer, was)
    return become(
      { status: 'unauthenticated', stale: false, reason, signIn },
      own ? undefined : madeFor,
      was.session && { type: 'session.ended', reason },
    )
  }

  const { authenticated, state, now, ...session } = answer
  if (!own && madeFor && !isSamePerson(madeFor, session)) {
    const reason = 'session_changed'
    return become(
      { status: 'unauthenticated', stale: false, reason, signIn: [] },
      madeFor,
      was.reason !== reason && { type: 'session.changed' },
    )
  }

  const left = Math.min(session.idleAt, session.endsAt) - now
  const ending = left <= endingMs
  const is: SessionState = { status: 'authenticated', stale: false, session, ending }
  if (own || (was.session ? was.session.ref !== session.ref : was.status === 'unauthenticated')) {
    return become(is, session, { type: 'session.started' })
  }
  if (ending && !(was.session && was.ending)) {
    const seconds = Math.max(0, Math.ceil(left / 1000))
    return become(is, session, { type: 'session.ending', seconds })
  }
  const refreshed = was.session && !same(was.session.tokens, session.tokens)
  return become(is, session, refreshed && { type: 'session.refreshed' })
}

/** Nothing was learnt: what was known stays, and says that it may be old. */
export function doubt({ state, madeFor }: Belief, problem: Problem): Belief {
  const is = { ...state, stale: true, problem }
  return { state: same(state, is) ? state : is, madeFor }
}

function reasonOf({ state, reason }: SignedOutAnswer, was: SessionState): Reason | undefined {
  if (state === 'ended') return reason
  if (state !== 'absent') return state
  // The tombstone is out of sight once the cookie is gone; what was told before still holds.
  return was.reason === 'session_changed' ? undefined : was.reason
}

function isSamePerson(one: Session, other: Session): boolean {
  return one.sub === other.sub && one.provider === other.provider
}

/** Whoever compares states by identity must see a change only where there is one. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
