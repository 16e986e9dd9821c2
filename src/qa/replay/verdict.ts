// One sentence for a replay, and what follows from it. Pure.
import type { Verdict } from '../run.ts'
import type { Counts, Difference } from './tally.ts'

export function verdictOf(counts: Counts, differences: readonly Difference[]): Verdict {
  const { answers, leaks, thrownOut, verified } = counts
  return {
    outcome: outcomeOf(counts),
    leaks,
    thrownOut,
    verified,
    answers,
    sentence: sentenceOf(counts),
    ...(differences.length === 0 ? {} : { explanation: explanationOf(differences) }),
  }
}

/** 0: as recorded, and nobody's data went astray. 1: not so. 2: nobody can tell. */
export function exitCodeOf({ answers, leaks, thrownOut, different }: Counts): 0 | 1 | 2 {
  if (leaks > 0 || thrownOut > 0) return 1
  if (answers === 0) return 2
  return different > 0 ? 1 : 0
}

const FIRST = 3

function explanationOf(differences: readonly Difference[]): string {
  const first = differences
    .slice(0, FIRST)
    .map(({ user, method, path, what }) => `${user} ${method} ${path}: ${what.join(', ')}`)
  const more = differences.length > FIRST ? [`and ${differences.length - FIRST} more`] : []
  return `Not as recorded: ${[...first, ...more].join('; ')}.`
}

function outcomeOf({ leaks, thrownOut, different, answers }: Counts): Verdict['outcome'] {
  if (leaks > 0 || thrownOut > 0) return 'leak'
  if (answers === 0) return 'unjudged'
  // Nothing went astray, but it is not what was recorded either: no all-clear.
  return different > 0 ? 'different' : 'clean'
}

function sentenceOf(counts: Counts): string {
  const { answers, leaks, stopped, thrownOut, different, verified, mended } = counts
  if (answers === 0) return 'COULD NOT JUDGE: nothing of the recording was answered.'
  const also =
    mended > 0
      ? ` ${count(mended, 'answer that was wrong is right', 'answers that were wrong are right')}.`
      : ''
  if (leaks > 0 || thrownOut > 0) {
    const held =
      stopped === 0
        ? ''
        : stopped === leaks
          ? ', all held back by the gateway'
          : `, ${stopped} held back by the gateway`
    const parts = [
      ...(leaks > 0
        ? [`${leaks} of ${count(answers, 'answer', 'answers')} belonged to someone else${held}`]
        : []),
      ...(thrownOut > 0
        ? [count(thrownOut, 'valid user was thrown out', 'valid users were thrown out')]
        : []),
    ]
    return `LEAK: ${parts.join('; ')}.${also}`
  }
  const checked =
    verified > 0
      ? `${count(verified, 'own read', 'own reads')} verified.`
      : 'No answer told whose it is (see --owner).'
  if (different > 0) {
    return `DIFFERENT: ${different} of ${count(answers, 'answer', 'answers')} are not as they were recorded. ${checked}${also}`
  }
  return `CLEAN: ${count(answers, 'answer is', 'answers are')} as recorded. ${checked}${also}`
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`
}
