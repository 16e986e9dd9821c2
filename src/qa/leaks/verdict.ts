// What a run comes to, in one sentence. Pure.
import type { BugClass, Verdict } from '../run.ts'
import { classify, explanations, withoutCompany } from './classify.ts'
import { type Doubt, isDoubtful } from './doubts.ts'
import { isNobody } from './knowledge.ts'
import { notesOf, whyDoubtful } from './notes.ts'
import type { Shortest } from './shortest.ts'
import type { Observation } from './step.ts'
import type { Target } from './target.ts'
import { unsearchedIn, whyUnsearched } from './unsearched.ts'

export interface Counts {
  readonly leaks: number
  /** Users, and how often. */
  readonly thrownOut: number
  readonly timesThrownOut: number
  readonly verified: number
  readonly answers: number
  readonly failed: number
}

/** More of all answers may not fail where the rest is to be believed. */
const MOST_FAILED = 0.1

export function countsOf(seen: readonly Observation[]): Counts {
  const all = (outcome: string) => seen.filter((one) => one.outcome === outcome)
  const thrown = all('thrown_out').map(({ step }) => step.user)
  return {
    leaks: all('foreign').length,
    thrownOut: new Set(thrown).size,
    timesThrownOut: thrown.length,
    verified: all('own').filter(({ step }) => !isNobody(step.user)).length,
    answers: seen.filter(({ status }) => status > 0).length,
    failed: all('failed').length,
  }
}

export interface Judging {
  /** The assumption that failed, where one did. What was found before it counts all the same. */
  readonly why: string | undefined
  readonly target: Pick<Target, 'reads' | 'signOut' | 'carry' | 'base'>
  readonly doubts: readonly Doubt[]
}

export function verdictOf(seen: readonly Observation[], judging: Judging): Verdict {
  const { why, target, doubts } = judging
  const counts = countsOf(seen)
  const { leaks, thrownOut, verified, answers, failed } = counts
  const told = [...notesOf(seen, judging), ...unsearchedIn(seen)]
  const facts = { leaks, thrownOut, verified, answers, ...(told.length > 0 ? { notes: told } : {}) }
  if (leaks > 0 || thrownOut > 0) {
    const bug: BugClass = classify(seen) ?? 'unknown'
    const sentence = leakSentence(counts)
    return { outcome: 'leak', ...facts, bug, sentence, explanation: explanations[bug] }
  }
  const reason =
    why ??
    whyUnsearched(seen) ??
    whyNothing(counts, seen) ??
    whyNothingRead(seen, target) ??
    whyNotSignedOut(seen, target) ??
    whyDoubtful(doubts)
  if (reason !== undefined) {
    return { outcome: 'unjudged', ...facts, sentence: `COULD NOT JUDGE: ${reason}` }
  }
  const parts = seen.filter(({ unread }) => unread !== undefined).length
  const mishaps = [
    ...(failed === 0 ? [] : [` ${amount(failed, 'answer')} failed.`]),
    ...(parts === 0 ? [] : [` ${amount(parts, 'answer')} could not be searched whole.`]),
  ].join('')
  const open = seen.filter((one) => isDoubtful(one, doubts)).length
  const all = open === 0 ? `${answers} answers` : `${answers - open} answers that could be judged`
  const rest = open === 0 ? '' : ` ${amount(open, 'more')} showed what may be ordinary there.`
  const sentence = `CLEAN: all ${all} belonged to whoever asked, ${verified} of them verified by their owner; nobody was thrown out.${rest}${mishaps}`
  return { outcome: 'clean', ...facts, sentence }
}

/** What shows itself without company is no race. */
export function withHistory(verdict: Verdict, shortest: Shortest | undefined): Verdict {
  if (!shortest) return verdict
  const { history, seen } = shortest
  const bug = verdict.bug && withoutCompany(verdict.bug, seen)
  return bug === undefined || bug === verdict.bug
    ? { ...verdict, history }
    : { ...verdict, history, bug, explanation: explanations[bug] }
}

function leakSentence({ leaks, thrownOut, timesThrownOut, answers }: Counts): string {
  const times = timesThrownOut === thrownOut ? '' : `, ${timesThrownOut} times in all`
  const was = thrownOut === 1 ? 'was' : 'were'
  const thrown = `${amount(thrownOut, 'valid user')} ${was} thrown out${times}`
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

/** A path that nobody can read has been tried by nobody. */
function whyNothingRead(
  seen: readonly Observation[],
  { reads }: Pick<Target, 'reads'>,
): string | undefined {
  for (const path of reads) {
    const asked = seen.filter(
      ({ step }) => step.do === 'ask' && step.path === path && !isNobody(step.user),
    )
    const [first] = asked
    if (!first || asked.some(({ status }) => status >= 200 && status < 300)) continue
    return `${first.method} ${first.path} never answered anybody with 2xx (the first: ${first.status} for ${first.step.user}); correct reads.`
  }
  return undefined
}

/** Who never signed out has shown nothing about those who stayed. */
function whyNotSignedOut(
  seen: readonly Observation[],
  { signOut, carry }: Pick<Target, 'signOut' | 'carry'>,
): string | undefined {
  const left = seen.filter(({ step }) => step.do === 'sign-out')
  const [first] = left
  if (!signOut || !first) return undefined
  const said = `the sign-out ${first.method} ${first.path} answered ${first.status} for ${first.step.user}`
  if (left.every(({ status }) => status < 200 || status >= 400)) return `${said}; correct signOut.`
  const still = seen.find(({ stillIn }) => stillIn)
  // A token may be good to its end; a cookie that still stands says that nobody was signed out.
  if (!still || carry.kind !== 'cookies') return undefined
  return `${said}, and ${still.step.user} was signed in as before; correct signOut, or mend the sign-out.`
}

function amount(count: number, word: string): string {
  return `${count} ${word}${count === 1 || word === 'more' ? '' : 's'}`
}
