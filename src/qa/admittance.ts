// Who may ask for anything under /qa: our own pages and programs, with the token where there is one (OWASP ASVS 5.0, V3.5).
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { ProblemError } from '../errors.ts'
import type { QaContext } from './context.ts'

/** What proxies and content networks add (RFC 7239; RFC 8586; RFC 9110, 7.6.3; and names of their own). */
const PASSED_ON =
  /^(via|(x-)?forwarded.*|(.*-)?(client|connecting|real|remote|clientip|proxyuser)-?ip|x-(client|real|remote|cluster|original|envoy|amzn|amz|arr|azure|appengine|cloud|vercel|ngrok|nginx|sucuri|request-start|scheme|url-scheme|host|varnish)(-.*)?|(cf|cdn|fly|fastly|tailscale|akamai)-.*|proxy-connection|front-end-https|surrogate-capability)$/

/** Throws the problem that is the answer. A Host that is not ours has been refused before. */
export function admit(request: FastifyRequest, { hosts, token }: QaContext): void {
  const { headers } = request
  const site = headers['sec-fetch-site']
  const isTyped = request.method === 'GET' && site === 'none'
  const ownOrigin = hosts.originOf(headers.host)
  const fromElsewhere =
    site === undefined
      ? headers.origin !== undefined && headers.origin !== ownOrigin
      : site !== 'same-origin' && !isTyped
  if (fromElsewhere) {
    throw new ProblemError('csrf_refused', { detail: 'Pages of other origins may not ask here' })
  }
  if (token === undefined) {
    // Open to whoever is at this machine; what a proxy passes on may come from anywhere.
    const passedOn = signOfProxy(request)
    if (passedOn === undefined) return
    throw new ProblemError('forbidden', {
      detail: `This came through a proxy (${passedOn}), perhaps from another machine: set qa.token`,
    })
  }
  if (bringsToken(headers.authorization, token.reveal())) return
  throw new ProblemError('forbidden', {
    status: 401,
    detail: 'Send the token of the setting qa.token: Authorization: Bearer …',
    headers: { 'www-authenticate': 'Bearer realm="qa"' },
  })
}

/** Undefined where nothing shows one, which a proxy that adds nothing does not either. */
function signOfProxy({ headers, raw }: FastifyRequest): string | undefined {
  // What proxies speak unless told otherwise; no browser and no curl does.
  if (raw.httpVersion === '1.0') return 'HTTP/1.0'
  return Object.keys(headers).find((name) => PASSED_ON.test(name.replaceAll('_', '-')))
}

function bringsToken(authorization: string | undefined, token: string): boolean {
  const [, brought] = /^bearer ([^\s]+)$/i.exec(authorization ?? '') ?? []
  // Of one length, so that the time tells nothing.
  return brought !== undefined && timingSafeEqual(digest(brought), digest(token))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
