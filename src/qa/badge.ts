// Whose window is this: a script in HTML that the gateway itself serves, and what the script asks for. Proxied HTML is
// never touched.
import { buffer } from 'node:stream/consumers'
import type { FastifyInstance } from 'fastify'
import { ProblemError } from '../errors.ts'
import { badgeColour, badgeIcon } from './badge-colours.ts'

/** Who is signed in, as far as a window has to show it. */
export interface BadgePerson {
  readonly name: string
  readonly colour: string
}

/** `async`: a page is there before its badge, and without it. */
const SCRIPT = '<script type="module" async src="/qa/assets/badge.js"></script>'

/** Needs no token: it tells a browser whose cookie it brings, and nothing of anybody else. */
export function badgeEndpoints(
  app: FastifyInstance,
  whose: (cookieHeader: string | undefined) => Promise<BadgePerson | undefined>,
): void {
  app.get('/qa/badge', async (request) => {
    const { cookie, 'sec-fetch-site': site } = request.headers
    if (site !== undefined && site !== 'same-origin') throw new ProblemError('csrf_refused')
    const person = await whose(cookie)
    return { person: person ? { ...person, hex: badgeColour(person.colour) } : null }
  })

  type Wanted = { Querystring: { colour?: unknown; initial?: unknown } }
  app.get<Wanted>('/qa/assets/icon.svg', async (request, reply) => {
    const { colour, initial } = request.query
    const icon = badgeIcon(colour, initial)
    if (icon === undefined) throw new ProblemError('not_found')
    return reply.type('image/svg+xml').header('cache-control', 'max-age=86400').send(icon)
  })
}

/** For the scope, and all within it, whose files are pages. */
export function badgeInPages(scope: FastifyInstance): void {
  scope.addHook('onRequest', async ({ raw }) => {
    if (!raw.headers.accept?.includes('text/html')) return
    // What a browser has kept may be from a time without a badge, and a part of a page cannot be given one.
    for (const name of ['if-none-match', 'if-modified-since', 'range'] as const) {
      delete raw.headers[name]
    }
  })
  scope.addHook('onSend', async (request, reply, payload) => {
    const type = String(reply.getHeader('content-type') ?? '')
    const isFile = typeof payload === 'object' && payload !== null && 'pipe' in payload
    if (!isFile || request.method !== 'GET' || reply.statusCode !== 200) return payload
    if (!type.startsWith('text/html') || reply.hasHeader('content-encoding')) return payload
    const page = withBadge(await buffer(payload as unknown as AsyncIterable<Uint8Array>))
    reply.removeHeader('etag')
    reply.removeHeader('last-modified')
    reply.removeHeader('accept-ranges')
    reply.header('content-length', page.length)
    return page
  })
}

/** Bytes stay as they are but for the script, whatever letters they stand for. */
export function withBadge(page: Buffer): Buffer {
  const text = page.toString('latin1')
  const [head = ''] = /<head(\s[^>]*)?>/i.exec(text) ?? []
  const at = head === '' ? text.length : text.indexOf(head) + head.length
  return Buffer.concat([page.subarray(0, at), Buffer.from(SCRIPT), page.subarray(at)])
}
