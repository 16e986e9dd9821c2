// Says who just signed in: from the tokens and the answer itself, or from a call with the access token.
import type { PasswordProviderConfig } from '../../config/config.ts'
import { type Answer, unreadProblem } from '../answer.ts'
import { createCredential } from '../credential.ts'
import { keysSeen, writeSetting } from '../hint.ts'
import {
  type CallIdentity,
  type ClaimsIdentity,
  identityFromClaims,
  identityFromProfile,
  subOf,
  userPartsOf,
} from '../identity.ts'
import type { Issued } from '../issued.ts'
import { valueAt } from '../pointer.ts'
import type { Identity, SignInOutcome } from '../provider.ts'
import { callFailure, type ProviderHttp } from './http.ts'

export type Who =
  | { readonly kind: 'known'; readonly identity: Identity }
  | Extract<SignInOutcome, { kind: 'unreadable' | 'unreachable' }>

export interface Arrival {
  readonly answer: Answer
  readonly issued: Extract<Issued, { kind: 'issued' }>
  /** Sent along with a call. */
  readonly forwarded: Readonly<Record<string, string>>
  /** Picks names that a hint must not tell. */
  readonly echoes: (text: string) => boolean
}

export function createIdentify(
  config: PasswordProviderConfig,
  http: ProviderHttp,
): (arrival: Arrival, signal: AbortSignal) => Promise<Who> {
  const { identity, send } = config
  const setting = `providers.${config.name}.identity`
  const credential = createCredential(send)
  return async (arrival, signal) =>
    'url' in identity ? byCall(identity, arrival, signal) : inAnswer(identity, arrival)

  function inAnswer(wanted: ClaimsIdentity, { answer, issued, echoes }: Arrival): Who {
    const { accessClaims = {}, idClaims = {}, tokens } = issued
    const held: unknown[] = [tokens.access, tokens.refresh, tokens.id]
    const told = userPartsOf(answer.document).map((part) =>
      Object.fromEntries(Object.entries(part).filter(([, value]) => !held.includes(value))),
    )
    const found = identityFromClaims(wanted, [accessClaims, idClaims, ...told])
    if (found !== undefined) return { kind: 'known', identity: found }
    const all = { ...accessClaims, ...idClaims }
    const claims = keysSeen(all, echoes).pointers
    const keys = keysSeen(answer.document, echoes).pointers
    const likely = likelyId(claims, all, held) ?? likelyId(keys, answer.document, held)
    return unreadable(
      `the sign-in answer: nobody is named by ${wanted.claims.join(', ')} ` +
        `(claims seen: ${listed(claims)}; keys seen: ${listed(keys)}); ` +
        `${writeSetting(config.name, ['identity', 'claim'], likely)}, ` +
        `or ${setting} as { url: …, sub: … } where another address tells`,
    )
  }

  async function byCall(
    wanted: CallIdentity,
    { issued, forwarded, echoes }: Arrival,
    signal: AbortSignal,
  ): Promise<Who> {
    const [name, value] = credential(issued.tokens)
    const headers = { ...forwarded, [name]: value }
    const reply = await http.call({ method: 'GET', url: wanted.url, headers }, signal)
    if (reply.kind === 'unreachable') return reply
    const { answer } = reply
    if (answer.status >= 500 || answer.status === 429) {
      const why = `the identity call answered ${answer.status}`
      const cause = callFailure(why, wanted.url, `HTTP_${answer.status}`)
      return { kind: 'unreachable', cause, timedOut: false }
    }
    const problem = answer.status >= 400 ? `it is a ${answer.status}` : unreadProblem(answer)
    if (problem !== undefined) {
      return unreadable(`the identity answer: ${problem}; look at ${setting}.url`)
    }
    const found = identityFromProfile(wanted, answer.document)
    if (found !== undefined) return { kind: 'known', identity: found }
    const keys = keysSeen(answer.document, echoes).pointers
    const likely = likelyId(keys, answer.document, [])
    return unreadable(
      `the identity answer: nobody is named at ${wanted.sub} (keys seen: ${listed(keys)}); ` +
        writeSetting(config.name, ['identity', 'sub'], likely),
    )
  }
}

/** Ids before names that people may change. */
const ID_NAMES: readonly RegExp[] = [
  /\/(id|uuid|guid|uid|pk|sub|user_?id)$/i,
  /\/(e-?mail|user_?name|login)$/i,
]

function likelyId(
  pointers: readonly string[],
  document: unknown,
  tokens: readonly unknown[],
): string | undefined {
  const usable = pointers.filter((pointer) => {
    const value = valueAt(document, pointer)
    return subOf(value) !== undefined && !tokens.includes(value)
  })
  const named = ID_NAMES.map((names) => usable.find((pointer) => names.test(pointer)))
  return named.find((pointer) => pointer !== undefined)
}

function listed(names: readonly string[]): string {
  return names.join(' ') || 'none'
}

function unreadable(hint: string): Who {
  return { kind: 'unreadable', hint }
}
