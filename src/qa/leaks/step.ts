// What somebody does in a run, and what was seen of it.
import type { CallOutcome, Mark, Message } from '../run.ts'
import type { Passed } from './doubts.ts'
import type { Unread } from './read-body.ts'
import type { Sight } from './sight.ts'
import type { Via } from './wire.ts'

/** Somebody whose browser keeps cookies and who never signs in, and somebody who keeps none. */
export const VISITOR = 'visitor'
export const STRANGER = 'stranger'

export type Step =
  /** `holding`: with the cookies that this other one was given before. */
  | { readonly do: 'sign-in'; readonly user: string; readonly holding?: string }
  /** `first`: what is ordinary here is learned from this answer. */
  | {
      readonly do: 'ask'
      readonly user: string
      readonly path: string
      readonly via: Via
      readonly first?: true
    }
  /** Asks, and is gone before the answer. */
  | { readonly do: 'leave'; readonly user: string; readonly path: string }
  | { readonly do: 'sign-out'; readonly user: string }
  | { readonly do: 'restart'; readonly user: string }

/** What is done at the same moment. */
export type Batch = readonly Step[]

export interface Observation {
  readonly step: Step
  readonly phase: string
  /** Counts within its phase. */
  readonly batch: number
  readonly method: string
  /** As it may be shown. */
  readonly path: string
  /** ms since the run began. */
  readonly startMs: number
  readonly endMs: number
  /** 0: no answer. */
  readonly status: number
  readonly outcome: CallOutcome
  readonly owner?: string
  /** Why not all of the answer was searched; absent where it was. */
  readonly unread?: Unread
  readonly marks: readonly Mark[]
  /** Of a foreign answer that is not all somebody else's: what is, and where. */
  readonly sight?: Sight
  /** The answer came after redirects. */
  readonly redirected?: true
  /** And so did the page before it. */
  readonly pageRedirected?: true
  readonly request?: Message
  readonly response?: Message
  /** Of others, and let pass for what was seen there at the first look. */
  readonly passed?: readonly Passed[]
  /** What the page before a sign-in or a sign-out had not, so that neither could be sent: one sentence, with its mend. */
  readonly lacks?: string
  /** Whoever asks had signed out, and was told who he or she is. */
  readonly stillIn?: true
  /** True where the request said whose it is. */
  readonly signedIn: boolean
  /** Who had signed in last when this began; absent where nobody had, or several did at the same moment. */
  readonly lastSignIn?: string
  /** True where somebody had left before an answer in this phase. */
  readonly afterLeave: boolean
  /** True where the phase had restarted the service. */
  readonly afterRestart: boolean
}

/** For people: `GET /user`. */
export function asked({ method, path }: Pick<Observation, 'method' | 'path'>): string {
  return `${method} ${path}`
}
