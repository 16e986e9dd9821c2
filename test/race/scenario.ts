// What is to happen in a history, told before it begins; when each part of it happens is the scheduler's to choose.

import type { Alterations } from './process.ts'
import type { FailOver } from './shared-store.ts'

export type Operation = {
  /** The process that is asked, counted from 0. */
  at: number
  /** Whose, counted from 0. */
  session: number
  /** Not before so much time has passed; default 0. */
  afterMs?: number
} /** `rejects`: the upstream answers 401 to the session's first token. */ & (
  | { do: 'request'; rejects?: boolean }
  /** A ticket with the right id and another key. */
  | { do: 'forge' }
  | { do: 'signOut' }
  /** A session of its own, for the same person. */
  | { do: 'signIn' }
  /** At a second provider: the session goes on under another ticket. */
  | { do: 'extend' }
)

export type Fault =
  | { do: 'kill'; at: number }
  /** The process sleeps until every lease has lapsed. */
  | { do: 'stall'; at: number }
  /** The provider's answer to a grant never comes. */
  | { do: 'hang' }
  | { do: 'failOver'; how: FailOver }
  | { do: 'freeze'; at: number }
  | { do: 'thaw'; at: number }

export interface Scenario {
  readonly processes: number
  /** The people who are signed in from the beginning, one session each. */
  readonly people: readonly string[]
  readonly operations: readonly Operation[]
  readonly faults?: readonly Fault[]
  /** How far the tokens are when it begins; default `expired`. */
  readonly tokens?: 'expired' | 'ahead' | 'old'
  /** How often time may pass while there is something else to do; default 0. */
  readonly waits?: number
  /** Whether the near cache of every process holds every session at first; default false. */
  readonly warm?: boolean
  /** Whether messages of one process overtake each other; default false, as on one connection. */
  readonly unordered?: boolean
  /** Whether requests slide the session. */
  readonly slides?: boolean
  /** Asked anew for every history. */
  readonly alter?: () => Alterations
}
