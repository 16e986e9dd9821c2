// One run of several users against a service, as plain data: what verdicts, reports, lanes and replays are made from.

export interface Run {
  readonly version: 1
  readonly kind: 'leaks' | 'replay' | 'recording'
  /** Origin of the service, without credentials. */
  readonly target: string
  /** The same seed asks the same things in the same order. */
  readonly seed: number
  /** Epoch ms. */
  readonly startedAt: number
  readonly users: readonly RunUser[]
  readonly phases: readonly RunPhase[]
  /** By `startMs`. */
  readonly calls: readonly RunCall[]
  readonly verdict: Verdict
  /** Of a replay: `reorder` goes by `seed`, and the others need none. */
  readonly pace?: 'order' | 'recorded' | 'fastest' | 'reorder'
}

export interface RunUser {
  readonly name: string
  readonly colour: string
  /** Nobody's account: calls without ever signing in, to show what the service tells anybody. */
  readonly isNobody?: true
}

export interface RunPhase {
  /** `one-after-another`, `simultaneous-sign-in`, `steady`, `sign-out`, `restart`, `reuse`. */
  readonly name: string
  readonly title: string
  /** ms since the run began. */
  readonly startMs: number
  readonly endMs: number
}

/** Who calls without a persona, in recordings and replays. */
export const NOBODY = 'nobody'

/** Whoever is told as the owner of what none of the users has. */
export const SOMEBODY = 'somebody else'

/** What became of a call, seen from the user who made it. */
export type CallOutcome =
  /** Answered with this user's own data, and that was verified. */
  | 'own'
  /** Something in the answer belongs to somebody else. */
  | 'foreign'
  /** A valid user was treated as nobody. */
  | 'thrown_out'
  /** Nothing to verify here: a sign-in, a sign-out, a path without an owner. */
  | 'plain'
  /** No answer, or one that nobody could judge. */
  | 'failed'

export interface RunCall {
  /** Place in the run, from 0. */
  readonly n: number
  readonly phase: string
  readonly user: string
  readonly method: string
  readonly path: string
  readonly startMs: number
  readonly endMs: number
  /** 0: no answer. */
  readonly status: number
  readonly outcome: CallOutcome
  /** Whose data the answer carried, where that is somebody else. */
  readonly owner?: string
  /** What of the owner's it was, where the rest is not: "Bob's mail address in the header x-user". */
  readonly found?: string
  /** Why not all of the answer was searched: compressed in a way that is not known, too long, without an end, or no text. */
  readonly unread?: 'compressed' | 'cut' | 'open' | 'binary'
  /** Where in the answer that was found. */
  readonly marks?: readonly Mark[]
  /** Redacted and bounded; absent where nothing was kept. */
  readonly request?: Message
  readonly response?: Message
  /** Of a replay: what is not as it was recorded, each in a few words; absent where nothing is. */
  readonly differences?: readonly string[]
  /** Of a replay: it was wrong when it was recorded, and is right. */
  readonly mended?: true
  /** Of a replay, where `differences` or `mended` are told: what was recorded. */
  readonly recorded?: RecordedAnswer
}

/** `owner`, `marks` and `response` as those of a call. */
export type RecordedAnswer = Pick<RunCall, 'status' | 'outcome' | 'owner' | 'marks' | 'response'>

export interface Mark {
  readonly owner: string
  readonly in: 'body' | 'set-cookie' | 'header'
  /** Where in the kept `headers` that value is; absent for the body, and where it is not told. */
  readonly header?: number
  /** Characters from the start of the kept body, or of the header's value. */
  readonly at: number
  readonly length: number
}

export interface Message {
  /** Names and values in turn, secrets redacted. */
  readonly headers: readonly string[]
  /** At most 4,096 characters. */
  readonly body: string
  /** True when the body went on. */
  readonly cut: boolean
}

/** The kinds of bug that the history of a run can tell apart. */
export type BugClass =
  | 'shared-jar'
  | 'leaked-default-header'
  | 'cached-set-cookie'
  | 'cached-answer'
  | 'request-race'
  | 'desynchronised-responses'
  | 'session-fixation'
  | 'per-process-memory'
  | 'connection-bound'
  | 'single-session'
  | 'unknown'

export interface Verdict {
  /** `different`: a replay's answers differ from the recorded ones, and nobody got what is somebody else's. */
  readonly outcome: 'clean' | 'leak' | 'different' | 'unjudged'
  /** Answers that belonged to someone else. */
  readonly leaks: number
  /** Users who were signed in and thrown out at least once. */
  readonly thrownOut: number
  /** Own reads that were really verified. */
  readonly verified: number
  /** Answers in all. */
  readonly answers: number
  readonly bug?: BugClass
  /** One sentence that says it all. */
  readonly sentence: string
  /** What was seen and not counted, a sentence each; absent where there was nothing. */
  readonly notes?: readonly string[]
  /** For `bug`: what that means, in a few words: "Shared jar: the last sign-in wins." */
  readonly explanation?: string
  /** The shortest history that still shows it, and a script for curl that replays it. */
  readonly history?: History
  /** Why there is no `history`, and what was seen first: a sentence. Only where something was found. */
  readonly withoutHistory?: string
}

/** 0: nobody's data went astray, and nothing is unlike a recording. 1: not so. 2: nobody can tell. */
export function exitCodeOf({ outcome }: Pick<Verdict, 'outcome'>): 0 | 1 | 2 {
  if (outcome === 'unjudged') return 2
  return outcome === 'clean' ? 0 : 1
}

export interface History {
  readonly steps: readonly string[]
  readonly curl: string
  /** How often it showed itself when it was tried again, each time with sessions and connections of its own. */
  readonly again?: { readonly shown: number; readonly tries: number }
  /** What had gone on at the service before, where nobody can say that it needs none of that. */
  readonly before?: {
    readonly signIns: number
    readonly signOuts: number
    readonly reads: number
  }
}
