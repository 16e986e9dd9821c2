// Signs one person in at an upstream's own sign-in endpoint; what they typed goes up and is forgotten.
import { isIP } from 'node:net'
import type { PasswordProviderConfig } from '../../config/config.ts'
import type { Clock } from '../../lib/clock.ts'
import { type Answer, headerOf, unreadProblem } from '../answer.ts'
import { createEchoTest } from '../echo.ts'
import { retryAfterSeconds } from '../expiry.ts'
import { bodyWithoutTokens } from '../extract.ts'
import { mapFields, writeFields } from '../fields.ts'
import { signInSetting } from '../hint.ts'
import { readIssued } from '../issued.ts'
import type { Provider, ProviderAnswer, SignInAttempt, SignInOutcome } from '../provider.ts'
import { refusalMessage } from '../refusal.ts'
import { callFailure, type ProviderHttp } from './http.ts'
import { createIdentify } from './password-identity.ts'

export function createSignIn(
  config: PasswordProviderConfig,
  http: ProviderHttp,
  clock: Clock,
): NonNullable<Provider['signIn']> {
  const { account, alsoSend, fields: mapping, format, url } = config.signIn
  const identify = createIdentify(config, http)
  const places = [...config.tokens.access, ...config.tokens.refresh]

  // One limit for both calls: whoever waits, waits once.
  return (attempt) =>
    http.within(config.timeoutMs, attempt.signal, (signal) => run(attempt, signal))

  async function run(attempt: SignInAttempt, signal: AbortSignal): Promise<SignInOutcome> {
    const echoes = createEchoTest(attempt.fields, account)
    const forwarded = forwardedFor(attempt.clientIp)
    // The configured constants come last: a browser cannot choose another grant or client.
    const sent = writeFields(format, { ...mapFields(attempt.fields, mapping), ...alsoSend })
    const headers = { ...forwarded, 'content-type': sent.contentType }
    const reply = await http.call({ method: 'POST', url, headers, body: sent.body }, signal)
    if (reply.kind === 'unreachable') return reply

    const { answer } = reply
    if (answer.status >= 500) {
      const why = `the sign-in call answered ${answer.status}`
      const cause = callFailure(why, url, `HTTP_${answer.status}`)
      return { kind: 'unreachable', cause, timedOut: false }
    }
    if (answer.status >= 400) return refused(answer, echoes)
    const problem = unreadProblem(answer)
    if (problem !== undefined) {
      const hint = `the sign-in answer: ${problem}; look at ${signInSetting(config)}`
      return { kind: 'unreadable', hint }
    }
    const issued = readIssued(config, answer, clock.now(), echoes)
    if (issued.kind === 'unreadable') {
      return { kind: 'unreadable', hint: `the sign-in answer: ${issued.hint}` }
    }
    const who = await identify({ answer, issued, forwarded, echoes }, signal)
    if (who.kind !== 'known') return who
    const { tokens } = issued
    const held = [tokens.access, tokens.refresh, tokens.id].filter((token) => token !== undefined)
    return { kind: 'signed_in', tokens, identity: who.identity, answer: passedOn(answer, held) }
  }

  function refused(answer: Answer, echoes: (text: string) => boolean): SignInOutcome {
    const message = refusalMessage(answer)
    const retryAfter = retryAfterSeconds(headerOf(answer.headers, 'retry-after'), clock.now())
    return {
      kind: 'refused',
      status: answer.status,
      message: message !== undefined && echoes(message) ? undefined : message,
      answer: passedOn(answer, []),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    }
  }

  function passedOn(answer: Answer, held: readonly string[]): ProviderAnswer {
    const { status, contentType } = answer
    return { status, contentType, body: bodyWithoutTokens(answer, places, held) }
  }
}

/** Only an address goes up: behind a proxy that passes anything on, `clientIp` may be any text. */
function forwardedFor(clientIp: string): Record<string, string> {
  return isIP(clientIp) === 0 ? {} : { 'x-forwarded-for': clientIp }
}
