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
  /** Processes that serve; 1 = this one alone. */
  readonly workers: number
  readonly cookie: {
    /** 32 bytes each, newest first; at least one. */
    readonly keys: readonly Buffer[]
    readonly sameSite: 'strict' | 'lax'
  }
  readonly session: { readonly idleMs: number; readonly lifetimeMs: number }
  readonly store: StoreConfig
  readonly outages: {
    /** The longest that a call to the store may take. */
    readonly timeoutMs: number
    /** How long this process's memory is believed without news from the store; 0 = a second. */
    readonly graceMs: number
  }
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
  readonly live: LiveConfig
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
    readonly access: boolean
  }
  /** Claims of the identity that `/auth/session` may show. */
  readonly claims: readonly string[]
  readonly providers: readonly PasswordProviderConfig[]
  /** Sign-ins by a link, which somebody else checks in his own time. */
  readonly confirm?: readonly ConfirmProviderConfig[] | undefined
  readonly routes: readonly RouteConfig[]
  readonly static: readonly StaticConfig[]
  /** Off: neither opened-session nor cookie memory is kept between requests, and every request reads the store. */
  readonly nearCache: { readonly sessions: number }
  /** Absent: nothing of the QA bench is mounted. */
  readonly qa?: QaConfig | undefined
  /** One line each, for the start-up summary, with its mend. */
  readonly warnings: readonly string[]
  /** Where the configuration came from, for messages: a file's path or `environment`. */
  readonly source: string
}

/** WebSockets and event streams. */
export interface LiveConfig {
  /** Open at one time. */
  readonly perSession: number
  readonly perProcess: number
  /** Between two pings to each side of a WebSocket. */
  readonly pingMs: number
  /** Without a message either way a WebSocket is closed; undefined = never. */
  readonly idleMs: number | undefined
  /** Bytes of one message, either way. */
  readonly maxMessage: number
}

export interface QaConfig {
  readonly personas: readonly PersonaConfig[]
  /** Bearer token that whoever asks has to bring; undefined only on one's own machine. */
  readonly token: Secret | undefined
  /** Whether pages that the gateway itself serves show whose window it is; default: they do not. */
  readonly badge?: boolean
  /** Absent: nothing is recorded from the start. */
  readonly record?: RecordConfig | undefined
}

export interface RecordConfig {
  /** Absolute. */
  readonly file: string
  /** Bytes kept of each body. */
  readonly bodyBytes: number
  /** The file grows no larger. */
  readonly mostBytes: number
  /** Names of fields, parameters and headers that are secrets besides those that say so themselves. */
  readonly redact: readonly string[]
}

export interface PersonaConfig {
  /** A label of a host name. */
  readonly name: string
  /** Name of the provider they sign in at. */
  readonly provider: string
  readonly username: string
  /** A CSS colour name. */
  readonly colour: string
  /** JSON object: what a browser would post to sign them in, the password included. */
  readonly fields: Secret
}

export type StoreConfig =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly path: string }
  | RedisStoreConfig

export interface RedisStoreConfig {
  readonly kind: 'redis'
  readonly mode: 'standalone' | 'sentinel' | 'cluster'
  /** At least one: the server, the sentinels, or some nodes of the cluster. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  /** What the sentinels call their master; present exactly with `sentinel`. */
  readonly master: string | undefined
  readonly username: string | undefined
  readonly password: Secret | undefined
  readonly sentinelPassword: Secret | undefined
  /** 0 with `cluster`. */
  readonly db: number
  /** Undefined: not encrypted. `ca`: PEM of a certificate authority trusted in place of the usual ones. */
  readonly tls: 'verified' | 'unverified' | { readonly ca: string } | undefined
  /** Begins the name of every key and channel. */
  readonly prefix: string
  /** What takes longer has failed. */
  readonly timeoutMs: number
}

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
  /** True: requests and messages here do not move the idle deadline. */
  readonly passive: boolean
  /** True: WebSockets and event streams here end when the token they were opened with is renewed. */
  readonly dropOnRefresh?: boolean
  readonly timeouts: {
    readonly connectMs: number
    readonly responseMs: number
    readonly idleMs: number
  }
  /** PEM of an additional certificate authority for this upstream. */
  readonly ca: string | undefined
  /** How an answer to a session's call tells whose data it holds. */
  readonly owner?: OwnerConfig | undefined
}

export type OwnerConfig = (
  | { readonly header: string /* lower case */ }
  /** JSON Pointer into the body (RFC 6901). */
  | { readonly field: string }
) & {
  /** What it must equal: `sub`, `name`, or the claim of this name. */
  readonly is: string
  /** Somebody else's answer: held back, or counted and audited only. */
  readonly on: 'refuse' | 'observe'
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

export interface ConfirmProviderConfig {
  readonly kind: 'confirm'
  readonly name: string
  readonly validate: {
    readonly url: URL
    /** Values with `{token}`, `{id}` or neither. */
    readonly body: Readonly<Record<string, string>>
    readonly format: 'json' | 'form'
  }
  /** JSON Pointer to what is true exactly when the link is good; undefined: every 2xx says so. */
  readonly valid: string | undefined
  /** Reads, renews, sends and revokes the tokens; its name is that of the provider they count as. */
  readonly issuer: PasswordProviderConfig
  /** From the click until it is too late. */
  readonly withinMs: number
  /** Of one question to the validator. */
  readonly timeoutMs: number
  /** Signs what is completed later; undefined: nothing can be. */
  readonly secret: Secret | undefined
  readonly confirm: 'click' | 'auto'
  /** JSON Pointer into the claims of a link that is a JWT: the account to name before the click. */
  readonly account: string | undefined
  readonly push: PusherConfig | undefined
}

export interface PusherConfig {
  readonly appId: string
  readonly key: string
  readonly secret: Secret
  readonly cluster: string | undefined
  /** In place of the cluster's own. */
  readonly host: string | undefined
  readonly port: number | undefined
  readonly tls: boolean
}
