// Puts the forwarding of requests together: what every proxied request is handed, and every route made ready.
import type { Config } from '../config/config.ts'
import { withAdvice } from '../http/boundary.ts'
import { problemAnswer } from '../http/problem.ts'
import type { NearCache } from '../session/near.ts'
import type { Provider } from '../tokens/provider.ts'
import type { ProxyContext, ProxyEvents } from './context.ts'
import { createIdleWatch } from './idle-watch.ts'
import type { ProxyPlugInOptions } from './plug-in.ts'
import type { Pools } from './pool.ts'
import { pseudonymOf } from './pseudonym.ts'
import { createRoute } from './route.ts'
import { createWebSocketEnds } from './websocket-ends.ts'
import { createPulse } from './websocket-pulse.ts'

type Handed =
  | 'clientIp'
  | 'clock'
  | 'cookie'
  | 'hosts'
  | 'isPending'
  | 'live'
  | 'observers'
  | 'reader'
  | 'refresher'
  | 'sessions'

export interface ProxyParts extends Pick<ProxyContext, Handed> {
  readonly config: Config
  readonly pools: Pools
  readonly near: NearCache
  /** By name. */
  readonly providers: ReadonlyMap<string, Provider>
  readonly events: { readonly proxy: ProxyEvents }
  /** For every problem. */
  readonly headers: Readonly<Record<string, string>>
}

export interface MountedProxy extends Pick<ProxyPlugInOptions, 'context' | 'routes'> {
  /** Looks after what is under way no more. */
  close(): void
}

/** `guard`: see `ProxyContext`. Whoever calls closes it, before what it was handed. */
export function openProxy(parts: ProxyParts, guard: boolean): MountedProxy {
  const { config, pools, near, providers, hosts, clock, headers } = parts
  const { pingMs, idleMs, maxMessage } = config.live
  const idleWatch = createIdleWatch(clock)
  const pulse = createPulse({ clock, pingMs, idleMs })
  const name = pseudonymOf(config.cookie.keys)
  const context: ProxyContext = {
    clock,
    hosts,
    cookie: parts.cookie,
    reader: parts.reader,
    sessions: parts.sessions,
    refresher: parts.refresher,
    idleWatch,
    live: parts.live,
    webSockets: createWebSocketEnds(clock, maxMessage),
    pulse,
    guard,
    pseudonym: `1.1 ${name}`,
    isLoop: (via) => via?.includes(name) === true,
    clientIp: parts.clientIp,
    answerProblem(req, res, code, problem, requestId) {
      if (res.headersSent) return
      const told = withAdvice(code, problem, hosts)
      const answer = problemAnswer(code, told, requestId, headers)
      res.writeHead(answer.status, answer.headers)
      res.end(req.method === 'HEAD' ? undefined : answer.body)
    },
    events: parts.events.proxy,
    observers: parts.observers,
    liveRef: (matches) => near.all().find(matches)?.record.ref,
    isPending: parts.isPending,
  }
  return {
    context,
    routes: config.routes.map((route) => {
      const { ca, timeouts, upstream } = route
      const pool = pools.open({ origin: upstream.origin, ca, connectMs: timeouts.connectMs })
      const provider = route.provider === undefined ? undefined : providers.get(route.provider)
      return createRoute(route, pool, provider)
    }),
    close() {
      pulse.close()
      idleWatch.close()
    },
  }
}
