// Renews a token set at its upstream, once per call: fresh, refused, or unreachable, and nothing in between.
import type { PasswordProviderConfig, RefreshConfig } from '../../config/config.ts'
import type { Clock } from '../../lib/clock.ts'
import { type Answer, isHtml, unreadProblem } from '../answer.ts'
import { writeFields } from '../fields.ts'
import { identityFromClaims, subOf } from '../identity.ts'
import { type Issued, readIssued } from '../issued.ts'
import { type Claims, jwtClaims } from '../jwt.ts'
import type { FreshTokens, Provider } from '../provider.ts'
import type { IssuedTokens, TokenSet } from '../token-set.ts'
import { callFailure, type ProviderCall, type ProviderHttp } from './http.ts'

/** Statuses that say "not at the moment" (RFC 9110, RFC 8470, RFC 6585): the session is kept. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429])
/** Claims that name a person wherever they occur; `id` is left out, it may name the token. */
const PERSON_CLAIMS: readonly string[] = ['sub', 'identity', 'user_id', 'uid']

export function createRefresh(
  config: PasswordProviderConfig,
  refresh: RefreshConfig,
  http: ProviderHttp,
  clock: Clock,
): NonNullable<Provider['refresh']> {
  return async (tokens, outer) => {
    const call = refreshCall(refresh, tokens)
    if (call === undefined) return withoutRefreshToken(tokens, clock.now())
    const reply = await http.within(config.timeoutMs, outer, (signal) => http.call(call, signal))
    if (reply.kind === 'unreachable') return { kind: 'unreachable', cause: reply.cause }
    const { answer } = reply
    if (isRefusal(answer)) return { kind: 'refused' }
    const useless = (why: string, code?: string): FreshTokens => {
      return { kind: 'unreachable', cause: callFailure(why, refresh.url, code) }
    }
    if (answer.status >= 400) {
      return useless(`the refresh call answered ${answer.status}`, `HTTP_${answer.status}`)
    }
    const problem = unreadProblem(answer)
    if (problem !== undefined) return useless(`the refresh answer: ${problem}`)
    const issued = readIssued(config, answer, clock.now(), () => false)
    if (issued.kind === 'unreadable') return useless(`the refresh answer: ${issued.hint}`)
    const sub = ownerOf(config, issued, tokens)
    return {
      kind: 'fresh',
      tokens: carriedOver(issued.tokens, tokens),
      ...(sub === undefined ? {} : { sub }),
    }
  }
}

/** An HTML page with another status than 401 comes from whatever stands in front of the upstream, not from it. */
function isRefusal(answer: Answer): boolean {
  const { status } = answer
  if (status === 401) return true
  return status >= 400 && status < 500 && !PASSING.has(status) && !isHtml(answer)
}

/** Absent when the call needs a refresh token and there is none. */
function refreshCall(
  { url, authorize }: RefreshConfig,
  tokens: TokenSet,
): ProviderCall | undefined {
  if ('bearer' in authorize) {
    const bearer = tokens[authorize.bearer]
    if (bearer === undefined) return undefined
    return { method: 'POST', url, headers: { authorization: `Bearer ${bearer}` } }
  }
  const [format, templates] =
    'form' in authorize ? (['form', authorize.form] as const) : (['json', authorize.json] as const)
  const wanted = Object.values(templates).some((value) => value.includes('{refresh}'))
  if (wanted && tokens.refresh === undefined) return undefined
  const filled = Object.entries(templates).map(([name, template]) => [name, fill(template, tokens)])
  const { body, contentType } = writeFields(format, Object.fromEntries(filled))
  return { method: 'POST', url, headers: { 'content-type': contentType }, body }
}

/** One pass, so that a token holding `{access}` is not filled in again. */
function fill(template: string, { access, refresh = '' }: TokenSet): string {
  return template.replace(/\{(access|refresh)\}/g, (_, name) =>
    name === 'access' ? access : refresh,
  )
}

/** What cannot be renewed is used while it lives, and then over. */
function withoutRefreshToken({ accessExpiresAt }: TokenSet, now: number): FreshTokens {
  if (accessExpiresAt === undefined || accessExpiresAt <= now) return { kind: 'refused' }
  return { kind: 'unreachable', cause: new Error('there is no refresh token') }
}

/** An upstream that rotates nothing sends no refresh or id token: the old ones stay, expiry included. */
function carriedOver(fresh: IssuedTokens, old: TokenSet): IssuedTokens {
  const { refresh, refreshExpiresAt, id } = old
  return {
    ...(id === undefined ? {} : { id }),
    ...(fresh.refresh !== undefined || refresh === undefined ? {} : { refresh }),
    ...(fresh.refresh !== undefined || refreshExpiresAt === undefined ? {} : { refreshExpiresAt }),
    ...fresh,
  }
}

/**
 * Who the fresh token is for, where it tells. Where the identity came from a call, the token's claims need not be
 * the same name for the person, so they are compared with the old token's: only another person is reported.
 */
function ownerOf(
  config: PasswordProviderConfig,
  { accessClaims = {}, idClaims = {} }: Extract<Issued, { kind: 'issued' }>,
  old: TokenSet,
): string | undefined {
  if ('claims' in config.identity) {
    return identityFromClaims(config.identity, [accessClaims, idClaims])?.sub
  }
  const before = jwtClaims(old.access) ?? {}
  for (const claim of PERSON_CLAIMS) {
    const sub = subOf(own(accessClaims, claim))
    const was = subOf(own(before, claim))
    if (sub !== undefined && was !== undefined && sub !== was) return sub
  }
  return undefined
}

function own(claims: Claims, claim: string): unknown {
  return Object.hasOwn(claims, claim) ? claims[claim] : undefined
}
