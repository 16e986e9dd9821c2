// Asks whoever checks a link, and reads the verdict, from the answer or from what is completed later.
import type { ConfirmProviderConfig } from '../config/config.ts'
import type { Clock } from '../lib/clock.ts'
import type { Settled } from '../session/pending.ts'
import { type Answer, createAnswer, headerOf, isHtml, unreadProblem } from '../tokens/answer.ts'
import { retryAfterSeconds } from '../tokens/expiry.ts'
import { writeFields } from '../tokens/fields.ts'
import { readIssued } from '../tokens/issued.ts'
import { valueAt } from '../tokens/pointer.ts'
import type { ProviderHttp } from '../tokens/providers/http.ts'
import type { createIdentify } from '../tokens/providers/password-identity.ts'

export type Verdict =
  | { readonly kind: 'valid'; readonly who: Settled }
  | { readonly kind: 'invalid' }
  /** It will be completed by a call of its own. */
  | { readonly kind: 'later' }
  /** `hint` names keys and settings, never a value. */
  | { readonly kind: 'unreadable'; readonly hint: string }
  /** No verdict; `afterMs`: not to be asked sooner. */
  | { readonly kind: 'unreachable'; readonly cause: unknown; readonly afterMs?: number }

export interface Validator {
  /** Never rejects; takes as long as the configuration allows. */
  ask(question: { token: string; id: string }, signal: AbortSignal): Promise<Verdict>
  /** The verdict in the body of a completion. */
  read(body: Uint8Array, signal: AbortSignal): Promise<Verdict>
}

export interface ValidatorOptions {
  readonly config: ConfirmProviderConfig
  readonly http: ProviderHttp
  readonly identify: ReturnType<typeof createIdentify>
  /** Claims that may be shown; the others are dropped. */
  readonly claims: readonly string[]
  readonly clock: Clock
}

/** Says "not now" (RFC 9110, RFC 8470, RFC 6585). */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429])

export function createValidator(options: ValidatorOptions): Validator {
  const { config, http, identify, claims: shown, clock } = options
  const { validate, issuer } = config

  async function judge(answer: Answer, token: string, signal: AbortSignal): Promise<Verdict> {
    const unreadable = (what: string): Verdict => ({
      kind: 'unreadable',
      hint: `what ${config.name}'s validator says: ${what}`,
    })
    const problem = unreadProblem(answer)
    if (problem !== undefined) return unreadable(problem)
    if (config.valid !== undefined) {
      const said = valueAt(answer.document, config.valid)
      if (said === false) return { kind: 'invalid' }
      if (said !== true) {
        return unreadable(
          `neither true nor false at ${config.valid}; look at providers.${config.name}.valid`,
        )
      }
    }
    const echoes = (text: string) => token !== '' && (text === token || token.includes(text))
    const issued = readIssued(issuer, answer, clock.now(), echoes)
    if (issued.kind === 'unreadable') return unreadable(issued.hint)
    const who = await identify({ answer, issued, forwarded: {}, echoes }, signal)
    if (who.kind === 'unreadable') return unreadable(who.hint)
    if (who.kind === 'unreachable') return { kind: 'unreachable', cause: who.cause }
    const { sub, name, claims, providerSid } = who.identity
    const allowed = shown.filter((claim) => Object.hasOwn(claims, claim))
    return {
      kind: 'valid',
      who: {
        provider: issuer.name,
        sub,
        ...(name === undefined ? {} : { name }),
        claims: Object.fromEntries(allowed.map((claim) => [claim, claims[claim]])),
        ...(providerSid === undefined ? {} : { providerSid }),
        tokens: issued.tokens,
      },
    }
  }

  return {
    ask: ({ token, id }, outer) =>
      http.within(config.timeoutMs, outer, async (signal): Promise<Verdict> => {
        const filled = Object.entries(validate.body).map(([name, value]) => [
          name,
          // One pass, so that a token holding {id} is not filled in again.
          value.replace(/\{(token|id)\}/g, (_, what) => (what === 'token' ? token : id)),
        ])
        const sent = writeFields(validate.format, Object.fromEntries(filled))
        const headers = {
          'content-type': sent.contentType,
          'coatcheck-pending': id,
          // Asked again after an answer that was lost, it is the same question.
          'idempotency-key': id,
        }
        const call = { method: 'POST', url: validate.url, headers, body: sent.body } as const
        const reply = await http.call(call, signal)
        if (reply.kind === 'unreachable') return { kind: 'unreachable', cause: reply.cause }
        const { answer } = reply
        const { status } = answer
        if (status === 202) {
          if (config.secret !== undefined) return { kind: 'later' }
          const hint = `${config.name}'s validator answered 202: write providers.${config.name}.secret, with which it signs its completion`
          return { kind: 'unreadable', hint }
        }
        if (status >= 500 || PASSING.has(status) || (status >= 400 && isHtml(answer))) {
          const seconds = retryAfterSeconds(headerOf(answer.headers, 'retry-after'), clock.now())
          return {
            kind: 'unreachable',
            cause: Object.assign(new Error(`the validator answered ${status}`), {
              code: `HTTP_${status}`,
              host: validate.url.host,
            }),
            ...(seconds === undefined ? {} : { afterMs: seconds * 1000 }),
          }
        }
        if (status >= 400) return { kind: 'invalid' }
        return judge(answer, token, signal)
      }),
    read: (body, outer) =>
      http.within(config.timeoutMs, outer, (signal) => {
        const headers = { 'content-type': 'application/json' }
        return judge(createAnswer(200, headers, new Map(), { body }), '', signal)
      }),
  }
}
