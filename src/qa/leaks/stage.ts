// The users of one phase and what they hold: cookies, a token, and a text of their own that goes along with each request.
import { createJar, type Jar } from './jar.ts'
import { isNobody } from './knowledge.ts'
import { STRANGER, VISITOR } from './step.ts'

export interface Actor {
  readonly name: string
  jar: Jar
  /** What the sign-in answered, where it is not cookies that are carried. */
  token: string | undefined
  /** Signed in, and not out again. */
  valid: boolean
  /** Whoever sees it in an answer has seen something of this user's. */
  readonly nonce: string
}

export interface Stage {
  readonly phase: string
  readonly actors: ReadonlyMap<string, Actor>
  /** Who signed in last; `undefined` while that is not known. */
  lastSignIn: string | undefined
  /** Sign-ins under way, and whether any of them met another. */
  signingIn: number
  overlapped: boolean
  left: boolean
  restarted: boolean
  /** Batches so far. */
  batches: number
}

export function createStage(
  phase: string,
  names: readonly string[],
  nonceOf: (name: string) => string,
): Stage {
  const actors = [...names, VISITOR, STRANGER].map((name) => {
    const actor: Actor = {
      name,
      jar: createJar(),
      token: undefined,
      valid: false,
      nonce: isNobody(name) ? '' : nonceOf(name),
    }
    return [name, actor] as const
  })
  return {
    phase,
    actors: new Map(actors),
    lastSignIn: undefined,
    signingIn: 0,
    overlapped: false,
    left: false,
    restarted: false,
    batches: 0,
  }
}
