// The composition root: configuration → adapters → plug-ins, as one ordinary Fastify plug-in.
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Logger } from 'pino'
import { packageVersion } from './cli/version.ts'
import type { Config, RecordConfig } from './config/config.ts'
import { endpoints } from './endpoints.ts'
import { createEvents } from './events.ts'
import { clientIp } from './http/client-ip.ts'
import { createHosts } from './http/hosts.ts'
import { createMetrics, type Metrics } from './http/metrics.ts'
import { apiHeaders } from './http/security-headers.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import { type Random, systemRandom } from './lib/random.ts'
import { createLiveRegistry, type LiveRegistry } from './live/registry.ts'
import { createLog } from './log.ts'
import { mountPending } from './pending/mount.ts'
import { openProxy } from './proxy/mount.ts'
import { createObservers, type Observers } from './proxy/observe.ts'
import { openPools } from './proxy/pool.ts'
import { createGatewayRecorder } from './qa/record/gateway.ts'
import type { Recorder } from './qa/record/recorder.ts'
import { createCookieCodec } from './session/cookie.ts'
import { cookieShape } from './session/cookie-shape.ts'
import { createDesk, type Desk } from './session/desk.ts'
import { createNearCache, type NearCache } from './session/near.ts'
import { createCookieReader } from './session/reader.ts'
import { createSealer } from './session/seal.ts'
import { createSessions, type Sessions } from './session/sessions.ts'
import type { SessionStore } from './session/store.ts'
import { createGuardedStore } from './session/stores/guarded.ts'
import { openStore } from './session/stores/open.ts'
import { createSignInContext } from './sign-in/mount.ts'
import { endOf } from './tokens/authorize.ts'
import type { Provider } from './tokens/provider.ts'
import { createPasswordProvider } from './tokens/providers/password.ts'
import { createRefresher } from './tokens/refresh.ts'

export interface CoatcheckOptions {
  readonly config: Config
  readonly clock?: Clock
  readonly random?: Random
  readonly log?: Logger
  /** An open store to use instead of the configured one; whoever opened it closes it. */
  readonly store?: SessionStore
  /** Recorded from the start, in place of what the configuration says. */
  readonly record?: RecordConfig
  /** For tests that show what the guard prevents. */
  readonly guard?: boolean
  /** For the test that compares the short cut with the long way. */
  readonly shortCut?: boolean
}

/** What the plug-in leaves on the Fastify instance for whoever runs it. */
export interface Coatcheck {
  readonly store: SessionStore
  readonly sessions: Sessions
  readonly near: NearCache
  readonly live: LiveRegistry
  readonly metrics: Metrics
  /** For operators. */
  readonly desk: Desk
  readonly log: Logger
  /** For whoever looks on while requests pass. */
  readonly observers: Observers
  readonly recorder: Recorder
}

declare module 'fastify' {
  interface FastifyInstance {
    coatcheck: Coatcheck
  }
}

