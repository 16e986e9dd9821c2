// Does the store take what is written and give it back, and fast enough?
import { type Finding, findingsOf } from './finding.ts'

export type StoreFacts =
  /** What it said when it was opened or asked: one sentence. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'memory' }
  /** A database that the first start makes; `why` it could not. */
  | { readonly kind: 'absent'; readonly path: string; readonly why: string | undefined }
  | {
      readonly kind: 'open'
      readonly place: string
      /** Writing, reading and taking back, each. */
      readonly stepsMs: readonly number[]
      readonly isSame: boolean
      /** The longest that a call may take. */
      readonly timeoutMs: number
      readonly encryption: string | undefined
    }

const SLOW_MS = 100

export function judgeStore(facts: StoreFacts): Finding {
  const { ok, warning, problem } = findingsOf('store')
  switch (facts.kind) {
    case 'refused':
      return problem(facts.why)
    case 'memory':
      return warning(
        'sessions are in memory, so every restart signs everybody out: write store: { kind: sqlite }',
      )
    case 'absent':
      return facts.why === undefined
        ? ok(`${facts.path} is not there yet: the first start makes it`)
        : problem(`${facts.path} cannot be made: ${facts.why}`)
  }
  const { place, stepsMs, isSame, timeoutMs, encryption } = facts
  const slowest = Math.round(Math.max(...stepsMs))
  if (!isSame) return problem(`${place} gave back something else than was written: replace it`)
  if (slowest >= timeoutMs) {
    return problem(
      `${place} took ${slowest} ms for one call, and store.timeout is ${timeoutMs} ms: move it nearer, or allow more`,
    )
  }
  const told = `${place}: written, read and taken back, ${slowest} ms at most`
  if (slowest >= SLOW_MS) {
    return warning(`${told}, which requests wait for: move it nearer, or look at its disk`)
  }
  return ok(encryption === undefined ? told : `${told}; ${encryption}`)
}
