// The edge of everything that answers under our own name: only our hosts are served, every failure is a problem,
// every answer carries our security headers.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ProblemCode, ProblemError, type ProblemOptions } from '../errors.ts'
import type { Hosts } from './hosts.ts'
import { problemAnswer } from './problem.ts'

export interface BoundaryOptions {
  readonly hosts: Hosts
  /** For every answer that does not say otherwise itself. */
  readonly headers: Readonly<Record<string, string>>
  readonly denied: (denial: {
    code: ProblemCode
    step: string
    requestId: string
    route: string
  }) => void
  /** A failure that is ours. */
  readonly failed: (error: unknown) => void
  /** Answers a navigation that no route knows; undefined when there is nothing to show. */
  readonly page?: (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined
  /** What to say where nothing is; undefined when the title says it all. */
  readonly nothing?: (request: FastifyRequest) => string | undefined
}

/** Error and not-found handling for `app` and every scope within. */
export function problemBoundary(app: FastifyInstance, options: BoundaryOptions): void {
  const answer = (request: FastifyRequest, reply: FastifyReply, problem: ProblemError) => {
    const { code } = problem
    const details = withAdvice(code, problem.options, options.hosts)
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none')
    options.denied({ code, step: 'endpoint', requestId: request.id, route })
    const { status, headers, body } = problemAnswer(code, details, request.id, options.headers)
    // Bytes, because Fastify adds a charset to text, which JSON has none of (RFC 8259, 11).
    return reply.code(status).headers(headers).send(Buffer.from(body))
  }
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = error instanceof ProblemError ? error : problemOf(error)
    if (problem.code === 'internal') options.failed(error)
    return answer(request, reply, problem)
  })
  app.setNotFoundHandler((request, reply) => {
    if (options.hosts.originOf(request.headers.host) === undefined) {
      return answer(request, reply, new ProblemError('host_unknown'))
    }
    const page = options.page?.(request, reply)
    if (page) return page
    const detail = options.nothing?.(request)
    return answer(request, reply, new ProblemError('not_found', detail ? { detail } : {}))
  })
}

/** Tells whoever came by another name where to go. */
export function withAdvice(code: ProblemCode, options: ProblemOptions, { advice }: Hosts) {
  return code === 'host_unknown' && advice !== undefined ? { ...options, detail: advice } : options
}

/**
 * Refuses, before anything else, what was sent to somebody else's name (RFC 9110, 7.4), and what names a host in its
 * target as well: that one would count (RFC 9112, 3.2.2).
 */
export function ownHostsOnly(app: FastifyInstance, hosts: Hosts): void {
  app.addHook('onRequest', async (request) => {
    if (!request.raw.url?.startsWith('/')) {
      throw new ProblemError('bad_request', { detail: 'The target of a request is a path here' })
    }
    if (hosts.originOf(request.headers.host) === undefined) throw new ProblemError('host_unknown')
  })
}

/** Adds `headers` to every answer that has not set them itself. */
export function withHeaders(app: FastifyInstance, headers: Readonly<Record<string, string>>): void {
  app.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(headers)) {
      if (!reply.hasHeader(name)) reply.header(name, value)
    }
  })
}

/** What Fastify itself refused, in our words. */
function problemOf(error: FastifyError): ProblemError {
  const status = error.statusCode ?? 500
  const options: ProblemOptions = { status, cause: error }
  if (status === 403) return new ProblemError('forbidden', options)
  if (status === 413) return new ProblemError('too_large', options)
  if (status === 415) return new ProblemError('unsupported_type', options)
  if (status >= 400 && status < 500) return new ProblemError('bad_request', options)
  return new ProblemError('internal', { cause: error })
}
