// A sign-in by a link. GET /auth/confirm/:token shows who asks and changes nothing, for scanners open links too; POST
// /auth/confirm begins; GET /auth/pending waits; POST /auth/pending/:id is how a validator answers later.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ProblemError } from '../errors.ts'
import { bouncePage } from '../http/bounce.ts'
import type { CompletionFault } from '../pending/pending-events.ts'
import type { Way } from '../pending/sign-ins.ts'
import { jwtClaims } from '../tokens/jwt.ts'
import { plainText } from '../tokens/plain-text.ts'
import { valueAt } from '../tokens/pointer.ts'
import { type Caller, callerOf, requireOwnPage, withStore } from './caller.ts'
import { type Arrival, arrive } from './confirm-arrive.ts'
import { type PendingContext, pendingTicket, refusedAt } from './confirm-context.ts'
import { askPage, waitPage } from './confirm-page.ts'
import type { SignInContext } from './context.ts'

const MOST_TOKEN = 4096
const MOST_BODY = 64 * 1024

export function confirmEndpoints(
  app: FastifyInstance,
  context: SignInContext,
  pending: PendingContext,
): void {
  const { signIns } = pending

  app.get<{ Params: { token: string }; Querystring: { provider?: unknown } }>(
    '/auth/confirm/:token',
    async (request, reply) => {
      const { origin } = callerOf(context, request)
      const { config } = choose(pending, request.query.provider)
      const token = checked(request.params.token)
      const { name: provider, confirm } = config
      const account = accountIn(token, config.account)
      const { headers, body } = askPage({
        origin,
        provider,
        token,
        account,
        auto: confirm === 'auto',
      })
      return reply.headers(headers).send(body)
    },
  )

  app.post('/auth/confirm', { bodyLimit: MOST_BODY }, async (request, reply) => {
    const caller = callerOf(context, request)
    requireOwnPage(context, caller, request.method)
    const fields = fieldsOf(request)
    const way = choose(pending, fields.provider)
    const token = checked(fields.token)
    limit(context, caller, way)
    const { until } = await withStore(context, () =>
      begin(context, caller, way, token, request, reply),
    )
    if (isForm(request)) return reply.code(303).header('location', '/auth/pending').send()
    const now = context.clock.now()
    return reply.code(202).send({ state: 'pending', until, now })
  })

  app.get('/auth/pending', async (request, reply) => {
    const caller = callerOf(context, request)
    requireOwnPage(context, caller, request.method)
    const arrival = await withStore(context, () => arrive(context, caller, request.id, reply))
    const page =
      arrival?.kind === 'waiting'
        ? waitPage(caller.origin)
        : bouncePage(destination(context, arrival), caller.origin)
    return reply.headers(page.headers).send(page.body)
  })

  app.get('/auth/pending/state', async (request, reply) => {
    const caller = callerOf(context, request)
    requireOwnPage(context, caller, request.method)
    const arrival = await withStore(context, () => arrive(context, caller, request.id, reply))
    const now = context.clock.now()
    if (arrival?.kind === 'waiting') {
      const { until, ticket } = arrival
      return { state: 'pending', until, now, channel: signIns.channelOf(ticket) }
    }
    const to = destination(context, arrival)
    if (!arrival) return { state: 'absent', to, now }
    return arrival.kind === 'active'
      ? { state: 'active', to, now }
      : { state: 'refused', reason: arrival.reason, to, now }
  })

  app.register(async (raw) => {
    raw.removeAllContentTypeParsers()
    // The signature is over the bytes as they came.
    raw.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MOST_BODY }, (_, body, done) =>
      done(null, body),
    )
    raw.post<{ Params: { id: string } }>('/auth/pending/:id', async (request, reply) => {
      const { body, headers } = request
      const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
      const signature = headers['coatcheck-signature']
      const completed = await withStore(context, () =>
        signIns.complete(
          request.params.id,
          bytes,
          signature === undefined ? '' : String(signature),
        ),
      )
      if (completed.kind === 'refused') throw refusal(completed.fault)
      if (completed.kind === 'unreachable') {
        throw new ProblemError('provider_unreachable', { retryAfter: 5, cause: completed.cause })
      }
      return reply.code(204).send()
    })
  })
}

