// What the endpoints under /qa are handed. Nothing here belongs to one user.
import type { Hosts } from '../http/hosts.ts'
import type { Clock } from '../lib/clock.ts'
import type { Secret } from '../lib/secret.ts'
import type { CookieCodec } from '../session/cookie.ts'
import type { CookieShape } from '../session/cookie-shape.ts'
import type { SessionStore } from '../session/store.ts'
import type { BadgePerson } from './badge.ts'
import type { PageFolder } from './page.ts'
import type { RecordSwitch } from './record-endpoint.ts'
import type { Bench } from './sessions.ts'
import type { Links } from './sessions-links.ts'
import type { Timeline } from './timeline.ts'
import type { CallDetails } from './timeline-details.ts'

export interface QaContext {
  readonly clock: Clock
  readonly hosts: Hosts
  readonly publicOrigin: string
  readonly sameSite: 'strict' | 'lax'
  readonly cookie: CookieShape
  readonly codec: CookieCodec
  readonly lifetimeMs: number
  /** A path of ours where a session of this provider shows what it is good for. */
  readonly asksAt: (provider: string) => string
  /** Where a link leads that names no other page. */
  readonly home: string
  /** Bearer token that whoever asks has to bring; undefined: nobody has to. */
  readonly token: Secret | undefined
  /** For answers that are written past everything else. */
  readonly headers: Readonly<Record<string, string>>
  readonly storeKind: SessionStore['kind']
  readonly bench: Bench
  readonly links: Links
  readonly timeline: Timeline
  readonly details: CallDetails
  readonly recorder: RecordSwitch
  /** Where the built page is. */
  readonly page: () => Promise<PageFolder>
  /** Who a Cookie header is signed in as; undefined for nobody. */
  readonly whose: (cookieHeader: string | undefined) => Promise<BadgePerson | undefined>
  /** ms of a duration such as `11m`; undefined for what is none. */
  readonly parseDuration: (text: string) => number | undefined
  /** The word that was probably meant. */
  readonly nearest: (word: string, among: readonly string[]) => string | undefined
}
