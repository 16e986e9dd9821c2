// Everything that answers on the public listener, in the order in which it is asked.
import type { FastifyInstance } from 'fastify'
import type { Config } from './config/config.ts'
import type { Events } from './events.ts'
import { ownHostsOnly, problemBoundary, withHeaders } from './http/boundary.ts'
import { healthEndpoint } from './http/health.ts'
import { createDoctorProof } from './http/hops.ts'
import { unreadBodies } from './http/request-bodies.ts'
import { fallbackFor, noFrontend, sendFallback, staticFiles } from './http/static.ts'
import type { MountedProxy } from './proxy/mount.ts'
import { proxyPlugIn } from './proxy/plug-in.ts'
import type { QaParts } from './qa/mount.ts'
import { authTap } from './qa/record/plug-in.ts'
import type { CookieReader } from './session/reader.ts'
import type { OpenSession } from './session/session.ts'
import type { Sessions } from './session/sessions.ts'
import { accountsIn } from './sign-in/account.ts'
import type { SignInContext } from './sign-in/context.ts'
import { signInPlugIn } from './sign-in/plug-in.ts'

export interface EndpointsParts extends Omit<QaParts, 'failed'> {
  readonly reader: CookieReader
  readonly events: Pick<Events, 'proxy' | 'background'>
  /** Undefined where there is no QA bench. */
  readonly bench: typeof import('./qa/mount.ts') | undefined
  readonly signIn: SignInContext
  readonly proxy: MountedProxy
  readonly shortCut: boolean
}

export async function endpoints(app: FastifyInstance, parts: EndpointsParts): Promise<void> {
  const { config, clock, hosts, headers, events, bench, store, proxy, shortCut } = parts
  const { publicOrigin, qa } = config
  if (qa?.badge) (await import('./qa/badge.ts')).badgeInPages(app)
  problemBoundary(app, {
    hosts,
    headers,
    denied: events.proxy.denied,
    failed: events.background,
    page(request, reply) {
      const files = fallbackFor(config.static, request)
      return files && sendFallback(reply, files, publicOrigin)
    },
    nothing: (request) => noFrontend(config.static, request),
  })
  healthEndpoint(app, store, clock, createDoctorProof(config.cookie.keys, clock))
  unreadBodies(app)
  await app.register(async (auth) => {
    ownHostsOnly(auth, hosts)
    withHeaders(auth, headers)
    tapOn(auth, parts)
    await auth.register(signInPlugIn, parts.signIn)
  })
  if (bench && qa) {
    await app.register(async (own) => {
      ownHostsOnly(own, hosts)
      withHeaders(own, headers)
      await bench.mountQa(own, qa, { ...parts, failed: events.background })
    })
  }
  await app.register(async (files) => {
    ownHostsOnly(files, hosts)
    for (const one of config.static) await staticFiles(files, one, publicOrigin)
  })
  const { context, routes } = proxy
  await app.register(proxyPlugIn, { context, routes, shortCut })
}

/** Shows sign-ins and sign-outs to whoever looks on. */
function tapOn(auth: FastifyInstance, parts: EndpointsParts): void {
  const { config, clock, hosts, observers } = parts
  authTap(auth, {
    observers,
    clock,
    originOf: hosts.originOf,
    sessionOf: createHolder(parts),
    accountIn: (fields) => firstAccount(config, fields),
  })
}

function firstAccount({ providers }: Config, fields: Readonly<Record<string, unknown>>) {
  return providers.flatMap(({ signIn }) => accountsIn(fields, signIn.account)).at(0)
}

/** Whose session a Cookie header names; undefined for nobody's, and for one that is not active. */
function createHolder({ reader, sessions }: { reader: CookieReader; sessions: Sessions }) {
  return async (cookieHeader: string | undefined): Promise<OpenSession | undefined> => {
    const read = reader.read(cookieHeader)
    if (read.kind !== 'ticket') return undefined
    const { ticket } = read.opened
    const near = sessions.near(ticket)
    if (near) return near
    const found = await sessions.find(ticket)
    return found.kind === 'active' ? found.session : undefined
  }
}
