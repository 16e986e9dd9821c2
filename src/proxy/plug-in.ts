// Mounts every route. @fastify/http-proxy owns the paths and their safety; a path with nothing in it to misread takes
// the short cut. Both end in the same forwarder.
import httpProxy from '@fastify/http-proxy'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ProblemError } from '../errors.ts'
import type { Asked } from './admission.ts'
import type { ProxyContext } from './context.ts'
import { serve } from './passage.ts'
import { readRequestHead } from './request-head.ts'
import { hidesDotSegment, type ProxyRoute, plainTarget } from './route.ts'
import { Tap } from './tap.ts'
import { upgradeOf } from './upgrade.ts'
import { serveWebSocket } from './websocket.ts'

export interface ProxyPlugInOptions {
  readonly context: ProxyContext
  readonly routes: readonly ProxyRoute[]
  /** False sends every path the long way, for the test that compares the two. */
  readonly shortCut: boolean
}

export async function proxyPlugIn(app: FastifyInstance, options: ProxyPlugInOptions) {
  const { context, routes, shortCut } = options
  const exactFirst = [...routes].sort((a, b) => a.config.match.localeCompare(b.config.match))
  for (const route of exactFirst) {
    await app.register(async (scope) => {
      // It brings its own.
      scope.removeAllContentTypeParsers()
      scope.addHook('onRequest', shortCut ? shortCutOf(context, route) : takeLongWay)
      await scope.register(httpProxy, {
        upstream: route.config.upstream.href,
        rewritePrefix: route.basePath,
        ...(route.config.at === '/' ? {} : { prefix: route.config.at }),
        routes: pathsOf(app, route),
        httpMethods: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'],
        handler: (request: FastifyRequest, reply: FastifyReply, dest: string) => {
          longWay(context, route, request, reply, dest)
        },
      })
    })
  }
}

/** Below `config.at`: itself alone, or itself and everything under it, unless itself is taken by an exact path. */
function pathsOf(app: FastifyInstance, { config }: ProxyRoute): string[] {
  if (config.at === '/') return config.match === 'path' ? ['/'] : ['/*']
  if (config.match === 'path') return ['']
  return app.hasRoute({ method: 'POST', url: config.at }) ? ['/*'] : ['', '/*']
}

function shortCutOf(context: ProxyContext, route: ProxyRoute) {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const target = plainTarget(route, request.raw.url ?? '')
    if (target === undefined) takeLongWay(request, undefined, done)
    else take(context, route, request, reply, target)
  }
}

/** Bodies pass as they are: what they say they are is the upstream's to judge, not Fastify's. */
function takeLongWay(request: FastifyRequest, _reply: unknown, done: () => void): void {
  if (request.headers['content-type'] !== undefined) {
    request.raw.headers['content-type'] = 'application/octet-stream'
  }
  done()
}

/** `dest`: the upstream's path, judged safe by http-proxy; the query goes along as it was received. */
function longWay(
  context: ProxyContext,
  route: ProxyRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  dest: string,
): void {
  const url = request.raw.url ?? ''
  if (url.includes('#')) {
    throw new ProblemError('bad_request', { detail: 'A request target has no fragment' })
  }
  if (hidesDotSegment(dest)) throw new ProblemError('bad_request')
  const query = url.indexOf('?')
  const path = dest === '' ? '/' : dest
  const target = query === -1 ? path : path + url.slice(query)
  take(context, route, request, reply, target)
}

function take(
  context: ProxyContext,
  route: ProxyRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  target: string,
): void {
  reply.hijack()
  const { raw: req, id: requestId } = request
  const { clock, observers } = context
  const startedAt = clock.now()
  const upgrade = upgradeOf(req)
  const asked: Asked = {
    context,
    route,
    req,
    res: reply.raw,
    head: readRequestHead(req.rawHeaders, upgrade !== undefined),
    target,
    requestId,
    startedAt,
    tap: observers.watching
      ? new Tap({ observers, req, requestId, route: route.pattern, startedAt })
      : undefined,
    origin: '',
    ticket: undefined,
    webSocket: upgrade !== undefined,
  }
  if (upgrade) serveWebSocket(asked, upgrade)
  else serve(asked)
}
