// Sign-ins of a replay: who is signed in where, or one sentence on why nobody can be.
import { headerOf } from '../../lib/flat-headers.ts'
import { whyNoAnswer } from '../leaks/no-answer.ts'
import type { Browser } from './browsers.ts'
import { type Exchange, ownCall } from './exchange.ts'
import { type Identity, identityIn, isSessionAnswer } from './identity.ts'
import { isSuccess, problemOf } from './owner.ts'
import type { People } from './people.ts'
import type { SentAnswer } from './sender.ts'

export interface SignInDesk {
  /** Whoever else this sign-in of `persona` was answered as. */
  signIn(browser: Browser, persona: string, answer: SentAnswer): Promise<string | undefined>
  /** Why there is no going on, in one sentence, with or without its full stop. */
  readonly why: string | undefined
}

/** `target`: an origin. */
export function createSignInDesk(target: string, exchange: Exchange, people: People): SignInDesk {
  let why: string | undefined
  return {
    async signIn(browser, persona, answer) {
      const ask = () => exchange(browser, persona, ownCall('GET', '/auth/session'))
      const done = await identify(persona, target, answer, ask)
      if (typeof done === 'string') {
        why ??= done
        return undefined
      }
      const other = people.learn(persona, done)
      browser.identity = other === undefined ? done : undefined
      return other
    },
    get why() {
      return why
    },
  }
}

/** One sentence where nobody is signed in. */
async function identify(
  persona: string,
  target: string,
  answer: SentAnswer,
  askSession: () => Promise<SentAnswer>,
): Promise<Identity | string> {
  const hasRefused = !isSuccess(answer.status)
  // A gateway names its own refusals, but for the upstream's, which it may pass on as they are.
  if (hasRefused && (answer.status === 0 || problemOf(answer) !== undefined))
    return whyRefused(persona, target, answer)
  const told = hasRefused ? undefined : identityIn(answer.body)
  if (told) return told
  // It may be the upstream's own answer, which says nothing of our kind.
  const session = await askSession()
  const isGateway = isSessionAnswer(session.body) || problemOf(session) !== undefined
  if (hasRefused && isGateway) return whyRefused(persona, target, answer)
  const identity = identityIn(session.body)
  if (identity) return identity
  if (problemOf(session) !== undefined)
    return `${persona} signed in at ${target}, and GET /auth/session was answered ${inWords(session)}`
  if (isSessionAnswer(session.body))
    return `${persona}'s sign-in was answered ${answer.status}, and nobody is signed in after it: is ${target} the publicOrigin of its gateway?`
  return `${target} is no gateway: it answered ${persona}'s sign-in with ${inWords(answer)} and GET /auth/session with ${inWords(session)}`
}

function whyRefused(persona: string, target: string, answer: SentAnswer): string {
  const { status } = answer
  if (status === 0) {
    const { why = 'nothing' } = answer
    const said =
      why === 'late' ? 'nothing came in time; look whether it hangs' : whyNoAnswer(target, why)
    return `${target} did not answer ${persona}'s sign-in: ${said}`
  }
  if (status === 421)
    return `${target} is not the address that this gateway serves: use its publicOrigin`
  if (status === 429)
    return `${persona}'s sign-in was answered 429: the gateway limits attempts; raise limits.signInPerAddress`
  if (status >= 500) return `${persona}'s sign-in was answered ${inWords(answer)}`
  return `${persona}'s sign-in was refused (${status}): look at the password for ${persona}`
}

function inWords(answer: SentAnswer): string {
  if (answer.status === 0) return 'nothing'
  const type = headerOf(answer.headers, 'content-type')?.split(';', 1)[0]?.trim()
  const what = problemOf(answer) ?? type
  return `${answer.status}${what === undefined ? '' : ` (${what.slice(0, 60)})`}`
}