/** Rejects when the store cannot be opened. Everything it opens is closed with the Fastify instance. */
async function coatcheckPlugIn(app: FastifyInstance, options: CoatcheckOptions): Promise<void> {
  const { config, clock = systemClock, random = systemRandom } = options
  const log = options.log ?? createLog(config.log.level)
  const near = createNearCache(config.nearCache.sessions)
  const metrics = createMetrics(
    () => near.size,
    () => app.coatcheck.live.counts,
  )
  const observers = createObservers()
  const events = createEvents(
    log,
    metrics,
    config,
    ({ requestId, route, asker, owner, seen, stopped }) =>
      observers.leak({ requestId, route, asker, owner, seen, stopped, at: clock.now() }),
  )

  // Each is closed even where what comes after it fails to open; the last opened first.
  const guarded = createGuardedStore(
    options.store ?? (await openStore(config.store, { clock, random, onError: events.background })),
    { clock, timeoutMs: config.outages.timeoutMs, events: events.store },
  )
  app.addHook('onClose', async () => {
    if (options.store) guarded.stop()
    else await guarded.close()
    log.flush()
  })
  // Not even loaded where it is off.
  const bench = config.qa && (await import('./qa/mount.ts'))
  const store = config.qa
    ? (await import('./qa/clock-store.ts')).createClockStore(guarded)
    : guarded
  const recorder = createGatewayRecorder({
    config,
    observers,
    clock,
    version: packageVersion(),
    onError: events.background,
  })
  app.addHook('onClose', async () => void (await recorder.stop()))
  const record = options.record ?? config.qa?.record
  if (record) await recorder.start(record)
  const pools = openPools()
  app.addHook('onClose', () => pools.close())
  const providers = new Map<string, Provider>()
  for (const provider of config.providers) {
    const { connectMs } = config.timeouts
    const dispatcher = pools.openAgent({ ca: provider.ca, connectMs })
    providers.set(provider.name, createPasswordProvider(provider, { clock, dispatcher }))
  }

  const codec = await createCookieCodec(app, config.cookie.keys)
  const cookie = cookieShape(config.publicOrigin, config.cookie.sameSite)
  const reader = createCookieReader({
    name: cookie.name,
    codec,
    capacity: config.nearCache.sessions,
    onUnreadable: events.cookieUnreadable,
  })
  const sealer = createSealer(random)
  const sessions = createSessions({
    store,
    sealer,
    near,
    clock,
    random,
    idleMs: config.session.idleMs,
    lifetimeMs: config.session.lifetimeMs,
    graceMs: config.outages.graceMs,
    events: events.sessions,
  })
  app.addHook('onClose', async () => sessions.close())
  const live = createLiveRegistry({
    ...config.live,
    sessions,
    store,
    clock,
    endOf: (session) => endOf(session, providers.values(), clock.now()),
    events: events.live,
  })
  // Before the listener waits for whoever is connected.
  app.addHook('preClose', async () => live.drain())
  app.addHook('onClose', async () => live.close())
  const { providerMs } = config.timeouts
  const refresher = createRefresher({ sessions, store, clock, providerMs, events: events.refresh })
  app.addHook('onClose', () => refresher.close())

  const own = { config, clock, random, log, metrics, observers, events, near, store, pools }
  const open = { ...own, codec, cookie, reader, sealer, sessions, live, refresher, providers }
  const pending = await mountPending({ ...open, onUnreadable: events.cookieUnreadable })
  app.addHook('onClose', async () => pending?.close())
  for (const [name, provider] of pending?.providers ?? []) providers.set(name, provider)
  // Whoever tests over plain http elsewhere than on loopback shall see it on every answer.
  const warning = config.insecureHttp ? { 'coatcheck-warning': 'insecureHttp' } : {}
  const parts = {
    ...open,
    pending,
    isPending: (header: string | undefined) =>
      pending?.context.reader.read(header).kind === 'ticket',
    hosts: createHosts(config.publicOrigin),
    headers: { ...apiHeaders(config.publicOrigin), ...warning },
    clientIp: (remote: string | undefined, forwardedFor: string | undefined) =>
      clientIp(remote, forwardedFor, config.trustProxy),
  }
  const proxy = openProxy(parts, options.guard ?? true)
  app.addHook('onClose', async () => proxy.close())
  const signIn = createSignInContext(parts)

  const desk = createDesk({ store, clock, onEnded: events.operators.ended })
  app.decorate('coatcheck', {
    store,
    sessions,
    near,
    live,
    metrics,
    desk,
    log,
    observers,
    recorder,
  })
  const { shortCut = true } = options
  await app.register((scope) =>
    endpoints(scope, { ...parts, recorder, bench, signIn, proxy, shortCut }),
  )
}

export const coatcheck = fp(coatcheckPlugIn, { name: 'coatcheck', fastify: '5.x' })
