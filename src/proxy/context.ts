// What every proxied request is handed. Nothing here belongs to one user.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ProblemCode, ProblemOptions } from '../errors.ts'
import type { Hosts } from '../http/hosts.ts'
import type { Clock } from '../lib/clock.ts'
import type { LiveRegistry } from '../live/registry.ts'
import type { CookieShape } from '../session/cookie-shape.ts'
import type { CookieReader } from '../session/reader.ts'
import type { OpenSession, StoreKey } from '../session/session.ts'
import type { Sessions } from '../session/sessions.ts'
import type { Refresher } from '../tokens/refresh-contract.ts'
import type { IdleWatch } from './idle-watch.ts'
import type { LeakSeen, Observers } from './observe.ts'
import type { Unchecked } from './owner-rule.ts'
import type { WebSocketEnds } from './websocket-ends.ts'
import type { Pulse } from './websocket-pulse.ts'

export interface ProxyContext {
  readonly clock: Clock
  readonly hosts: Hosts
  readonly cookie: CookieShape
  readonly reader: CookieReader
  readonly sessions: Sessions
  readonly refresher: Refresher
  readonly idleWatch: IdleWatch
  readonly live: LiveRegistry
  readonly webSockets: WebSocketEnds
  readonly pulse: Pulse
  /** Always true outside tests, which switch it off to show that their own check sees what it prevents. */
  readonly guard: boolean
  /** What this gateway calls itself in Via (RFC 9110, 7.6.3). */
  readonly pseudonym: string
  /** Whether a Via header names this gateway already. */
  isLoop(via: string | undefined): boolean
  /** The address to tell upstreams, from the connection and, behind trusted proxies, X-Forwarded-For. */
  clientIp(remote: string | undefined, forwardedFor: string | undefined): string
  /** Writes a problem, unless an answer is on its way already. */
  answerProblem(
    req: IncomingMessage,
    res: ServerResponse,
    code: ProblemCode,
    options: ProblemOptions,
    requestId: string,
  ): void
  readonly events: ProxyEvents
  readonly observers: Observers
  /** Ref of a session that this process has in memory; for messages, and slow. */
  liveRef(matches: (session: OpenSession) => boolean): string | undefined
  /** Whether this browser waits for a sign-in by a link. */
  isPending(cookieHeader: string | undefined): boolean
}

export interface ProxyEvents {
  denied(denial: Denial): void
  answered(answer: Answered): void
  leakPrevented(leak: LeakPrevented): void
  /** An answer of a route with an owner rule; `unchecked`: nobody could tell whose it was, and `why`. */
  ownerChecked(outcome: 'own' | 'foreign' | 'unchecked', route: string, why?: Unchecked): void
  storeUnreachable(error: unknown): void
  /** Something that must not happen did; the request was answered with `internal`. */
  failed(error: unknown): void
}

export interface Denial {
  readonly code: ProblemCode
  /** The first step that failed. */
  readonly step: string
  readonly requestId: string
  /** The route's pattern, never the path asked for. */
  readonly route: string
  /** An error code; never a message. */
  readonly cause?: string
}

export interface Answered {
  readonly requestId: string
  readonly route: string
  readonly method: string
  readonly status: number
  readonly ms: number
  /** Error code when the answer was cut off on the way; undefined when it went through whole. */
  readonly cut: string | undefined
}

export interface LeakPrevented extends Omit<LeakSeen, 'at'> {
  /** For a token: store key of the session it belongs to. */
  readonly ownerKey?: StoreKey
}
