// POST /auth/login and a provider's own sign-in path (`also`): fields in, a session and its cookie out.
// GET /auth/login: the way there for a browser that navigates.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ProblemError } from '../errors.ts'
import { bouncePage } from '../http/bounce.ts'
import { returnTo } from '../lib/return-to.ts'
import type { OpenSession } from '../session/session.ts'
import type { ProviderAnswer, SignInOutcome } from '../tokens/provider.ts'
import { accountsIn } from './account.ts'
import { type Caller, callerOf, requireOwnPage, withStore } from './caller.ts'
import type { SignInContext, SignInProvider } from './context.ts'
import { lifeOf, signedInBody } from './session-body.ts'

type Fields = Record<string, unknown>
type SignedIn = Extract<SignInOutcome, { kind: 'signed_in' }>

export function loginEndpoints(app: FastifyInstance, context: SignInContext): void {
  app.post('/auth/login', async (request, reply) => {
    const caller = callerOf(context, request)
    requireOwnPage(context, caller, request.method)
    await withStore(context, () => context.assertStoreTakesMore())
    const { provider: wanted, ...fields } = fieldsOf(request)
    const chosen = choose(context, wanted)
    const outcome = await attempt(context, caller, chosen, fields, request)
    if (outcome.kind === 'refused') {
      throw new ProblemError('sign_in_refused', {
        status: outcome.status,
        ...(outcome.message === undefined ? {} : { detail: outcome.message }),
        ...(outcome.retryAfter === undefined ? {} : { retryAfter: outcome.retryAfter }),
      })
    }
    const session = await begin(context, caller, chosen, outcome, request, reply)
    return signedInBody(context, session)
  })

  for (const chosen of context.providers.values()) {
    if (chosen.also === undefined) continue
    app.post(chosen.also, async (request, reply) => {
      const caller = callerOf(context, request)
      requireOwnPage(context, caller, request.method)
      await withStore(context, () => context.assertStoreTakesMore())
      const outcome = await attempt(context, caller, chosen, fieldsOf(request), request)
      if (outcome.kind === 'signed_in') {
        await begin(context, caller, chosen, outcome, request, reply)
      }
      return passOn(reply, outcome.answer)
    })
  }

  app.get<{ Querystring: { provider?: unknown; returnTo?: unknown } }>(
    '/auth/login',
    async (request, reply) => {
      const caller = callerOf(context, request)
      if (caller.head.mode !== undefined && caller.head.mode !== 'navigate') {
        throw new ProblemError('bad_request', {
          detail: 'Open this address in the browser instead of fetching it',
        })
      }
      const { provider, returnTo: wanted } = request.query
      if (provider !== undefined) choose(context, provider)
      const back = returnTo(typeof wanted === 'string' ? wanted : undefined, context.pages.profile)
      const page = context.pages.signIn
      const to = `${page}${page.includes('?') ? '&' : '?'}returnTo=${encodeURIComponent(back)}`
      const { headers, body } = bouncePage(to, caller.origin)
      return reply.headers(headers).send(body)
    },
  )
}

function fieldsOf(request: FastifyRequest): Fields {
  const { body } = request
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ProblemError('bad_request', { detail: 'Send the sign-in fields as a JSON object' })
  }
  return { ...body }
}

function choose(context: SignInContext, wanted: unknown): SignInProvider {
  const names = [...context.providers].flatMap(([name, { provider }]) =>
    provider.signIn ? [name] : [],
  )
  const name = wanted === undefined ? names[0] : wanted
  const chosen = typeof name === 'string' ? context.providers.get(name) : undefined
  if (!chosen?.provider.signIn) {
    throw new ProblemError('bad_request', {
      detail: `No such sign-in; provider is one of: ${names.join(', ')}`,
    })
  }
  return chosen
}

