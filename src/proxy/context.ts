// What every proxied request is handed. Nothing here belongs to one user.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ProblemCode, ProblemOptions } from '../errors.ts'
import type { Hosts } from '../http/hosts.ts'
import type { Clock } from '../lib/clock.ts'
import type { CookieShape } from '../session/cookie-shape.ts'
import type { CookieReader } from '../session/reader.ts'
import type { StoreKey } from '../session/session.ts'
import type { Sessions } from '../session/sessions.ts'
import type { Refresher } from '../tokens/refresh.ts'
import type { IdleWatch } from './idle-watch.ts'

export interface ProxyContext {
  readonly clock: Clock
  readonly hosts: Hosts
  readonly cookie: CookieShape
  readonly reader: CookieReader
  readonly sessions: Sessions
  readonly refresher: Refresher
  readonly idleWatch: IdleWatch
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
}

export interface ProxyEvents {
  denied(denial: Denial): void
  answered(answer: Answered): void
  leakPrevented(leak: LeakPrevented): void
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

export interface LeakPrevented {
  readonly requestId: string
  readonly route: string
  /** Ref of the session whose request it was. */
  readonly asker: string | undefined
  /** Store key of the session whose token was about to be sent. */
  readonly ownerKey: StoreKey
}
