// What a replay has come to so far: counts of everything, calls as far as they can be shown. Bounded.
import type { RunCall } from '../run.ts'
import type { Judgement } from './judge.ts'

export interface Counts {
  calls: number
  answers: number
  leaks: number
  /** Of the leaks, those the gateway held back. */
  stopped: number
  thrownOut: number
  verified: number
  different: number
  mended: number
  /** Their bodies were not recorded whole. */
  skipped: number
  /** Sent with a secret that nobody could put back. */
  unfilled: number
  unanswered: number
}

export interface Difference {
  /** Place in the replay, from 0. */
  readonly n: number
  readonly user: string
  readonly method: string
  readonly path: string
  readonly what: readonly string[]
}

export interface Tally {
  readonly counts: Counts
  /** By when they began; all that went wrong first, as long as there is room. */
  readonly calls: () => RunCall[]
  readonly differences: readonly Difference[]
  add(call: RunCall, judgement: Judgement): void
}

const MOST_WRONG = 5_000
const MOST_OTHERS = 10_000
const MOST_MESSAGES = 500

export function createTally(): Tally {
  const counts: Counts = {
    calls: 0,
    answers: 0,
    leaks: 0,
    stopped: 0,
    thrownOut: 0,
    verified: 0,
    different: 0,
    mended: 0,
    skipped: 0,
    unfilled: 0,
    unanswered: 0,
  }
  const wrong: RunCall[] = []
  const others: RunCall[] = []
  const differences: Difference[] = []
  let messages = 0

  return {
    counts,
    differences,
    calls: () => [...wrong, ...others].sort((a, b) => a.startMs - b.startMs),
    add(call, { outcome, differences: what, stopped, mended }) {
      counts.calls++
      if (call.status > 0) counts.answers++
      else counts.unanswered++
      if (outcome === 'foreign') counts.leaks++
      if (stopped) counts.stopped++
      if (outcome === 'thrown_out') counts.thrownOut++
      if (outcome === 'own') counts.verified++
      if (mended) counts.mended++
      if (what.length > 0) {
        counts.different++
        const { n, user, method, path } = call
        if (differences.length < MOST_WRONG) differences.push({ n, user, method, path, what })
      }
      const bad = what.length > 0 || outcome === 'foreign' || outcome === 'thrown_out'
      const into = bad ? wrong : others
      if (into.length >= (bad ? MOST_WRONG : MOST_OTHERS)) return
      const keeps = bad ? messages < MOST_MESSAGES : messages < MOST_MESSAGES / 2
      if (keeps) messages++
      const { request: _, response: __, ...bare } = call
      into.push(keeps ? call : bare)
    },
  }
}
