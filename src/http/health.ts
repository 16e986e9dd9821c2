// Tells platforms whether to send people here: the public answer says yes or no, the operators' listener says why.
import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../lib/clock.ts'
import type { Secret } from '../lib/secret.ts'
import type { SessionStore } from '../session/store.ts'
import { DOCTOR_HEADER, type DoctorProof, HOPS_HEADER, hopsIn } from './hops.ts'

/** The store is asked once in this time, however many ask us. */
const ASK_MS = 1000

/** GET /auth/health: 204 when the store answers, 503 when not. Any Host may ask: probes come by address. */
export function healthEndpoint(
  app: FastifyInstance,
  store: SessionStore,
  clock: Clock,
  doctor: DoctorProof,
): void {
  let askedAt = -Infinity
  let latest: Promise<boolean> | undefined
  app.get('/auth/health', async ({ headers }, reply) => {
    const proof = headers[DOCTOR_HEADER]
    if (typeof proof === 'string' && doctor.isGood(proof)) {
      reply.header(HOPS_HEADER, hopsIn(headers['x-forwarded-for'] as string | undefined))
    }
    if (!latest || clock.now() - askedAt >= ASK_MS) {
      askedAt = clock.now()
      latest = answers(store)
    }
    reply.header('cache-control', 'no-store')
    return reply.code((await latest) ? 204 : 503).send()
  })
}

/** `ready`, or the first thing that is not as it must be. */
export type Readiness = 'ready' | 'store_unreachable' | 'workers_missing'

export interface OperatorsOptions {
  readonly token: Secret | undefined
  readonly readiness: () => Promise<Readiness>
  /** Prometheus text format. */
  readonly metrics: () => Promise<{ contentType: string; text: string }>
}

/** /livez, /readyz and /metrics, on a listener of their own; behind a bearer token when there is one. */
export async function operatorsPlugIn(app: FastifyInstance, options: OperatorsOptions) {
  const { token, readiness, metrics } = options
  if (token) app.addHook('onRequest', async (request, reply) => check(token, request, reply))
  app.get('/livez', async () => ({ status: 'live' }))
  app.get('/readyz', async (_request, reply) => {
    const status = await readiness()
    return reply.code(status === 'ready' ? 200 : 503).send({ status })
  })
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics()
    return reply.type(contentType).send(text)
  })
}

async function check(token: Secret, request: FastifyRequest, reply: FastifyReply) {
  const expected = Buffer.from(`Bearer ${token.reveal()}`)
  const given = Buffer.from(request.headers.authorization ?? '')
  if (given.length === expected.length && timingSafeEqual(given, expected)) return
  return reply.code(401).header('www-authenticate', 'Bearer').send()
}

/** Whether the store takes reads and writes at this moment. */
export async function answers(store: SessionStore): Promise<boolean> {
  try {
    await store.ping()
    return true
  } catch {
    // Only whether, not why: the log has the reason from whoever needed the store.
    return false
  }
}
