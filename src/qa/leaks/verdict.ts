// What a run comes to, in one sentence. Pure.
import type { BugClass, Verdict } from '../run.ts'
import { classify, explanations } from './classify.ts'
import { isNobody } from './knowledge.ts'
import type { Observation } from './step.ts'

export interface Counts {
  readonly leaks: number
  readonly thrownOut: number
  readonly verified: number
  readonly answers: number
  readonly failed: number
}

/** More of all answers may not fail where the rest is to be believed. */
const MOST_FAILED = 0.1

export function countsOf(seen: readonly Observation[]): Counts {
  const all = (outcome: string) => seen.filter((one) => one.outcome === outcome)
  const thrown = new Set(all('thrown_out').map(({ phase, step }) => `${phase} ${step.user}`))
  return {
    leaks: all('foreign').length,
    thrownOut: thrown.size,
    verified: all('own').filter(({ step }) => !isNobody(step.user)).length,
    answers: seen.filter(({ status }) => status > 0).length,
    failed: all('failed').length,
  }
}

/** `why`: the assumption that failed, where one did. What was found before it counts all the same. */
export function verdictOf(seen: readonly Observation[], why: string | undefined): Verdict {
  const counts = countsOf(seen)
  const { leaks, thrownOut, verified, answers, failed } = counts
  const numbers = { leaks, thrownOut, verified, answers }
  if (leaks > 0 || thrownOut > 0) {
    const bug: BugClass = classify(seen) ?? 'unknown'
    const sentence = leakSentence(numbers)
    return { outcome: 'leak', ...numbers, bug, sentence, explanation: explanations[bug] }
  }
  const reason = why ?? whyNothing(counts, seen)
  if (reason !== undefined) {
    return { outcome: 'unjudged', ...numbers, sentence: `COULD NOT JUDGE: ${reason}` }
  }
  const mishaps = failed === 0 ? '' : ` ${amount(failed, 'answer')} failed.`
  const sentence = `CLEAN: all ${answers} answers belonged to whoever asked, ${verified} of them verified by their owner; nobody was thrown out.${mishaps}`
  return { outcome: 'clean', ...numbers, sentence }
}

function leakSentence({ leaks, thrownOut, answers }: Omit<Counts, 'failed'>): string {
  const thrown = `${amount(thrownOut, 'valid user')} ${thrownOut === 1 ? 'was' : 'were'} thrown out`
  if (leaks === 0)
    return `THROWN OUT: ${thrown}; none of ${answers} answers belonged to someone else.`
  const belonged = `${leaks} of ${answers} answers belonged to someone else`
  return thrownOut === 0 ? `LEAK: ${belonged}.` : `LEAK: ${belonged}; ${thrown}.`
}

function whyNothing(counts: Counts, seen: readonly Observation[]): string | undefined {
  if (counts.verified === 0) return 'no answer could be verified as the own of whoever asked.'
  if (counts.failed <= (counts.answers + counts.failed) * MOST_FAILED) return undefined
  const first = seen.find(({ outcome }) => outcome === 'failed')
  const how = first?.status ? `answered ${first.status}` : 'did not answer'
  return `${counts.failed} of ${seen.length} requests failed (the first: ${first?.method} ${first?.path} ${how}); the target must bear this load: lower requests, users or rate.`
}

function amount(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
