// Requests with JSON, and with nothing else: at most so many bytes, and not nested so deeply that reading them does harm.
import type { FastifyInstance } from 'fastify'
import { ProblemError } from '../errors.ts'
import { isTooDeep } from '../lib/parse-json.ts'

/**
 * For the endpoints that are registered on `app` after it, in place of every parser before it. `bodyLimit`: bytes. What is
 * no JSON, or nested too deeply, is a 400, what is longer a 413, and another type a 415.
 */
export function jsonBodies(app: FastifyInstance, bodyLimit: number): void {
  const parse = app.getDefaultJsonParser('error', 'remove')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>(
    /^application\/json\s*(;|$)/i,
    { parseAs: 'string', bodyLimit },
    (request, body, done) => {
      if (!isTooDeep(body)) return parse(request, body, done)
      done(new ProblemError('bad_request', { detail: 'The JSON is nested too deeply' }))
    },
  )
}
