// The composition root: configuration → adapters → plug-ins, as one ordinary Fastify plug-in.
import { hkdfSync } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Logger } from 'pino'
import { packageVersion } from './cli/version.ts'
import type { Config, RecordConfig } from './config/config.ts'
import { createEvents } from './events.ts'
import { ownHostsOnly, problemBoundary, withAdvice, withHeaders } from './http/boundary.ts'
import { clientIp } from './http/client-ip.ts'
import { healthEndpoint } from './http/health.ts'
import { createDoctorProof } from './http/hops.ts'
import { createHosts } from './http/hosts.ts'
import { createMetrics, type Metrics } from './http/metrics.ts'
import { problemAnswer } from './http/problem.ts'
import { apiHeaders } from './http/security-headers.ts'
import { fallbackFor, noFrontend, sendFallback, staticFiles } from './http/static.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import { type Random, systemRandom } from './lib/random.ts'
import { createLiveRegistry, type LiveRegistry } from './live/registry.ts'
import { createLog } from './log.ts'
import { mountPending } from './pending/mount.ts'
import type { ProxyContext } from './proxy/context.ts'
import { createIdleWatch } from './proxy/idle-watch.ts'
import { createObservers, type Observers } from './proxy/observe.ts'
import { proxyPlugIn } from './proxy/plug-in.ts'
import { openPools } from './proxy/pool.ts'
import { createRoute } from './proxy/route.ts'
import { createWebSocketEnds } from './proxy/websocket-ends.ts'
import { createPulse } from './proxy/websocket-pulse.ts'
import { createGatewayRecorder } from './qa/record/gateway.ts'
import { authTap } from './qa/record/plug-in.ts'
import type { Recorder } from './qa/record/recorder.ts'
import { createCookieCodec } from './session/cookie.ts'
import { cookieShape } from './session/cookie-shape.ts'
import { createDesk, type Desk } from './session/desk.ts'
import { deviceOf } from './session/device.ts'
import { createNearCache, type NearCache } from './session/near.ts'
import { createCookieReader } from './session/reader.ts'
import { createSealer } from './session/seal.ts'
import { createSessions, type Sessions } from './session/sessions.ts'
import type { SessionStore } from './session/store.ts'
import { createGuardedStore } from './session/stores/guarded.ts'
import { openStore } from './session/stores/open.ts'
import { accountsIn } from './sign-in/account.ts'
import { addressKey } from './sign-in/address-key.ts'
import type { SignInContext } from './sign-in/context.ts'
import { createAttemptLimiter } from './sign-in/limiter.ts'
import { signInPlugIn } from './sign-in/plug-in.ts'
import { endOf } from './tokens/authorize.ts'
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
  const store = bench?.createClockStore(guarded) ?? guarded
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
  const codec = await createCookieCodec(app, config.cookie.keys)
  const cookie = cookieShape(config.publicOrigin, config.cookie.sameSite)
  const hosts = createHosts(config.publicOrigin)
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
  const { pingMs, idleMs, maxMessage } = config.live
  const pulse = createPulse({ clock, pingMs, idleMs })
  // Before the listener waits for whoever is connected.
  app.addHook('preClose', async () => live.drain())
  app.addHook('onClose', async () => {
    live.close()
    pulse.close()
  })
  const reader = createCookieReader({
    name: cookie.name,
    codec,
    capacity: config.nearCache.sessions,
    onUnreadable: events.cookieUnreadable,
  })
  const { providerMs } = config.timeouts
  const refresher = createRefresher({ sessions, store, clock, providerMs, events: events.refresh })
  app.addHook('onClose', () => refresher.close())
  const providers = new Map(
    config.providers.map((provider) => {
      const { ca } = provider
      const dispatcher = pools.openAgent({ ca, connectMs: config.timeouts.connectMs })
      return [provider.name, createPasswordProvider(provider, { clock, dispatcher })] as const
    }),
  )
  const pending = await mountPending({
    config,
    pools,
    store,
    sealer,
    sessions,
    codec,
    clock,
    random,
    log,
    metrics,
    onUnreadable: events.cookieUnreadable,
  })
  app.addHook('onClose', async () => pending?.close())
  for (const [name, provider] of pending?.providers ?? []) providers.set(name, provider)
  const idleWatch = createIdleWatch(clock)
  app.addHook('onClose', async () => idleWatch.close())
  // Whoever tests over plain http elsewhere than on loopback shall see it on every answer.
  const warning = config.insecureHttp ? { 'coatcheck-warning': 'insecureHttp' } : {}
  const headers = { ...apiHeaders(config.publicOrigin), ...warning }
  const ipOf = (remote: string | undefined, forwardedFor: string | undefined) =>
    clientIp(remote, forwardedFor, config.trustProxy)

  const name = `coatcheck-${labelled(config.cookie.keys, 'via', 4).toString('hex')}`
  const proxy: ProxyContext = {
    clock,
    hosts,
    cookie,
    reader,
    sessions,
    refresher,
    idleWatch,
    live,
    webSockets: createWebSocketEnds(clock, maxMessage),
    pulse,
    guard: options.guard ?? true,
    pseudonym: `1.1 ${name}`,
    isLoop: (via) => via?.includes(name) === true,
    clientIp: ipOf,
    answerProblem(req, res, code, problem, requestId) {
      if (res.headersSent) return
      const told = withAdvice(code, problem, hosts)
      const answer = problemAnswer(code, told, requestId, headers)
      res.writeHead(answer.status, answer.headers)
      res.end(req.method === 'HEAD' ? undefined : answer.body)
    },
    events: events.proxy,
    observers,
    liveRef: (matches) => near.all().find(matches)?.record.ref,
    isPending: (cookieHeader) => pending?.context.reader.read(cookieHeader).kind === 'ticket',
  }
  const signIn: SignInContext = {
    clock,
    hosts,
    cookie,
    codec,
    reader,
    sessions,
    providers: new Map([
      ...config.providers.flatMap(({ name, signIn }) => {
        const provider = providers.get(name)
        if (!provider) return []
        return [[name, { provider, also: signIn.also, accountFields: signIn.account }] as const]
      }),
      ...[...(pending?.providers ?? [])].map(
        ([name, provider]) => [name, { provider, also: undefined, accountFields: [] }] as const,
      ),
    ]),
    live,
    pending: pending?.context,
    limiter: createAttemptLimiter({
      perAddress: config.limits.signInPerAddress,
      perAccount: config.limits.signInPerAccount,
      windowMs: config.limits.windowMs,
      clock,
      addressKey,
    }),
    async assertStoreTakesMore() {
      store.assertTakesMore()
      await store.ping()
    },
    extend: (held, provider, tokens) =>
      refresher.undisturbed(held, (current) => sessions.extend(current, provider, tokens)),
    csrf: config.csrf,
    lifetimeMs: config.session.lifetimeMs,
    pages: config.pages,
    claims: config.claims,
    clientIp: ipOf,
    deviceOf,
    events: events.signIn,
  }

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

  await app.register(async (scope) => {
    if (config.qa?.badge) bench?.badgeInPages(scope)
    problemBoundary(scope, {
      hosts,
      headers,
      denied: events.proxy.denied,
      failed: events.background,
      page(request, reply) {
        const files = fallbackFor(config.static, request)
        return files && sendFallback(reply, files, config.publicOrigin)
      },
      nothing: (request) => noFrontend(config.static, request),
    })
    healthEndpoint(scope, store, clock, createDoctorProof(config.cookie.keys, clock))
    await scope.register(async (own) => {
      ownHostsOnly(own, hosts)
      withHeaders(own, headers)
      authTap(own, {
        observers,
        clock,
        originOf: hosts.originOf,
        async sessionOf(cookieHeader) {
          const read = reader.read(cookieHeader)
          if (read.kind !== 'ticket') return undefined
          const { ticket } = read.opened
          const found = sessions.near(ticket) ?? (await sessions.find(ticket))
          if (!('kind' in found)) return found
          return found.kind === 'active' ? found.session : undefined
        },
        accountIn: (fields) =>
          config.providers.flatMap((provider) => accountsIn(fields, provider.signIn.account)).at(0),
      })
      await own.register(signInPlugIn, signIn)
    })
    const { qa } = config
    if (bench && qa) {
      await scope.register(async (own) => {
        ownHostsOnly(own, hosts)
        withHeaders(own, headers)
        const sealed = { codec, cookie, near, sealer, sessions, store }
        const around = { config, clock, random, hosts, headers, providers, observers }
        const failed = events.background
        await bench.mountQa(own, qa, { ...sealed, ...around, recorder, failed })
      })
    }
    await scope.register(async (files) => {
      ownHostsOnly(files, hosts)
      for (const one of config.static) await staticFiles(files, one, config.publicOrigin)
    })
    await scope.register(proxyPlugIn, {
      context: proxy,
      routes: config.routes.map((route) => {
        const { ca, timeouts, upstream } = route
        const pool = pools.open({ origin: upstream.origin, ca, connectMs: timeouts.connectMs })
        const provider = route.provider === undefined ? undefined : providers.get(route.provider)
        return createRoute(route, pool, provider)
      }),
      shortCut: options.shortCut ?? true,
    })
  })
}

export const coatcheck = fp(coatcheckPlugIn, { name: 'coatcheck', fastify: '5.x' })

/** A key of its own for every purpose, from the newest cookie key (RFC 5869). */
function labelled(keys: readonly Buffer[], label: string, bytes: number): Buffer {
  const [newest = Buffer.alloc(32)] = keys
  return Buffer.from(hkdfSync('sha256', newest, '', `coatcheck ${label}`, bytes))
}
