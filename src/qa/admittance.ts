// Who may ask for anything under /qa: our own pages and programs, with the token where there is one (OWASP ASVS 5.0, V3.5).
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { ProblemError } from '../errors.ts'
import type { QaContext } from './context.ts'

/** Throws the problem that is the answer. A Host that is not ours has been refused before. */
export function admit(request: FastifyRequest, { hosts, token }: QaContext): void {
  const { headers } = request
  const site = headers['sec-fetch-site']
  const navigates = request.method === 'GET' && headers['sec-fetch-mode'] === 'navigate'
  const ownOrigin = hosts.originOf(headers.host)
  const fromElsewhere =
    site === undefined
      ? headers.origin !== undefined && headers.origin !== ownOrigin
      : site !== 'same-origin' && !navigates
  if (fromElsewhere) {
    throw new ProblemError('csrf_refused', { detail: 'Pages of other origins may not ask here' })
  }
  if (token === undefined || bringsToken(headers.authorization, token.reveal())) return
  throw new ProblemError('forbidden', {
    status: 401,
    detail: 'Send the token of the setting qa.token: Authorization: Bearer …',
    headers: { 'www-authenticate': 'Bearer realm="qa"' },
  })
}

function bringsToken(authorization: string | undefined, token: string): boolean {
  const [, brought] = /^bearer ([^\s]+)$/i.exec(authorization ?? '') ?? []
  // Of one length, so that the time tells nothing.
  return brought !== undefined && timingSafeEqual(digest(brought), digest(token))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
