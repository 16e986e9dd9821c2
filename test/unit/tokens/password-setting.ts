// What the tests of the password provider share: a configuration like the Mentorship System's, tokens, a provider.
import type { Dispatcher } from 'undici'
import type { PasswordProviderConfig } from '../../../src/config/config.ts'
import type { StoreKey } from '../../../src/session/session.ts'
import { createPasswordProvider } from '../../../src/tokens/providers/password.ts'
import type { TokenSet } from '../../../src/tokens/token-set.ts'
import { type ManualClock, manualClock } from '../../support/clock.ts'
import { passwordProvider } from '../../support/password-provider.ts'

export const ORIGIN = 'https://upstream.test'

export function mentorship(origin = ORIGIN): PasswordProviderConfig {
  const usual = passwordProvider(origin)
  return {
    ...usual,
    name: 'mentorship',
    tokens: {
      ...usual.tokens,
      expiresIn: [{ pointer: '/expires_in' }, { pointer: '/access_expiry' }],
    },
    identity: { url: new URL('/user', origin), sub: '/id', name: '/name' },
  }
}

/** The same upstream, its identity read from claims as the shorthand has it. */
export function withClaims(config = mentorship()): PasswordProviderConfig {
  const claims = ['sub', 'identity', 'user_id', 'uid', 'id']
  return { ...config, identity: { claims, nameClaims: ['name', 'username'] } }
}

export const encode = (text: string): string => Buffer.from(text).toString('base64url')

/** A JWT with these claims and a signature of nothing. */
export function jwt(claims: Record<string, unknown>): string {
  return `${encode('{"alg":"HS256","typ":"JWT"}')}.${encode(JSON.stringify(claims))}.c2ln`
}

export function tokenSet(tokens: Partial<TokenSet>): TokenSet {
  const owner = 'a'.repeat(43) as StoreKey
  return { owner, access: 'old-access', issuedAt: Date.UTC(2029, 0, 1), ...tokens }
}

export function providerOf(
  dispatcher: Dispatcher,
  config: PasswordProviderConfig,
  clock: ManualClock = manualClock(),
) {
  const provider = createPasswordProvider(config, { clock, dispatcher })
  const { signIn, refresh, revoke } = provider
  if (signIn === undefined) throw new Error('a password provider signs in')
  return {
    provider,
    clock,
    signIn: (fields: Record<string, unknown>, clientIp = '192.0.2.7', signal?: AbortSignal) =>
      signIn({ fields, clientIp, signal: signal ?? new AbortController().signal }),
    refresh: (tokens: TokenSet, signal?: AbortSignal) => {
      if (refresh === undefined) throw new Error('no refresh is configured')
      return refresh(tokens, signal ?? new AbortController().signal)
    },
    revoke: (tokens: TokenSet) => revoke?.(tokens),
  }
}
