// Puts the demo upstream's routes, faults and journal behind one HTTP server.
import type { IncomingMessage } from 'node:http'
import fastify, { type FastifyInstance } from 'fastify'
import type { Clock } from '../lib/clock.ts'
import { actOut, type DemoFaults } from './demo-faults.ts'
import type { DemoJournal, Entry } from './demo-journal.ts'
import type { DemoRoutes } from './demo-routes.ts'

/** Where the upgrades are that the server itself tells of. */
export const CHAT = '/chat'

/** Milliseconds, or a function asked for every call. */
export type Latency = number | ((call: { method: string; path: string }) => number)

export interface DemoAppOptions {
  readonly clock: Clock
  readonly latencyMs: Latency
  readonly faults: DemoFaults
  readonly journal: DemoJournal
  readonly routes: DemoRoutes
}

export function createDemoApp(options: DemoAppOptions): FastifyInstance {
  const { clock, latencyMs, faults, journal, routes } = options
  const entries = new WeakMap<IncomingMessage, Entry>()
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    // Whatever else asks for an upgrade is a request like any other.
    http: { shouldUpgradeCallback: ({ url }) => pathOf(url ?? '') === CHAT },
    // A path that cannot be decoded comes here, before any hook.
    frameworkErrors: (_error, { method, url, headers }, reply) => {
      const { authorization, cookie } = headers
      const arrival = { method, path: pathOf(url), known: false, authorization }
      journal.arrive({ ...arrival, cookie: cookie !== undefined }).answered(404)
      reply.hijack()
      reply.raw.writeHead(404, { 'content-type': HTML }).end(UNKNOWN)
    },
  })

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  app.addHook('onRequest', (request, reply, done) => {
    const { method } = request
    const path = pathOf(request.url)
    const { authorization, cookie } = request.headers
    if (!path.startsWith('/demo/')) {
      const shown = request.is404 ? path : (request.routeOptions.url ?? path)
      const arrival = { method, path: shown, known: !request.is404, authorization }
      entries.set(request.raw, journal.arrive({ ...arrival, cookie: cookie !== undefined }))
    }
    faults.pass(method, path, () => {
      const wait = typeof latencyMs === 'number' ? latencyMs : latencyMs({ method, path })
      const go = () => {
        const fault = faults.meet(method, path)
        if (!fault) return done()
        reply.hijack()
        actOut(fault, reply.raw)
        if ('answer' in fault) entries.get(request.raw)?.answered(fault.answer)
      }
      if (wait > 0) clock.after(wait, go)
      else go()
    })
  })

  app.addHook('onResponse', (request, reply, done) => {
    entries.get(request.raw)?.answered(reply.statusCode)
    done()
  })

  for (const [name, handle] of Object.entries(routes)) {
    const [method = '', url = ''] = name.split(' ')
    app.route<{ Params: Record<string, string>; Querystring: Record<string, unknown> }>({
      method,
      url,
      handler: (request, reply) => {
        const [status, body] = handle({
          authorization: request.headers.authorization,
          body: Buffer.isBuffer(request.body) ? request.body : undefined,
          params: request.params,
          query: request.query,
          belongsTo: (username) => entries.get(request.raw)?.belongsTo(username),
        })
        return reply.code(status).type('application/json').send(JSON.stringify(body))
      },
    })
  }

  app.get('/demo/seen', () => journal.seen())

  app.setNotFoundHandler((_request, reply) => reply.code(404).type(HTML).send(UNKNOWN))
  return app
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url
}

const HTML = 'text/html; charset=utf-8'
const UNKNOWN =
  '<!doctype html>\n<html lang="en"><title>404 Not Found</title><h1>Not Found</h1></html>\n'
