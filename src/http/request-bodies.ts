// What becomes of the body of a request: JSON of so many bytes, not nested so deeply that reading it does harm; or nothing.
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

/**
 * For the endpoints that are registered on `app` after it, in place of every parser before it, and for what is not found
 * there: whatever is sent along is let go by, unread. Fastify would parse it before it says 404.
 */
export function unreadBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, body, done) => {
    body.resume()
    done(null)
  })
}
