// /sessions on the operators' listener: who is signed in, and the way to end it. For programs: no page of a browser gets in.
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import { ProblemError } from '../errors.ts'
import type { Desk, DeskAnswer } from '../session/desk.ts'
import type { SessionFilter } from '../session/store.ts'
import { problemAnswer } from './problem.ts'
import { jsonBodies } from './request-bodies.ts'

export interface OperatorsSessionsOptions {
  readonly desk: Desk
  /** Names of all providers. Where there is one, nobody has to say it. */
  readonly providers: readonly string[]
}

const DEFAULT_PAGE = 100
const LARGEST_PAGE = 500
const BODY_BYTES = 10_000

/** GET /sessions and POST /sessions/end; whatever is wrong is a problem of RFC 9457. */
export async function operatorsSessions(app: FastifyInstance, options: OperatorsSessionsOptions) {
  const { desk, providers } = options

  jsonBodies(app, BODY_BYTES)
  app.setErrorHandler((error: FastifyError | ProblemError, request, reply) => {
    const { code, options: details } = error instanceof ProblemError ? error : problemOf(error)
    const answer = problemAnswer(code, details, request.id, NOT_KEPT)
    return reply.code(answer.status).headers(answer.headers).send(Buffer.from(answer.body))
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(NOT_KEPT)
    assertNoBrowser(request)
  })

  app.get('/sessions', async (request) => {
    const query = wordsOf(request.query, ['provider', 'sub', 'after', 'limit'])
    const limit = Number(query.limit ?? DEFAULT_PAGE)
    if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE) {
      throw refused(`limit is a number from 1 to ${LARGEST_PAGE}`)
    }
    const who = query.sub === undefined ? everybody(query) : whoOf(query, query.sub, providers)
    const after = query.after === undefined ? {} : { after: query.after }
    const { kind: _, ...page } = await reached(desk({ do: 'list', who, limit, ...after }))
    return page
  })

  app.post('/sessions/end', async (request) => {
    const { all, ...rest } = recordOf(request.body)
    const { provider, sub, ref } = wordsOf(rest, ['provider', 'sub', 'ref'])
    const ways = [sub, ref, all].filter((way) => way !== undefined)
    const isWhole = provider === undefined || sub !== undefined
    if (ways.length !== 1 || !isWhole || (all !== undefined && all !== true)) {
      throw refused('send one of { "sub": …, "provider": … }, { "ref": … }, { "all": true }')
    }
    const named = sub === undefined ? ({ all: true } as const) : whoOf({ provider }, sub, providers)
    const who = ref === undefined ? named : { ref }
    const { kind: _, ...ended } = await reached(desk({ do: 'end', who }))
    return ended
  })
}

const NOT_KEPT = { 'cache-control': 'no-store' }

/** A page of any site could otherwise ask in the name of whoever has it open here. */
function assertNoBrowser(request: FastifyRequest): void {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (origin !== undefined || (site !== undefined && site !== 'none')) {
    throw new ProblemError('forbidden', { detail: 'Pages of a browser have no business here' })
  }
}

function everybody({ provider }: { readonly provider?: string | undefined }): SessionFilter {
  if (provider !== undefined) throw refused('provider goes with sub')
  return { all: true }
}

function whoOf(
  { provider }: { readonly provider?: string | undefined },
  sub: string,
  providers: readonly string[],
): SessionFilter {
  const [only] = providers
  if (provider !== undefined) return { provider, sub }
  if (only !== undefined && providers.length === 1) return { provider: only, sub }
  throw refused(`say which provider: ${providers.join(', ') || 'there is none'}`)
}

/** Refuses what it does not know: a misspelt word must not end more than was meant. */
function wordsOf<Name extends string>(
  given: unknown,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  for (const [name, value] of Object.entries(recordOf(given))) {
    if (!names.some((known) => known === name)) throw refused(`not one of ${names.join(', ')}`)
    if (typeof value !== 'string' || value === '') throw refused(`${name} is a text, given once`)
  }
  return given as Partial<Record<Name, string>>
}

function recordOf(given: unknown): Record<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw refused('send a JSON object')
  }
  return given as Record<string, unknown>
}

async function reached<T extends DeskAnswer>(asked: Promise<T>) {
  const answer = await asked
  if (answer.kind !== 'unreachable') return answer as Exclude<T, { kind: 'unreachable' }>
  throw new ProblemError('store_unreachable', {
    detail: 'The session store cannot be reached; of what was to end, some may have',
    retryAfter: 1,
  })
}

function refused(detail: string): ProblemError {
  return new ProblemError('bad_request', { detail })
}

function problemOf(error: FastifyError): ProblemError {
  const { statusCode: status = 500 } = error
  if (status === 413) return new ProblemError('too_large')
  if (status === 415) return new ProblemError('unsupported_type')
  return status < 500 ? new ProblemError('bad_request') : new ProblemError('internal')
}
