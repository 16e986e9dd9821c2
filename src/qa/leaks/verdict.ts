// What a run comes to, in one sentence. Pure.
import type { BugClass, Verdict } from '../run.ts'
import { classify } from './classify.ts'
import { type Crowd, type Doubt, isDoubtful, isOfCrowd } from './doubts.ts'
import { explanations } from './explanations.ts'
import { isNobody } from './knowledge.ts'
import { notesOf, whyDoubtful } from './notes.ts'
import type { Shortest } from './shortest.ts'
import type { Observation } from './step.ts'
import type { Target } from './target.ts'
import { type Course, cutShortIn, isHasty, whyTimeUp } from './time-up.ts'
import { isUnmarked, type Unmarked, unmarkedIn, whyUnmarked } from './unmarked.ts'
import { unsearchedIn, whyUnsearched } from './unsearched.ts'
import { list, withoutHistoryIn } from './words.ts'

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

function countsOf(seen: readonly Observation[]): Counts {
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
  readonly target: Pick<Target, 'reads' | 'ordinary' | 'signOut' | 'carry' | 'base' | 'timeouts'>
  readonly doubts?: readonly Doubt[]
  readonly crowds?: readonly Crowd[]
  /** How far the phases after the first one came. */
  readonly courses?: readonly Course[]
}

export function verdictOf(seen: readonly Observation[], judging: Judging): Verdict {
  const { why, target, doubts = [], crowds = [], courses = [] } = judging
  const counts = countsOf(seen)
  const { leaks, thrownOut, verified, answers, failed } = counts
  const unmarked = why === undefined ? unmarkedIn(seen, target) : []
  const told = [
    ...notesOf(seen, { ...judging, unmarked }),
    ...unsearchedIn(seen),
    ...cutShortIn(courses),
  ]
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
    whyDoubtful(doubts) ??
    whyTimeUp(courses, spentOn(seen, target)) ??
    whyNoReadJudged(seen, target, unmarked)
  if (reason !== undefined) {
    return { outcome: 'unjudged', ...facts, sentence: `COULD NOT JUDGE: ${reason}` }
  }
  const parts = seen.filter(({ unread }) => unread !== undefined).length
  const mishaps = [
    ...(failed === 0 ? [] : [` ${amount(failed, 'answer')} failed.`]),
    ...(parts === 0 ? [] : [` ${amount(parts, 'answer')} could not be searched whole.`]),
    ...(isHasty(courses) ? [' There was time for little of it (timeouts.total).'] : []),
  ].join('')
  const shown = seen.filter((one) => isDoubtful(one, doubts) || isOfCrowd(one, crowds)).length
  const mute = seen.filter((one) => isUnmarked(one, unmarked)).length
  const open = shown + mute
  const all = open === 0 ? `${answers} answers` : `${answers - open} answers that could be judged`
  const rest = [
    ...(shown === 0 ? [] : [` ${amount(shown, 'more')} showed what may be ordinary there.`]),
    ...(mute === 0
      ? []
      : [
          ` ${amount(mute, 'more')}, of ${list(unmarked.map(({ asked }) => asked))}, do not say whose they are.`,
        ]),
  ].join('')
  const sentence = `CLEAN: all ${all} belonged to whoever asked, ${verified} of them verified by their owner; nobody was thrown out.${rest}${mishaps}`
  return { outcome: 'clean', ...facts, sentence }
}

/** With what the shortest history says of the kind; or with why there is none, and what was seen first. */
export function withHistory(
  verdict: Verdict,
  shortest: Shortest | undefined,
  seen: readonly Observation[],
  target: Pick<Target, 'whoami'>,
): Verdict {
  if (!shortest) return { ...verdict, withoutHistory: withoutHistoryIn(seen, target) }
  const { history, bug } = shortest
  return { ...verdict, history, bug, explanation: explanations[bug] }
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
    const how = first.status === 0 ? 'no answer' : `${first.status}`
    return `${first.method} ${first.path} never answered anybody with 2xx (the first: ${how} for ${first.step.user}); correct reads.`
  }
  return undefined
}

/** Where everything that was to be read keeps quiet, only whoami has been tried. */
function whyNoReadJudged(
  seen: readonly Observation[],
  { reads }: Pick<Target, 'reads'>,
  unmarked: readonly Unmarked[],
): string | undefined {
  const hidden = unmarked.filter(({ isPublic }) => !isPublic)
  const isRead = ({ step, outcome }: Observation) =>
    step.do === 'ask' && outcome === 'own' && reads.includes(step.path)
  return hidden.length === 0 || seen.some(isRead) ? undefined : whyUnmarked(hidden)
}

function spentOn(seen: readonly Observation[], { timeouts }: Pick<Target, 'timeouts'>) {
  const took = seen.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)
  const { totalMs } = timeouts
  return seen.length === 0 ? { totalMs } : { totalMs, answerMs: took / seen.length }
}

/** Who never signed out has shown nothing about those who stayed. */
function whyNotSignedOut(
  seen: readonly Observation[],
  { signOut, carry }: Pick<Target, 'signOut' | 'carry'>,
): string | undefined {
  const left = seen.filter(({ step }) => step.do === 'sign-out')
  const [first] = left
  if (!signOut || !first) return undefined
  if (left.every(({ lacks }) => lacks !== undefined)) return first.lacks
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
