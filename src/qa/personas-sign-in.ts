// Signs a persona in at its provider, really, and as seldom as that can be done without two sessions getting in each
// other's way: where a token is good only once, or ends with another session, each session has a sign-in of its own.
import { ProblemError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import type { Secret } from '../lib/secret.ts'
import type { StoreKey } from '../session/session.ts'
import type { Identity, Provider, SignInOutcome } from '../tokens/provider.ts'
import { brandTokens, type IssuedTokens } from '../tokens/token-set.ts'

export interface BenchPersona {
  readonly name: string
  readonly colour: string
  readonly username: string
  readonly provider: Provider
  /** JSON object, as a browser would post it. */
  readonly fields: Secret
}

export interface PersonaTokens {
  readonly tokens: IssuedTokens
  readonly identity: Identity
}

export interface PersonaSignIns {
  /** For one more session. Rejects with a ProblemError that has the provider's own words. */
  tokensFor(persona: BenchPersona): Promise<PersonaTokens>
  /** The upstream refused tokens of this persona: the next session signs in anew. */
  forget(name: string): void
}

/** `shared`: copies are good for any number of sessions; `own`: every session signs in. */
type Known = { readonly kind: 'own' } | { readonly kind: 'shared'; readonly held: PersonaTokens }

/** No session's: what has not been handed to one yet. */
const NOBODY = 'qa' as StoreKey

export function createPersonaSignIns(clock: Clock): PersonaSignIns {
  const known = new Map<string, Known>()
  // One at a time for each persona, until it is known whether they can share.
  const queues = new Map<string, Promise<unknown>>()

  async function next(persona: BenchPersona): Promise<PersonaTokens> {
    const found = known.get(persona.name)
    if (found?.kind === 'own') return signIn(persona)
    const held = found && (await stillFresh(persona, found.held))
    if (held) {
      known.set(persona.name, { kind: 'shared', held })
      return held
    }
    const { learnt, first } = await learn(persona, await signIn(persona))
    known.set(persona.name, learnt)
    return first
  }

  async function stillFresh({ provider }: BenchPersona, held: PersonaTokens) {
    const { issuedAt, accessExpiresAt } = held.tokens
    const now = clock.now()
    if (
      accessExpiresAt === undefined ||
      accessExpiresAt - now >= (accessExpiresAt - issuedAt) / 2
    ) {
      return held
    }
    const renewed = await renew(provider, held.tokens)
    return renewed && { ...held, tokens: renewed }
  }

  return {
    tokensFor(persona) {
      if (known.get(persona.name)?.kind === 'own') return signIn(persona)
      const before = queues.get(persona.name) ?? Promise.resolve()
      const mine = before.then(() => next(persona))
      queues.set(
        persona.name,
        mine.catch(() => undefined),
      )
      return mine
    },
    forget(name) {
      if (known.get(name)?.kind === 'shared') known.delete(name)
    },
  }
}

/** One renewal tells whether the provider takes the same refresh token again. */
async function learn(
  { provider }: BenchPersona,
  first: PersonaTokens,
): Promise<{ learnt: Known; first: PersonaTokens }> {
  const { tokens } = first
  const own = { learnt: { kind: 'own' as const }, first }
  // A sign-out would take the tokens of all, and a jar's next answer those of the others.
  if (provider.revoke || provider.absorb) return own
  if (!provider.refresh || provider.refreshable?.(tokens) === false) {
    return { learnt: { kind: 'shared', held: first }, first }
  }
  if (tokens.refresh === undefined) return own
  const renewed = await renew(provider, tokens)
  if (!renewed) return own
  const held = { ...first, tokens: renewed }
  if (renewed.refresh === tokens.refresh) return { learnt: { kind: 'shared', held }, first: held }
  return { learnt: { kind: 'own' }, first: held }
}

async function renew(provider: Provider, tokens: IssuedTokens): Promise<IssuedTokens | undefined> {
  const signal = new AbortController().signal
  const answer = await provider.refresh?.(brandTokens(tokens, NOBODY), signal)
  if (answer?.kind !== 'fresh') return undefined
  return tokens.sub === undefined ? answer.tokens : { ...answer.tokens, sub: tokens.sub }
}

async function signIn({ name, provider, fields }: BenchPersona): Promise<PersonaTokens> {
  const outcome = await provider.signIn?.({
    fields: JSON.parse(fields.reveal()),
    clientIp: '',
    signal: new AbortController().signal,
  })
  if (outcome?.kind === 'signed_in') {
    const { tokens, identity } = outcome
    return { tokens: { ...tokens, sub: identity.sub }, identity }
  }
  throw problemOf(`${name} cannot sign in at ${provider.name}`, outcome)
}

function problemOf(
  what: string,
  outcome: Exclude<SignInOutcome, { kind: 'signed_in' }> | undefined,
): ProblemError {
  switch (outcome?.kind) {
    case undefined:
      return new ProblemError('bad_request', { detail: `${what}: nobody signs in there by fields` })
    case 'refused': {
      const { status, message, retryAfter } = outcome
      return new ProblemError('sign_in_refused', {
        status,
        detail: `${what}: ${message ?? `it answered ${status}`}`,
        ...(retryAfter === undefined ? {} : { retryAfter }),
      })
    }
    case 'unreadable':
      return new ProblemError('sign_in_unreadable', { detail: `${what}: ${outcome.hint}` })
    case 'unreachable': {
      const detail = `${what}: it could not be reached`
      return new ProblemError('provider_unreachable', { detail, cause: outcome.cause })
    }
  }
}
