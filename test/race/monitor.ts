// What must hold in every history, checked at every answer and at the end.
import type { Ticket } from '../../src/session/ticket.ts'
import type { ModelProvider } from './model-provider.ts'
import type { Answer } from './process.ts'

export type Invariant =
  /** Grants asked for ≤ 1 per token set + kills, sleeps and time-outs while one was under way. */
  | 'one grant'
  /** Owner in = owner out. */
  | 'owner'
  /** Nothing is served with a token that is past its end, or that the upstream has refused. */
  | 'stale token'
  /** After an acknowledged sign-out nothing is served later than a second, and no record is live. */
  | 'resurrection'
  /** A session stays usable, and nobody is signed out by a race. */
  | 'signed out by a race'
  /** What was granted and used is what the store holds. */
  | 'lost tokens'
  /** Nobody is told that something is away while everything is there. */
  | 'needless outage'
  /** Everything finishes. */
  | 'deadlock'

export class Violation extends Error {
  readonly invariant: Invariant
  readonly trace: readonly string[]

  constructor(invariant: Invariant, what: string, trace: readonly string[]) {
    super(`${invariant}: ${what}\n  ${trace.join('\n  ')}`)
    this.name = 'Violation'
    this.invariant = invariant
    this.trace = trace
  }
}

/** One session, as its browser and its owner know it. */
export interface Handle {
  readonly owner: string
  /** Which sign-in its tokens go back to. */
  readonly line: string
  ticket: Ticket
  /** Somebody wants it ended. */
  ending: boolean
  /** When that was acknowledged. */
  endedAt: number | undefined
  /** It goes on under another ticket. */
  moved: boolean
  /** The highest generation of tokens that was used for it. */
  generation: number
  /** Kills, sleeps and time-outs while it was renewed. */
  excused: number
  /** A write of it was acknowledged and lost by the store. */
  lossy: boolean
}

export interface Asked {
  readonly handle: Handle
  readonly ticket: Ticket
  readonly answer: Answer
  /** The process did, while this request was under way. */
  readonly slept: boolean
  /** The upstream refused the session's first tokens. */
  readonly rejected: boolean
}

export interface Monitor {
  readonly handles: Handle[]
  /** Something has failed for real, so that an answer may say so. */
  troubled: boolean
  answered(asked: Asked): void
  granted(): void
  violated(invariant: Invariant, what: string): never
  describe(): string
}

/** Events from the store arrive within this (promise 6). */
const BOUND_MS = 1000

export function createMonitor(
  now: () => number,
  model: ModelProvider,
  trace: readonly string[],
): Monitor {
  const handles: Handle[] = []

  function violated(invariant: Invariant, what: string): never {
    throw new Violation(invariant, what, trace)
  }

  function served({ handle, slept, rejected }: Asked, answer: Extract<Answer, { kind: 'served' }>) {
    const { tokens } = answer
    const issue = tokens && model.issueOf(tokens.access)
    if (!tokens || !issue) violated('lost tokens', 'served without a token of the provider')
    const owners = new Set([answer.owner, issue.owner, handle.owner])
    if (owners.size > 1 || tokens.owner !== answer.ticket.storeKey || issue.line !== handle.line) {
      violated('owner', `${handle.owner} was served with ${tokens.access}`)
    }
    if (now() >= issue.expiresAt || (rejected && issue.generation === 1)) {
      violated('stale token', `${tokens.access} was used`)
    }
    if (handle.endedAt !== undefined && now() > handle.endedAt + BOUND_MS && !slept) {
      violated('resurrection', 'served after its sign-out')
    }
    handle.generation = Math.max(handle.generation, issue.generation)
  }

  return {
    handles,
    troubled: false,
    answered(asked) {
      const { handle, ticket, answer } = asked
      if (answer.kind === 'served') return served(asked, answer)
      const { code, reason = '' } = answer
      if (/unreachable/.test(code)) {
        if (!this.troubled) violated('needless outage', code)
        return
      }
      const replaced = handle.moved && (ticket !== handle.ticket || reason === 'replaced')
      const wanted = handle.ending || replaced || handle.lossy
      const unlucky = reason === 'refresh_refused' && handle.excused > 0
      if (!wanted && !unlucky) violated('signed out by a race', `${code} ${reason}`)
    },
    granted() {
      for (const [refresh, count] of model.grants) {
        const handle = handles.find(({ line }) => refresh.startsWith(`${line} `))
        if (handle && !handle.lossy && count > 1 + handle.excused) {
          violated('one grant', `${refresh} was presented ${count} times`)
        }
      }
    },
    violated,
    describe() {
      return JSON.stringify([
        this.troubled,
        handles.map(({ ticket, ...rest }) => [ticket.storeKey, rest]),
      ])
    },
  }
}
