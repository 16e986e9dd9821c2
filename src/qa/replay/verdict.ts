// One sentence for a replay, and what follows from it. Pure.
import type { Verdict } from '../run.ts'
import type { Misfit } from './misfit.ts'
import type { Counts, Difference } from './tally.ts'

export interface Found {
  readonly counts: Counts
  readonly differences: readonly Difference[]
  /** Nobody wanted to know whose the answers are. */
  readonly ownerless: boolean
  /** Why an owner rule never fitted, if there was one. */
  readonly misfit: Misfit | undefined
  /** Flags that would show whose the answers are. */
  readonly hint: string | undefined
}

export function verdictOf(found: Found): Verdict {
  const { answers, leaks, thrownOut, verified } = found.counts
  const { outcome, sentence } = judged(found)
  return {
    outcome,
    leaks,
    thrownOut,
    verified,
    answers,
    sentence,
    ...(found.differences.length > 0 && { explanation: explanationOf(found) }),
  }
}

/** 0: as recorded, and nobody's data went astray. 1: not so. 2: nobody can tell. */
export function exitCodeOf({ outcome }: Pick<Verdict, 'outcome'>): 0 | 1 | 2 {
  if (outcome === 'unjudged') return 2
  return outcome === 'clean' ? 0 : 1
}

function judged(found: Found): Pick<Verdict, 'outcome' | 'sentence'> {
  const { counts, ownerless, misfit } = found
  const { answers, leaks, thrownOut, different, verified } = counts
  const also = mendedOf(counts)
  const all = count(answers, 'answer', 'answers')
  if (answers === 0) {
    const sentence = 'COULD NOT JUDGE: nothing of the recording was answered.'
    return { outcome: 'unjudged', sentence }
  }
  if (leaks > 0 || thrownOut > 0)
    return { outcome: 'leak', sentence: `LEAK: ${leakOf(counts)}.${also}` }
  if (verified === 0 && misfit !== undefined && misfit.rank > 0) {
    const sentence = `COULD NOT JUDGE: no answer was its asker's own: ${misfit.sentence}.`
    return { outcome: 'unjudged', sentence }
  }
  const checked = verified > 0 ? verifiedOf(counts) : notChecked(found)
  if (different > 0) {
    const sentence = `DIFFERENT: ${different} of ${all} ${different === 1 ? 'is' : 'are'} not as recorded. ${checked}${also}`
    return { outcome: 'different', sentence }
  }
  const asRecorded = `${count(answers, 'answer is', 'answers are')} as recorded. ${checked}${also}`
  if (verified > 0) return { outcome: 'clean', sentence: `CLEAN: ${asRecorded}` }
  const outcome = ownerless ? 'clean' : 'unjudged'
  return { outcome, sentence: `AS RECORDED: ${asRecorded}` }
}

function verifiedOf({ verified, unjudged }: Counts): string {
  const named = unjudged > 0 ? `, ${unjudged} named nobody who is known` : ''
  return `${count(verified, 'own read', 'own reads')} verified${named}.`
}

function notChecked({ ownerless, misfit, hint }: Found): string {
  if (ownerless) return 'Whose they are was not checked.'
  if (misfit === undefined) {
    return `Whose they are was not checked: give ${hint ?? '--owner'}, or --owner none.`
  }
  const such = hint === undefined ? '' : `, such as ${hint}`
  return `None told whose it is: ${misfit.sentence}${such}.`
}

function leakOf({ leaks, stopped, thrownOut, answers }: Counts): string {
  const held =
    stopped === leaks ? ', all held back by the gateway' : `, ${stopped} held back by the gateway`
  const astray = `${leaks} of ${count(answers, 'answer', 'answers')} belonged to someone else`
  return [
    ...(leaks > 0 ? [`${astray}${stopped === 0 ? '' : held}`] : []),
    ...(thrownOut > 0
      ? [count(thrownOut, 'valid user was thrown out', 'valid users were thrown out')]
      : []),
  ].join('; ')
}

function mendedOf({ mended }: Counts): string {
  if (mended === 0) return ''
  return ` ${count(mended, 'answer that was wrong is right', 'answers that were wrong are right')}.`
}

const FIRST = 3

function explanationOf({ differences, counts }: Found): string {
  const first = differences
    .slice(0, FIRST)
    .map(({ user, method, path, what }) => `${user} ${method} ${path}: ${what.join(', ')}`)
  const more = counts.different > FIRST ? [`and ${counts.different - FIRST} more`] : []
  return `Not as recorded: ${[...first, ...more].join('; ')}.`
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`
}