async function begin(
  context: SignInContext,
  caller: Caller,
  way: Way,
  token: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<{ until: number }> {
  const { pending, codec, clock } = context
  if (!pending) throw new ProblemError('not_found')
  await context.assertStoreTakesMore()
  const { signIns, cookie } = pending
  const before = pendingTicket(context, caller)
  const view = before && (await signIns.look(before))
  // The same link once more, by a second click perhaps: it may be good for one question only.
  if (view?.kind === 'waiting' && view.mark === signIns.markOf(way, token)) return view
  const device = context.deviceOf(request.headers['user-agent'])
  const { ticket, until, endsAt } = await signIns.begin(way, token, device)
  if (before) await signIns.end(before, 'replaced')
  reply.header('set-cookie', cookie.set(codec.seal(ticket), endsAt - clock.now()))
  return { until }
}

function destination(context: SignInContext, arrival: Arrival | undefined): string {
  if (arrival?.kind === 'active') return context.pages.profile
  return arrival?.kind === 'ended' ? refusedAt(context, arrival.reason) : context.pages.signIn
}

/** What a link is good for shows only later, perhaps in another process: each counts as a failed attempt here. */
function limit({ limiter }: SignInContext, { ip }: Caller, { config }: Way): void {
  const permit = limiter.begin({ provider: config.name, address: ip, accounts: [] })
  if (permit.allowed) {
    permit.settle('refused')
    return
  }
  throw new ProblemError('too_many_attempts', {
    retryAfter: Math.max(1, Math.ceil(permit.retryAfterMs / 1000)),
    detail: 'Too many sign-in attempts; wait before the next one',
  })
}

function choose({ signIns }: PendingContext, wanted: unknown): Way {
  const name = wanted === undefined ? [...signIns.ways.keys()][0] : wanted
  const way = typeof name === 'string' ? signIns.ways.get(name) : undefined
  if (!way) throw new ProblemError('bad_request', { detail: 'There is no such sign-in by a link' })
  return way
}

function checked(token: unknown): string {
  if (typeof token === 'string' && token !== '' && token.length <= MOST_TOKEN) {
    if (!/\p{Cc}/u.test(token) && token.isWellFormed()) return token
  }
  throw new ProblemError('bad_request', {
    detail: 'This link is not whole: open it once more from where you got it',
  })
}

/** Not verified: a link that says somebody else's name is refused by whoever checks it. */
function accountIn(token: string, pointer: string | undefined): string | undefined {
  const claims = pointer === undefined ? undefined : jwtClaims(token)
  return claims && pointer !== undefined ? plainText(valueAt(claims, pointer), 120) : undefined
}

function isForm(request: FastifyRequest): boolean {
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.headers['content-type'] ?? '')
}

function fieldsOf({ body }: FastifyRequest): Record<string, unknown> {
  if (typeof body === 'string') return Object.fromEntries(new URLSearchParams(body))
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body }
  throw new ProblemError('bad_request', { detail: 'Send the token of the link' })
}

function refusal(fault: CompletionFault): ProblemError {
  const reason = { reason: fault }
  switch (fault) {
    case 'unknown':
      return new ProblemError('not_found', reason)
    case 'forged':
    case 'stale':
    case 'swapped':
      return new ProblemError('forbidden', reason)
    case 'duplicate':
    case 'late':
      return new ProblemError('bad_request', { status: 409, ...reason })
    case 'unreadable':
      return new ProblemError('bad_request', {
        ...reason,
        detail: 'The log says what was missing and which setting to write',
      })
  }
}