/** Asks the provider, within the limits. Every outcome but the provider's yes and no is thrown. */
async function attempt(
  context: SignInContext,
  caller: Caller,
  { provider, accountFields }: SignInProvider,
  fields: Fields,
  request: FastifyRequest,
): Promise<Extract<SignInOutcome, { kind: 'signed_in' | 'refused' }>> {
  const accounts = accountsIn(fields, accountFields)
  const permit = context.limiter.begin({ provider: provider.name, address: caller.ip, accounts })
  if (!permit.allowed) {
    throw new ProblemError('too_many_attempts', {
      retryAfter: Math.max(1, Math.ceil(permit.retryAfterMs / 1000)),
      detail: 'Too many sign-in attempts; wait before the next one',
    })
  }
  if (!provider.signIn) throw new ProblemError('bad_request')
  const abort = new AbortController()
  const left = () => abort.abort(new Error('the browser left'))
  request.raw.socket.once('close', left)
  let outcome: SignInOutcome
  try {
    outcome = await provider.signIn({ fields, clientIp: caller.ip, signal: abort.signal })
  } catch (error) {
    permit.settle('undecided')
    throw error
  } finally {
    request.raw.socket.off('close', left)
  }
  const facts = { provider: provider.name, requestId: request.id }
  switch (outcome.kind) {
    case 'signed_in':
      permit.settle('signed_in')
      return outcome
    case 'refused':
      // Its own limit was reached: that says nothing about the password.
      permit.settle(outcome.status === 429 ? 'undecided' : 'refused')
      context.events.refused({ ...facts, status: outcome.status })
      return outcome
    case 'unreadable':
      permit.settle('undecided')
      context.events.unreadable({ ...facts, hint: outcome.hint })
      throw new ProblemError('sign_in_unreadable', {
        detail: 'The log says what was missing and which setting to write',
      })
    case 'unreachable':
      // Leaving before the answer must not make a guess free.
      permit.settle(abort.signal.aborted ? 'refused' : 'undecided')
      context.events.unreachable({ ...facts, cause: outcome.cause })
      throw new ProblemError('provider_unreachable', { retryAfter: 5, cause: outcome.cause })
  }
}

/** A session for what the provider issued, and its cookie on the reply; what the browser held before ends or is extended. */
async function begin(
  context: SignInContext,
  caller: Caller,
  { provider }: SignInProvider,
  { tokens, identity }: SignedIn,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<OpenSession> {
  const { sessions, cookie, codec, events } = context
  const owned = { ...tokens, sub: identity.sub }
  const opened = withStore(context, async () => {
    const held = await heldBy(context, caller)
    if (held && held.record.provider !== provider.name) {
      const extended = await context.extend(held, provider.name, owned)
      if (extended) return extended
    }
    const started = await sessions.start({
      provider: provider.name,
      sub: identity.sub,
      ...(identity.name === undefined ? {} : { name: identity.name }),
      claims: shownClaims(context, identity.claims),
      ...(identity.providerSid === undefined ? {} : { providerSid: identity.providerSid }),
      tokens: owned,
      device: context.deviceOf(request.headers['user-agent']),
    })
    if (held) await sessions.end(held.ticket.storeKey, 'replaced')
    return started
  })
  const session = await opened.catch((error: unknown) => {
    // Nobody will ever hold these tokens; nobody waits for a provider to hear of it either.
    void provider.revoke?.(tokens)
    throw error
  })
  events.signedIn({ provider: provider.name, ref: session.record.ref, requestId: request.id })
  reply.header('set-cookie', cookie.set(codec.seal(session.ticket), lifeOf(context, session)))
  return session
}

/** Only what may be shown is kept: the rest of a profile is nobody's business here. */
function shownClaims(context: SignInContext, claims: Readonly<Record<string, unknown>>) {
  const shown = context.claims.filter((claim) => Object.hasOwn(claims, claim))
  return Object.fromEntries(shown.map((claim) => [claim, claims[claim]]))
}

/** The session this browser is signed in to already, if any. */
async function heldBy(context: SignInContext, caller: Caller): Promise<OpenSession | undefined> {
  if (caller.cookie.kind !== 'ticket') return undefined
  const found = await context.sessions.find(caller.cookie.opened.ticket)
  return found.kind === 'active' ? found.session : undefined
}

function passOn(reply: FastifyReply, answer: ProviderAnswer): FastifyReply {
  reply.code(answer.status)
  if (answer.contentType !== undefined) reply.header('content-type', answer.contentType)
  return reply.send(Buffer.from(answer.body))
}
