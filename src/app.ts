// The composition root: configuration → adapters → plug-ins, as one ordinary Fastify plug-in.
import { hkdfSync } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Logger } from 'pino'
import type { Config } from './config/config.ts'
import { createEvents } from './events.ts'
import { ownHostsOnly, problemBoundary, withHeaders } from './http/boundary.ts'
import { clientIp } from './http/client-ip.ts'
import { healthEndpoint } from './http/health.ts'
import { createHosts } from './http/hosts.ts'
import { createMetrics, type Metrics } from './http/metrics.ts'
import { problemAnswer } from './http/problem.ts'
import { apiHeaders } from './http/security-headers.ts'
import { fallbackFor, sendFallback, staticFiles } from './http/static.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import { type Random, systemRandom } from './lib/random.ts'
import { createLog } from './log.ts'
import type { ProxyContext } from './proxy/context.ts'
import { createIdleWatch } from './proxy/idle-watch.ts'
import { proxyPlugIn } from './proxy/plug-in.ts'
import { openPools } from './proxy/pool.ts'
import { createRoute } from './proxy/route.ts'
import { createCookieCodec } from './session/cookie.ts'
import { cookieShape } from './session/cookie-shape.ts'
import { deviceOf } from './session/device.ts'
import { createNearCache, type NearCache } from './session/near.ts'
import { createCookieReader } from './session/reader.ts'
import { createSealer } from './session/seal.ts'
import { createSessions, type Sessions } from './session/sessions.ts'
import type { SessionStore } from './session/store.ts'
import { createMemoryStore } from './session/stores/memory.ts'
import { addressKey } from './sign-in/address-key.ts'
import type { SignInContext } from './sign-in/context.ts'
import { createAttemptLimiter } from './sign-in/limiter.ts'
import { signInPlugIn } from './sign-in/plug-in.ts'
import { createPasswordProvider } from './tokens/providers/password.ts'
import { createRefresher } from './tokens/refresh.ts'

export interface CoatcheckOptions {
  readonly config: Config
  readonly clock?: Clock
  readonly random?: Random
  readonly log?: Logger
  /** An open store to use instead of the configured one; whoever opened it closes it. */
  readonly store?: SessionStore
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
  readonly metrics: Metrics
  readonly log: Logger
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
  const metrics = createMetrics(() => near.size)
  const events = createEvents(log, metrics, config.log.access)

  // Each is closed even where what comes after it fails to open; the last opened first.
  const store = options.store ?? (await openStore(config, clock, random, events.background))
  app.addHook('onClose', async () => {
    if (!options.store) await store.close()
    log.flush()
  })
  const pools = openPools()
  app.addHook('onClose', () => pools.close())
  const codec = await createCookieCodec(app, config.cookie.keys)
  const cookie = cookieShape(config.publicOrigin, config.cookie.sameSite)
  const hosts = createHosts(config.publicOrigin)
  const sessions = createSessions({
    store,
    sealer: createSealer(random),
    near,
    clock,
    random,
    idleMs: config.session.idleMs,
    lifetimeMs: config.session.lifetimeMs,
    events: events.sessions,
  })
  app.addHook('onClose', async () => sessions.close())
  const reader = createCookieReader({
    name: cookie.name,
    codec,
    capacity: config.nearCache.sessions,
    onUnreadable: events.cookieUnreadable,
  })
  const { providerMs } = config.timeouts
  const refresher = createRefresher({ sessions, store, clock, providerMs, events: events.refresh })
  const providers = new Map(
    config.providers.map((provider) => {
      const { ca } = provider
      const dispatcher = pools.openAgent({ ca, connectMs: config.timeouts.connectMs })
      return [provider.name, createPasswordProvider(provider, { clock, dispatcher })] as const
    }),
  )
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
    guard: options.guard ?? true,
    pseudonym: `1.1 ${name}`,
    isLoop: (via) => via?.includes(name) === true,
    clientIp: ipOf,
    answerProblem(req, res, code, problem, requestId) {
      if (res.headersSent) return
      const answer = problemAnswer(code, problem, requestId, headers)
      res.writeHead(answer.status, answer.headers)
      res.end(req.method === 'HEAD' ? undefined : answer.body)
    },
    events: events.proxy,
  }
  const signIn: SignInContext = {
    clock,
    hosts,
    cookie,
    codec,
    reader,
    sessions,
    providers: new Map(
      config.providers.flatMap(({ name, signIn }) => {
        const provider = providers.get(name)
        if (!provider) return []
        return [[name, { provider, also: signIn.also, accountFields: signIn.account }] as const]
      }),
    ),
    limiter: createAttemptLimiter({
      perAddress: config.limits.signInPerAddress,
      perAccount: config.limits.signInPerAccount,
      windowMs: config.limits.windowMs,
      clock,
      addressKey,
    }),
    csrf: config.csrf,
    lifetimeMs: config.session.lifetimeMs,
    pages: config.pages,
    claims: config.claims,
    clientIp: ipOf,
    deviceOf,
    events: events.signIn,
  }

  app.decorate('coatcheck', { store, sessions, near, metrics, log })

  await app.register(async (scope) => {
    problemBoundary(scope, {
      hosts,
      headers,
      denied: events.proxy.denied,
      failed: events.background,
      page(request, reply) {
        const files = fallbackFor(config.static, request)
        return files && sendFallback(reply, files, config.publicOrigin)
      },
    })
    healthEndpoint(scope, store, clock)
    await scope.register(async (own) => {
      ownHostsOnly(own, hosts)
      withHeaders(own, headers)
      await own.register(signInPlugIn, signIn)
    })
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

async function openStore(
  config: Config,
  clock: Clock,
  random: Random,
  onError: (error: unknown) => void,
): Promise<SessionStore> {
  const { store } = config
  if (store.kind === 'memory') return createMemoryStore({ clock, random })
  // A driver's native code is loaded only where it is used.
  const { openSqliteStore } = await import('./session/stores/sqlite.ts')
  return openSqliteStore({ path: store.path, clock, random, onError })
}

/** A key of its own for every purpose, from the newest cookie key (RFC 5869). */
function labelled(keys: readonly Buffer[], label: string, bytes: number): Buffer {
  const [newest = Buffer.alloc(32)] = keys
  return Buffer.from(hkdfSync('sha256', newest, '', `coatcheck ${label}`, bytes))
}
