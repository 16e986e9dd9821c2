// Issues and checks the demo upstream's tokens: HS256 JWTs that name their owner in the claim
// `identity`, in whole seconds (RFC 7515, RFC 7519).
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'

/** Milliseconds, or a function asked once for every token; a token lives a second at least. */
export type Lifetime = number | (() => number)

export interface DemoTokenOptions {
  readonly clock: Clock
  readonly random: Random
  /** Default 10 minutes. */
  readonly accessMs?: Lifetime
  /** Default 4 weeks, counted from the sign-in and never extended. */
  readonly refreshMs?: Lifetime
  /** True: refresh tokens rotate, and one used twice ends all that came of its sign-in. */
  readonly rotation?: boolean
}

export interface DemoClaims {
  readonly identity: number | string
  readonly type: 'access' | 'refresh'
  readonly jti: string
  readonly iat: number
  readonly nbf: number
  readonly exp: number
  readonly fresh: boolean
  /** Names the sign-in; present where refresh tokens rotate. */
  readonly family?: string
  /** How many access tokens came before it since the sign-in; absent for the first. */
  readonly renewal?: number
}

export type CheckedToken =
  | { readonly kind: 'good'; readonly claims: DemoClaims }
  | { readonly kind: 'expired' }
  | { readonly kind: 'invalid' }

export interface DemoTokens {
  signIn(identity: number | string): { access: string; refresh: string }
  check(token: string, type: DemoClaims['type']): CheckedToken
  /**
   * Another access token, and where refresh tokens rotate another of those too. Takes what `check`
   * found good; undefined where that refresh token was used before.
   */
  renew(token: DemoClaims): { access: string; refresh?: string } | undefined
  /** How often a refresh token was used a second time. */
  readonly reuses: number
}

export function createDemoTokens(options: DemoTokenOptions): DemoTokens {
  const { clock, random, accessMs = 10 * MINUTE, refreshMs = 4 * WEEK, rotation = false } = options
  const secret = random(32)
  const families = new Map<string, { current: string; revoked: boolean; endsAt: number }>()
  const verified = new Map<string, DemoClaims>()
  const renewals = new Map<string, number>()
  let reuses = 0

  const sign = (content: string) => createHmac('sha256', secret).update(content).digest('base64url')

  const issue = (claims: Omit<DemoClaims, 'jti' | 'iat' | 'nbf' | 'fresh'>, jti: string) => {
    const iat = seconds(clock.now())
    const payload = { iat, nbf: iat, jti, fresh: false, ...claims } satisfies DemoClaims
    const content = `${HEADER}.${base64url(JSON.stringify(payload))}`
    return `${content}.${sign(content)}`
  }

  const access = (identity: number | string, more: Pick<DemoClaims, 'family' | 'renewal'>) => {
    const claims = {
      identity,
      type: 'access',
      exp: endOf(clock.now(), accessMs),
      ...more,
    } as const
    return issue(claims, newId())
  }

  const newId = () => random(16).toString('hex')

  const nextRenewal = (signIn: string) => {
    const renewal = (renewals.get(signIn) ?? 0) + 1
    if (renewals.size >= REMEMBERED) renewals.clear()
    renewals.set(signIn, renewal)
    return renewal
  }

  const read = (token: string): DemoClaims | undefined => {
    const known = verified.get(token)
    if (known) return known
    const claims = readVerified(token, sign)
    if (!claims) return undefined
    if (verified.size >= REMEMBERED) verified.clear()
    verified.set(token, claims)
    return claims
  }

  return {
    signIn(identity) {
      const exp = endOf(clock.now(), refreshMs)
      const jti = newId()
      const family = rotation ? { family: newId() } : {}
      if (family.family !== undefined) {
        if (families.size >= REMEMBERED) forgetEnded(families, seconds(clock.now()))
        families.set(family.family, { current: jti, revoked: false, endsAt: exp })
      }
      const refresh = issue({ identity, type: 'refresh', exp, ...family }, jti)
      return { access: access(identity, family), refresh }
    },

    check(token, type) {
      const claims = read(token)
      if (!claims) return { kind: 'invalid' }
      if (claims.exp <= seconds(clock.now())) return { kind: 'expired' }
      if (claims.type !== type) return { kind: 'invalid' }
      if (claims.family !== undefined && families.get(claims.family)?.revoked !== false) {
        return { kind: 'invalid' }
      }
      return { kind: 'good', claims }
    },

    renew({ identity, exp, jti, family: name }) {
      if (name === undefined) return { access: access(identity, { renewal: nextRenewal(jti) }) }
      const family = families.get(name)
      if (!family || family.revoked) return undefined
      if (family.current !== jti) {
        reuses++
        family.revoked = true
        return undefined
      }
      family.current = newId()
      const refresh = issue({ identity, type: 'refresh', exp, family: name }, family.current)
      return { access: access(identity, { family: name, renewal: nextRenewal(name) }), refresh }
    },

    get reuses() {
      return reuses
    },
  }
}

function readVerified(token: string, sign: (content: string) => string): DemoClaims | undefined {
  const [header, payload, signature, ...rest] = token.split('.')
  // The signature covers the header, and whatever that says it is computed in one way (RFC 8725, 3.1).
  if (!header || !payload || !signature || rest.length > 0) return undefined
  const given = Buffer.from(signature)
  const expected = Buffer.from(sign(`${header}.${payload}`))
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  return JSON.parse(Buffer.from(payload, 'base64url').toString())
}

function forgetEnded(families: Map<string, { endsAt: number }>, now: number): void {
  for (const [name, { endsAt }] of families) if (endsAt <= now) families.delete(name)
}

function endOf(now: number, lifetime: Lifetime): number {
  const ms = typeof lifetime === 'number' ? lifetime : lifetime()
  return Math.max(seconds(now) + 1, seconds(now + ms))
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}

const HEADER = base64url(JSON.stringify({ typ: 'JWT', alg: 'HS256' }))
const MINUTE = 60_000
const WEEK = 7 * 24 * 60 * MINUTE
const REMEMBERED = 20_000
