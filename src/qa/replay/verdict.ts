// One sentence for a replay, and what follows from it. Pure.
import type { Verdict } from '../run.ts'
import type { Misfit } from './misfit.ts'
import type { Counts, Difference } from './tally.ts'

export interface Found {
  readonly counts: Counts
  readonly differences: readonly Difference[]
  /** Nobody wanted to know whose the answers are. */
  readonly ownerless: boolean
  /** There was a rule for some of them; false unless said. */
  readonly ruled?: boolean
  /** Sign-ins of the replay, and those that let nobody in, with how the first of them was answered. */
  readonly signIns?: { readonly all: number; readonly refused: number; readonly status: number }
  /** Why an owner rule never fitted, if there was one. */
  readonly misfit: Misfit | undefined
  /** Flags that would show whose the answers are. */
  readonly hint: string | undefined
  /** One call after another: nothing was under way with anything else. */
  readonly inTurn: boolean
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

function judged(found: Found): Pick<Verdict, 'outcome' | 'sentence'> {
  const { counts, ownerless, misfit } = found
  const { answers, leaks, thrownOut, different, mended, verified } = counts
  const also = mended === 0 ? '' : ` ${mendedOf(counts)}.`
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
  const race = found.inTurn ? ' Played one call after another, in which no race shows itself.' : ''
  const checked = (verified > 0 ? verifiedOf(counts) : notChecked(found)) + race
  if (different > 0) {
    const sentence = `DIFFERENT: ${different} of ${all} ${different === 1 ? 'is' : 'are'} not as recorded.${also} ${checked}`
    return { outcome: 'different', sentence }
  }
  const asRecorded = `${asRecordedOf(counts)}. ${checked}`
  if (verified > 0) return { outcome: 'clean', sentence: `CLEAN: ${asRecorded}` }
  const outcome = ownerless ? 'clean' : 'unjudged'
  return { outcome, sentence: `AS RECORDED: ${asRecorded}` }
}

function verifiedOf({ verified, unjudged }: Counts): string {
  const named = unjudged > 0 ? `, ${unjudged} named nobody who is known` : ''
  return `${count(verified, 'own read', 'own reads')} verified${named}.`
}

function notChecked({ ownerless, misfit, hint, ruled = false, signIns }: Found): string {
  if (ownerless) return 'Whose they are was not checked.'
  if (misfit === undefined && ruled && signIns && signIns.refused > 0) {
    const { all, refused, status } = signIns
    const how = status === 0 ? 'had no answer' : `was answered ${status}`
    return `Whose they are was not checked: ${refused} of ${count(all, 'sign-in', 'sign-ins')} let nobody in (the first ${how}).`
  }
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

function asRecordedOf(counts: Counts): string {
  const { answers, mended } = counts
  if (mended === 0) return `${count(answers, 'answer is', 'answers are')} as recorded`
  if (mended === answers) return mendedOf(counts)
  const same = answers - mended
  return `${same} of ${answers} answers ${same === 1 ? 'is' : 'are'} as recorded; ${mendedOf(counts)}`
}

/** They are not among those that are wrong. */
function mendedOf({ mended, answers }: Counts): string {
  const others = mended === answers ? '' : mended === 1 ? 'other ' : 'others '
  return mended === 1
    ? `1 ${others}was wrong when it was recorded, and is right`
    : `${mended} ${others}were wrong when they were recorded, and are right`
}

const FIRST = 3

/** Those that are the same once, with how often. */
function explanationOf({ differences, counts }: Found): string {
  const same = Map.groupBy(
    differences,
    ({ user, method, path, what }) => `${user} ${method} ${path}: ${what.join(', ')}`,
  )
  const first = [...same].slice(0, FIRST)
  const told = first.map(([said, { length }]) =>
    length === 1 ? said : `${said} (${length} times)`,
  )
  const left = counts.different - first.reduce((sum, [, { length }]) => sum + length, 0)
  return `Not as recorded: ${[...told, ...(left > 0 ? [`and ${left} more`] : [])].join('; ')}.`
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`
}
