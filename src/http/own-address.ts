// The operators' listener answers whoever names it as what it is: a name of somebody else's, bent to this machine (DNS
// rebinding), would let any page that a browser has open here read it.
import type { FastifyInstance } from 'fastify'
import { problemAnswer } from './problem.ts'

/** For everything that is registered on `app` after it. `isOwnHost`: without a port, and without brackets. */
export function ownAddressOnly(
  app: FastifyInstance,
  isOwnHost: (hostname: string) => boolean,
): void {
  app.addHook('onRequest', async (request, reply) => {
    const { host } = request.headers
    // No browser leaves it out; old probes do (HTTP/1.0).
    if (host === undefined || isOwnHost(hostnameOf(host))) return
    const detail = 'Ask by the address that it listens on, or as localhost'
    const headers = { 'cache-control': 'no-store' }
    const answer = problemAnswer('host_unknown', { detail }, request.id, headers)
    // Bytes, because Fastify adds a charset to text, which JSON has none of (RFC 8259, 11).
    return reply.code(answer.status).headers(answer.headers).send(Buffer.from(answer.body))
  })
}

function hostnameOf(host: string): string {
  return host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')
}
