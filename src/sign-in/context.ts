// What the /auth endpoints are handed. Nothing here belongs to one user.
import type { CsrfMode } from '../http/csrf.ts'
import type { Hosts } from '../http/hosts.ts'
import type { Clock } from '../lib/clock.ts'
import type { LiveRegistry } from '../live/registry.ts'
import type { CookieCodec } from '../session/cookie.ts'
import type { CookieShape } from '../session/cookie-shape.ts'
import type { CookieReader } from '../session/reader.ts'
import type { Sessions } from '../session/sessions.ts'
import type { Provider } from '../tokens/provider.ts'
import type { PendingContext } from './confirm-context.ts'
import type { AttemptLimiter } from './limiter.ts'

export interface SignInContext {
  readonly clock: Clock
  readonly hosts: Hosts
  readonly cookie: CookieShape
  readonly codec: CookieCodec
  readonly reader: CookieReader
  readonly sessions: Sessions
  /** In the order of the configuration; the first is the one meant when a sign-in names none. */
  readonly providers: ReadonlyMap<string, SignInProvider>
  readonly limiter: AttemptLimiter
  readonly live: LiveRegistry
  /** Present where there are sign-ins by a link. */
  readonly pending?: PendingContext | undefined
  /** Asks the store; rejects with a StoreUnreachableError while no session could be begun: no provider need be asked for one. */
  assertStoreTakesMore(): Promise<void>
  /** `Sessions.extend` while none of the session's tokens is being renewed; `undefined` too where one stays under way. */
  readonly extend: Sessions['extend']
  readonly csrf: CsrfMode
  readonly lifetimeMs: number
  readonly pages: { readonly signIn: string; readonly profile: string }
  /** Claims that `/auth/session` may show. */
  readonly claims: readonly string[]
  clientIp(remote: string | undefined, forwardedFor: string | undefined): string
  /** A few words for a User-Agent. */
  deviceOf(userAgent: string | undefined): string
  readonly events: SignInEvents
}

export interface SignInProvider {
  readonly provider: Provider
  /** Exact path that answers as the provider's own sign-in does. */
  readonly also: string | undefined
  /** Fields that may name the account, first found counts. */
  readonly accountFields: readonly string[]
}

export interface SignInEvents {
  signedIn(facts: { provider: string; ref: string; requestId: string }): void
  refused(facts: { provider: string; status: number; requestId: string }): void
  /** `hint` names keys, never values. */
  unreadable(facts: { provider: string; hint: string; requestId: string }): void
  unreachable(facts: { provider: string; cause: unknown; requestId: string }): void
  signedOut(facts: { ref: string | undefined; requestId: string }): void
  storeUnreachable(error: unknown): void
}
