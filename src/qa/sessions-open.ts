// A browser window for a persona: POST /qa/open gives a link, GET /qa/enter is where it leads.
import type { FastifyInstance } from 'fastify'
import { ProblemError } from '../errors.ts'
import { bouncePage } from '../http/bounce.ts'
import { returnTo } from '../lib/return-to.ts'
import { fieldsIn, personaNamed, sessionOf, stateNamed, textIn } from './asked.ts'
import type { QaContext } from './context.ts'
import type { BenchPersona } from './personas-sign-in.ts'
import { SPENT, spentPage } from './spent-page.ts'

export function openEndpoint(app: FastifyInstance, context: QaContext): void {
  const { bench, links, home } = context
  app.post('/qa/open', async (request, reply) => {
    const fields = fieldsIn(request.body, ['persona', 'state', 'to', 'ref'], context)
    const persona = personaNamed(textIn(fields, 'persona'), context)
    const wanted = textIn(fields, 'state')
    const ref = textIn(fields, 'ref')
    const state = stateNamed(wanted, context)
    // Who is signed in already is not signed in again to be looked at.
    const held =
      ref !== undefined
        ? await sessionOf(persona, ref, context)
        : wanted === undefined
          ? await bench.current(persona)
          : undefined
    const session = held ?? (await bench.start(persona, state))
    const origin = originOf(persona, context)
    const { host } = new URL(origin)
    const to = returnTo(textIn(fields, 'to'), home)
    const { code, endsAt } = links.add({ ticket: session.ticket, host, to })
    reply.code(201)
    return {
      persona: persona.name,
      url: `${origin}/qa/enter?code=${code}`,
      endsAt,
      session: await bench.view(session),
    }
  })
}

/** Needs no token: the code is its own proof, once. */
export function enterEndpoint(app: FastifyInstance, context: QaContext): void {
  const { links, cookie, codec, lifetimeMs, hosts, publicOrigin } = context
  type Asked = { Querystring: { code?: unknown } }
  // A HEAD, as previews of links send it, must change nothing (RFC 9110, 9.2.1).
  app.get<Asked>('/qa/enter', { exposeHeadRoute: false }, async (request, reply) => {
    const { code } = request.query
    const { host = '', 'sec-fetch-site': site } = request.headers
    // Nobody has asked for it yet: a browser that fetches ahead (W3C Speculation Rules) comes again.
    if (isAhead(request.headers)) {
      throw new ProblemError('bad_request', { detail: 'This link is not fetched ahead' })
    }
    const link = typeof code === 'string' ? links.take(code, host) : undefined
    if (!link) {
      if (!request.headers.accept?.includes('text/html')) {
        throw new ProblemError('not_found', { detail: `${SPENT}: ask for another` })
      }
      const { headers, body } = spentPage(publicOrigin)
      return reply.code(404).headers(headers).send(body)
    }
    reply.header('set-cookie', cookie.set(codec.seal(link.ticket), lifetimeMs))
    if (site === undefined || site === 'none' || site === 'same-origin') {
      return reply.code(303).header('location', link.to).send()
    }
    // A Strict cookie is withheld for the rest of a redirect chain that began elsewhere.
    const { headers, body } = bouncePage(link.to, hosts.originOf(host) ?? '')
    return reply.headers(headers).send(body)
  })
}

/** Browsers and mail programs that look at a page before somebody opens it: the standard's name, and older ones. */
function isAhead(headers: Readonly<Record<string, unknown>>): boolean {
  const names = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz']
  return names.some((name) => /prefetch|prerender|preview/i.test(String(headers[name] ?? '')))
}

/** Where a persona has a window of their own: a browser keeps cookies by host. */
export function originOf({ name }: BenchPersona, { publicOrigin, hosts }: QaContext): string {
  const { protocol, host, hostname, port } = new URL(publicOrigin)
  if (hostname !== 'localhost') return publicOrigin
  const own = `${name}.localhost${port === '' ? '' : `:${port}`}`
  return hosts.originOf(own) ?? `${protocol}//${host}`
}
