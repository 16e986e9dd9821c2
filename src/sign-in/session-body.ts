// What `GET /auth/session` tells a browser about itself: facts and deadlines, never a token. Pure.
import type { EndReason, OpenSession } from '../session/session.ts'
import { canRefresh, endOf } from '../tokens/authorize.ts'
import type { SignInContext } from './context.ts'

/** Times are epoch ms. */
export interface SignedInBody {
  readonly authenticated: true
  readonly state: 'active'
  readonly ref: string
  readonly sub: string
  readonly name: string | undefined
  readonly claims: Readonly<Record<string, unknown>>
  readonly provider: string
  readonly createdAt: number
  readonly idleAt: number
  readonly endsAt: number
  readonly now: number
  readonly tokens: Record<string, { expiresAt: number | undefined; refreshable: boolean }>
}

export interface SignedOutBody {
  readonly authenticated: false
  readonly state: 'absent' | 'pending' | 'idle' | 'ended'
  readonly reason?: EndReason
  readonly now: number
  /** Where to sign in: POST the fields there, or navigate there, as `kind` says. */
  readonly signIn: ReadonlyArray<{ provider: string; kind: string; url: string }>
}

/** ms that the browser shall keep a session's cookie: its lifetime; a refresh token may end sooner, or be renewed. */
export function lifeOf(context: SignInContext, { record }: OpenSession): number {
  return record.createdAt + context.lifetimeMs - context.clock.now()
}

export function signedInBody(context: SignInContext, session: OpenSession): SignedInBody {
  const now = context.clock.now()
  const { record, content } = session
  const providers = [...context.providers.values()].map(({ provider }) => provider)
  const endsAt = endOf(session, providers, now)
  return {
    authenticated: true,
    state: 'active',
    ref: record.ref,
    sub: record.sub,
    name: content.name,
    claims: content.claims,
    provider: record.provider,
    createdAt: record.createdAt,
    idleAt: Math.min(session.idleAt, endsAt),
    endsAt,
    now,
    tokens: Object.fromEntries(
      Object.entries(content.tokens).map(([name, tokens]) => {
        const provider = context.providers.get(name)?.provider
        const refreshable = provider !== undefined && canRefresh(tokens, provider, now)
        return [name, { expiresAt: tokens.accessExpiresAt, refreshable }]
      }),
    ),
  }
}

export function signedOutBody(
  context: SignInContext,
  state: SignedOutBody['state'],
  reason?: EndReason,
): SignedOutBody {
  return {
    authenticated: false,
    state,
    ...(reason === undefined ? {} : { reason }),
    now: context.clock.now(),
    signIn: [...context.providers.values()]
      .filter(({ provider }) => provider.kind !== 'service' && provider.kind !== 'confirm')
      .map(({ provider }) => ({
        provider: provider.name,
        kind: provider.kind,
        url: '/auth/login',
      })),
  }
}
