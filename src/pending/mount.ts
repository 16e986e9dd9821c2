// Puts sign-ins by a link together, where the configuration has any.
import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import type { Metrics } from '../http/metrics.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { errorCode } from '../proxy/failure.ts'
import type { openPools } from '../proxy/pool.ts'
import type { CookieCodec } from '../session/cookie.ts'
import { cookieShape } from '../session/cookie-shape.ts'
import { createPendingSessions } from '../session/pending.ts'
import { createPendingBox } from '../session/pending-box.ts'
import { createCookieReader } from '../session/reader.ts'
import type { Sealer } from '../session/seal.ts'
import type { Sessions } from '../session/sessions.ts'
import type { SessionStore } from '../session/store.ts'
import type { PendingContext } from '../sign-in/confirm-context.ts'
import type { Provider } from '../tokens/provider.ts'
import { createProviderHttp } from '../tokens/providers/http.ts'
import { createPasswordProvider } from '../tokens/providers/password.ts'
import { createIdentify } from '../tokens/providers/password-identity.ts'
import { createAttemptCodec } from './attempt.ts'
import { createKeyring } from './keyring.ts'
import type { PendingEvents } from './pending-events.ts'
import { openPendingSignIns, type Way } from './sign-ins.ts'
import { createValidator } from './validator.ts'

export interface PendingParts {
  readonly config: Config
  readonly pools: ReturnType<typeof openPools>
  readonly store: SessionStore
  readonly sealer: Sealer
  readonly sessions: Sessions
  readonly codec: CookieCodec
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics: Metrics
  readonly onUnreadable: () => void
}

export interface MountedPending {
  readonly context: PendingContext
  /** Those whose tokens count as nobody else's, by name. */
  readonly providers: ReadonlyMap<string, Provider>
  close(): Promise<void>
}

const COOKIES_REMEMBERED = 1000

/** `undefined` where there are none. Whoever calls closes it, before the store. */
export async function mountPending(parts: PendingParts): Promise<MountedPending | undefined> {
  const { config, pools, store, clock, random, codec, onUnreadable } = parts
  const all = config.confirm ?? []
  if (all.length === 0) return undefined
  const events = createPendingEvents(parts)
  const providers = new Map<string, Provider>()
  const ways = new Map<string, Way>()
  for (const one of all) {
    const { issuer, name } = one
    const dispatcher = pools.openAgent({ ca: issuer.ca, connectMs: config.timeouts.connectMs })
    const http = createProviderHttp(dispatcher, clock)
    const identify = createIdentify(issuer, http)
    const validator = createValidator({ config: one, http, identify, claims: config.claims, clock })
    ways.set(name, { config: one, validator, ...(await announcing(one, events)) })
    if (issuer.name === name) {
      const { signIn: _, ...provider } = createPasswordProvider(issuer, { clock, dispatcher })
      providers.set(name, { ...provider, kind: 'confirm' })
    }
  }
  const { keys, sameSite } = config.cookie
  const box = createPendingBox()
  const signIns = openPendingSignIns({
    ways,
    box,
    store,
    clock,
    events,
    pending: createPendingSessions({
      store,
      sealer: parts.sealer,
      box,
      clock,
      random,
      idleMs: config.session.idleMs,
      lifetimeMs: config.session.lifetimeMs,
      find: parts.sessions.find,
    }),
    codec: createAttemptCodec({
      ids: createKeyring(keys, 'pending ids', random),
      jobs: createKeyring(keys, 'pending jobs', random),
    }),
  })
  const cookie = cookieShape(config.publicOrigin, sameSite, '-pending')
  const reader = createCookieReader({
    name: cookie.name,
    codec,
    capacity: Math.min(COOKIES_REMEMBERED, config.nearCache.sessions),
    onUnreadable,
  })
  return { providers, context: { signIns, cookie, reader }, close: signIns.close }
}

async function announcing({ name, push }: Way['config'], events: PendingEvents) {
  if (!push) return {}
  // Not even loaded where it is off.
  const { createPusher } = await import('./pusher.ts')
  const publish = createPusher(push)
  const announce: Way['announce'] = (channel, outcome) =>
    publish(channel, outcome).catch((error: unknown) => events.pushFailed(name, error))
  return { announce }
}

function createPendingEvents({ log, metrics }: PendingParts): PendingEvents {
  return {
    settled(provider, outcome) {
      const word = outcome.kind === 'signed_in' ? 'confirmed' : outcome.reason
      if (outcome.kind === 'refused') metrics.signIns.inc({ provider, outcome: outcome.reason })
      log.info({ event: 'pending_settled', provider, outcome: word }, 'sign-in by a link settled')
    },
    completionRefused(code, provider) {
      metrics.signIns.inc({ provider: provider ?? 'none', outcome: `completion_${code}` })
      log.warn({ event: 'completion_refused', code, provider }, 'a completion changed nothing')
    },
    unreadable: (provider, hint) => log.error({ event: 'sign_in_unreadable', provider }, hint),
    unreachable: (provider, cause) =>
      log.warn(
        { event: 'validator_unreachable', provider, cause: errorCode(cause) },
        'the validator gave no verdict; it is asked again',
      ),
    pushFailed: (provider, cause) =>
      log.warn(
        { event: 'push_failed', provider, cause: errorCode(cause) },
        'outcome not published',
      ),
    failed: (error) =>
      log.error({ event: 'background', cause: errorCode(error) }, 'a pending sign-in job failed'),
  }
}
