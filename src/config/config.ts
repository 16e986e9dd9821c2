// The configuration as the rest of the program sees it: every default filled in, every unit a number
// of milliseconds, every address parsed, every secret wrapped. `load.ts` makes it; nothing changes it.
import type { Secret } from '../lib/secret.ts'

export interface Config {
  /** What browsers see, as an origin without a trailing slash: `https://app.example.org`. */
  readonly publicOrigin: string
  readonly insecureHttp: boolean
  readonly listen: { readonly host: string; readonly port: number }
  readonly operators:
    | { readonly host: string; readonly port: number; readonly token?: Secret }
    | undefined
  readonly cookie: {
    /** 32 bytes each, newest first; at least one. */
    readonly keys: readonly Buffer[]
    readonly sameSite: 'strict' | 'lax'
  }
  readonly session: { readonly idleMs: number; readonly lifetimeMs: number }
  readonly store: StoreConfig
  /** Reverse proxies in front of us whose X-Forwarded-For entry is believed; 0 = none. */
  readonly trustProxy: number
  readonly csrf: 'same-origin' | 'header' | 'strict'
  readonly pages: { readonly signIn: string; readonly profile: string }
  readonly timeouts: {
    readonly connectMs: number
    readonly responseMs: number
    readonly idleMs: number
    readonly providerMs: number
  }
  readonly limits: {
    readonly signInPerAddress: number
    readonly signInPerAccount: number
    readonly windowMs: number
  }
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
    readonly access: boolean
  }
  /** Claims of the identity that `/auth/session` may show. */
  readonly claims: readonly string[]
  readonly providers: readonly PasswordProviderConfig[]
  readonly routes: readonly RouteConfig[]
  readonly static: readonly StaticConfig[]
  /** Off: neither opened-session nor cookie memory is kept between requests, and every request reads the store. */
  readonly nearCache: { readonly sessions: number }
  /** One line each, for the start-up summary, with its mend. */
  readonly warnings: readonly string[]
  /** Where the configuration came from, for messages: a file's path or `environment`. */
  readonly source: string
}

export type StoreConfig =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly path: string }

export interface RouteConfig {
  readonly match: 'path' | 'prefix'
  /** `/api`, without a trailing slash; `/` alone for everything. */
  readonly at: string
  /** Base: its path + what follows `at`. Never a query or fragment. */
  readonly upstream: URL
  readonly auth: 'required' | 'optional' | 'public'
  /** Name of a provider; present unless `auth` is public. */
  readonly provider: string | undefined
  readonly cache: 'no-store' | 'private'
  /** Upstream cookies that pass both ways. */
  readonly cookies: readonly string[]
  /** Bytes; undefined = no limit. */
  readonly bodyLimit: number | undefined
  readonly csrf: 'same-origin' | 'header' | 'strict'
  /** True: requests here do not move the idle deadline. */
  readonly passive: boolean
  readonly timeouts: {
    readonly connectMs: number
    readonly responseMs: number
    readonly idleMs: number
  }
  /** PEM of an additional certificate authority for this upstream. */
  readonly ca: string | undefined
}

export interface StaticConfig {
  /** `/` or `/bridge-in-tech-web`, without a trailing slash otherwise. */
  readonly prefix: string
  readonly dir: string
  /** File inside `dir` that answers navigations to unknown paths. */
  readonly fallback: string | undefined
}

export interface PasswordProviderConfig {
  readonly kind: 'password'
  readonly name: string
  readonly signIn: {
    readonly url: URL
    /** Exact path on our origin that answers like the upstream's own sign-in. */
    readonly also: string | undefined
    readonly format: 'json' | 'form'
    /** Sent field ← browser's field; undefined = as the browser sent them. */
    readonly fields: Readonly<Record<string, string>> | undefined
    /** Constant fields sent along. */
    readonly alsoSend: Readonly<Record<string, string>>
    /** Names the account in the browser's fields, for limits. */
    readonly account: readonly string[]
  }
  readonly tokens: {
    readonly access: readonly TokenPlace[]
    readonly refresh: readonly TokenPlace[]
    readonly expiresIn: readonly TokenPlace[]
  }
  readonly refresh: RefreshConfig | undefined
  readonly revoke: { readonly url: URL; readonly bearer: 'access' | 'refresh' } | undefined
  readonly identity: IdentityConfig
  readonly send: SendConfig
  readonly timeoutMs: number
  readonly ca: string | undefined
}

/** Where a token stands in an answer: a JSON Pointer into the body (RFC 6901), a response header, or a cookie it sets. */
export type TokenPlace =
  | { readonly pointer: string }
  | { readonly header: string }
  | { readonly cookie: string }

export interface RefreshConfig {
  readonly url: URL
  /** Which token authorises the call. */
  readonly authorize:
    | { readonly bearer: 'access' | 'refresh' }
    | { readonly form: Readonly<Record<string, string>> }
    | { readonly json: Readonly<Record<string, string>> }
}

export type IdentityConfig =
  /** First of these claims in the access token (a JWT), or top-level field of the sign-in answer. */
  | { readonly claims: readonly string[]; readonly nameClaims: readonly string[] }
  | { readonly url: URL; readonly sub: string; readonly name: string | undefined }

export type SendConfig =
  /** Value of Authorization, with `{access}` where the token goes. */
  | { readonly template: string }
  /** The upstream's own cookie, kept per session and sent as Cookie. */
  | { readonly cookie: string }
