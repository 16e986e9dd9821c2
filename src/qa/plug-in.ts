// The endpoints under /qa: personas in a call, their states, their clocks. What is under /qa and not here does not exist;
// it is never proxied.
import { fastifySSE } from '@fastify/sse'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { ProblemError } from '../errors.ts'
import { jsonBodies } from '../http/request-bodies.ts'
import { StoreUnreachableError } from '../session/store.ts'
import { admit } from './admittance.ts'
import { badgeEndpoints } from './badge.ts'
import type { QaContext } from './context.ts'
import { pageEndpoint } from './page.ts'
import { recordEndpoint } from './record-endpoint.ts'
import { sessionEndpoints } from './sessions-endpoints.ts'
import { enterEndpoint, openEndpoint, originOf } from './sessions-open.ts'
import { callsEndpoints } from './timeline-calls.ts'
import { eventsEndpoint } from './timeline-endpoint.ts'

const BODY_BYTES = 16 * 1024
/** Under the 55 s of silence after which some routers cut. */
const HEARTBEAT_MS = 20_000

export async function qaPlugIn(app: FastifyInstance, context: QaContext): Promise<void> {
  jsonBodies(app, BODY_BYTES)
  enterEndpoint(app, context)
  pageEndpoint(app, context.page)
  badgeEndpoints(app, context.whose)
  await app.register(async (guarded) => {
    guarded.addHook('onRequest', async (request) => admit(request, context))
    // Handed on to whoever writes problems, as what it is.
    guarded.setErrorHandler((error) => {
      if (!(error instanceof StoreUnreachableError)) throw error
      throw new ProblemError('store_unreachable', { retryAfter: 2, cause: error })
    })
    await guarded.register(fp(fastifySSE), { heartbeatInterval: HEARTBEAT_MS })
    stateEndpoint(guarded, context)
    sessionEndpoints(guarded, context)
    openEndpoint(guarded, context)
    eventsEndpoint(guarded, context)
    callsEndpoints(guarded, context)
    recordEndpoint(guarded, context)
    const nothing = async () => {
      throw new ProblemError('not_found')
    }
    guarded.all('/qa/*', nothing)
    guarded.route({
      method: ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url: '/qa',
      handler: nothing,
    })
  })
}

function stateEndpoint(app: FastifyInstance, context: QaContext): void {
  const { bench, clock, publicOrigin, recorder, storeKind } = context
  app.get('/qa/state', async () => ({
    origin: publicOrigin,
    store: storeKind,
    recording: recorder.status ?? false,
    now: clock.now(),
    personas: await Promise.all(
      bench.personas.map(async (persona) => {
        const { name, colour, username, provider } = persona
        const all = bench.of(persona)
        const session = (await bench.current(persona)) ?? all[0]
        return {
          name,
          colour,
          username,
          provider: provider.name,
          origin: originOf(persona, context),
          sessions: all.length,
          session: session ? await bench.view(session) : null,
        }
      }),
    ),
  }))
}
