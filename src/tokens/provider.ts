// What every provider promises: whoever issues token sets. A provider never touches a session or a cookie.
import type { IssuedTokens, TokenSet } from './token-set.ts'

export interface Provider {
  readonly name: string
  readonly kind: 'password' | 'oidc' | 'service' | 'confirm'
  /** Present where users sign in with fields they type. Never keeps or logs them. */
  readonly signIn?: (attempt: SignInAttempt) => Promise<SignInOutcome>
  /** Present where a token set can be renewed. */
  readonly refresh?: (tokens: TokenSet, signal: AbortSignal) => Promise<FreshTokens>
  /** Present with `refresh`: whether these tokens hold what a renewal takes. */
  readonly refreshable?: (tokens: IssuedTokens) => boolean
  /** Present where the provider can be told that tokens are no longer wanted. Resolves whatever the provider says. */
  readonly revoke?: (tokens: IssuedTokens) => Promise<void>
  /** The header that carries these tokens upward, name in lower case: `['authorization', 'Bearer …']`. */
  readonly credential: (tokens: IssuedTokens) => readonly [name: string, value: string]
  /**
   * Present where the upstream renews a session's tokens in its answers (a cookie jar). `rawHeaders`: names and values
   * in turn. `undefined` when this answer changes nothing.
   */
  readonly absorb?: (tokens: TokenSet, rawHeaders: readonly string[]) => IssuedTokens | undefined
  /** How long before expiry a token set is renewed in the background, in ms, for a life of `lifeMs`. */
  readonly refreshAheadMs: (lifeMs: number) => number
}

export interface SignInAttempt {
  /** As the browser sent them; strings, numbers, booleans or nested JSON. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Sent on to the provider as X-Forwarded-For, so that its own limits see people, not us. */
  readonly clientIp: string
  readonly signal: AbortSignal
}

/** What the provider itself answered, to be passed on by `also`: body with the tokens removed. */
export interface ProviderAnswer {
  readonly status: number
  readonly contentType: string | undefined
  readonly body: Uint8Array
}

export type SignInOutcome =
  | { kind: 'signed_in'; tokens: IssuedTokens; identity: Identity; answer: ProviderAnswer }
  /**
   * The provider said no; `message` is its own, in plain text, at most 300 characters.
   * `retryAfter` is its Retry-After in whole seconds (RFC 9110 section 10.2.3), a day at most; absent when it sent none.
   */
  | {
      kind: 'refused'
      status: number
      message: string | undefined
      answer: ProviderAnswer
      retryAfter?: number
    }
  /** It answered, but not with what the configuration says; `hint` names the keys seen (never values) and the setting to write. */
  | { kind: 'unreadable'; hint: string }
  | { kind: 'unreachable'; cause: unknown; timedOut: boolean }

export interface Identity {
  readonly sub: string
  readonly name?: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly providerSid?: string
}

export type FreshTokens =
  | { kind: 'fresh'; tokens: IssuedTokens; sub?: string }
  /** The provider said no: end the session. */
  | { kind: 'refused' }
  /** Usable while the old token still has life. */
  | { kind: 'unreachable'; cause: unknown }
