// POST /qa/sessions and what is under it: sessions made, put into a state, moved in time, ended.
import type { FastifyInstance } from 'fastify'
import { advanceIn, bad, fieldsIn, personaNamed, sessionOf, stateNamed, textIn } from './asked.ts'
import type { QaContext } from './context.ts'
import { type CarriedCookie, cookieJarOf, curlOf, storageStateOf } from './sessions-carry.ts'
import type { BenchSession } from './sessions-view.ts'

export function sessionEndpoints(app: FastifyInstance, context: QaContext): void {
  const { bench } = context
  type Named = { Params: { persona: string } }

  app.post('/qa/sessions', async (request, reply) => {
    const fields = fieldsIn(request.body, ['persona', 'state', 'host'], context)
    const persona = personaNamed(textIn(fields, 'persona'), context)
    const state = stateNamed(textIn(fields, 'state'), context)
    const host = hostIn(textIn(fields, 'host'), context)
    const session = await bench.start(persona, state)
    reply.code(201)
    return { asked: state, ...(await handedOut(session, host, context)) }
  })

  app.post<Named>('/qa/sessions/:persona/cookie', async (request) => {
    const persona = personaNamed(request.params.persona, context)
    const fields = fieldsIn(request.body, ['ref', 'host'], context)
    const host = hostIn(textIn(fields, 'host'), context)
    return handedOut(await sessionOf(persona, textIn(fields, 'ref'), context), host, context)
  })

  app.post<Named>('/qa/sessions/:persona/state', async (request) => {
    const persona = personaNamed(request.params.persona, context)
    const fields = fieldsIn(request.body, ['state', 'ref'], context)
    const state = stateNamed(textIn(fields, 'state'), context)
    const session = await sessionOf(persona, textIn(fields, 'ref'), context)
    await bench.put(session, state)
    return { persona: persona.name, session: await bench.view(session) }
  })

  app.post<Named>('/qa/sessions/:persona/advance', async (request) => {
    const persona = personaNamed(request.params.persona, context)
    const fields = fieldsIn(request.body, ['by', 'to', 'ref'], context)
    const by = advanceIn(fields, context)
    const session = await sessionOf(persona, textIn(fields, 'ref'), context)
    const movedMs = await bench.advance(session, by)
    return { persona: persona.name, movedMs, session: await bench.view(session) }
  })

  app.post<Named>('/qa/sessions/:persona/end', async (request) => {
    const persona = personaNamed(request.params.persona, context)
    const ref = textIn(fieldsIn(request.body, ['ref'], context), 'ref')
    const ending = ref === undefined ? bench.of(persona) : [await sessionOf(persona, ref, context)]
    return { persona: persona.name, ended: await bench.end(ending) }
  })

  app.post('/qa/end-all', async (request) => {
    fieldsIn(request.body, [], context)
    const all = bench.personas.flatMap((persona) => bench.of(persona))
    return { ended: await bench.end(all) }
  })
}

async function handedOut(session: BenchSession, host: string, context: QaContext) {
  const cookie = carried(session, host, context)
  const { protocol, port } = new URL(context.publicOrigin)
  const origin = `${protocol}//${host}${port === '' ? '' : `:${port}`}`
  return {
    persona: session.persona.name,
    session: await context.bench.view(session),
    origin,
    cookie: { name: cookie.name, value: cookie.value },
    storageState: storageStateOf(cookie),
    cookieJar: cookieJarOf(cookie),
    curl: curlOf(cookie, origin + context.asksAt(session.persona.provider.name)),
  }
}

/** Any host may stand before us: a dev server, a name in a test's own network. */
function hostIn(host: string | undefined, { publicOrigin }: QaContext): string {
  if (host === undefined) return new URL(publicOrigin).hostname
  if (/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(host)) return host.toLowerCase()
  throw bad('"host" must be a host name without scheme and port, such as alice.localhost')
}

function carried({ ticket }: BenchSession, host: string, context: QaContext): CarriedCookie {
  const { cookie, codec, clock, lifetimeMs, publicOrigin, sameSite } = context
  return {
    name: cookie.name,
    value: codec.seal(ticket),
    host,
    expiresAt: clock.now() + lifetimeMs,
    secure: publicOrigin.startsWith('https:'),
    sameSite: sameSite === 'strict' ? 'Strict' : 'Lax',
  }
}
