// Short histories to try first, by the kind of bug: each holds its cause, and nothing that its cause does not need. Pure.
import type { BugClass } from '../run.ts'
import { culpritOf, hasCookie } from './evidence.ts'
import { isNobody } from './knowledge.ts'
import { fixation } from './phases.ts'
import { type Batch, type Observation, type Step, VISITOR } from './step.ts'
import type { Target } from './target.ts'
import type { Via } from './wire.ts'

export interface Candidate {
  readonly batches: readonly Batch[]
  /** What explains the rest, and stays however short it gets. */
  isPinned(step: Step): boolean
}

/** What stands for the bug: the plainest sight of it. */
export function evidenceOf(bug: BugClass, seen: readonly Observation[]): Observation | undefined {
  const foreign = seen.filter(({ outcome }) => outcome === 'foreign')
  const own = foreign.filter(({ step }) => !isNobody(step.user))
  const cookies = own.filter(hasCookie)
  const visitor = foreign.filter(({ step }) => step.user === VISITOR)
  const asked = own.filter(({ step }) => step.do === 'ask')
  const told = asked.filter(({ lastSignIn }) => lastSignIn !== undefined)
  const [thrown] = seen.filter(({ outcome }) => outcome === 'thrown_out')
  const [found] = {
    'cached-set-cookie': cookies,
    // What a cache holds at the end it may hold still.
    'cached-answer': asked.slice(-1),
    'request-race': asked,
    'session-fixation': visitor,
    'shared-jar': told,
    'leaked-default-header': told,
    'desynchronised-responses': asked,
    'connection-bound': asked,
    'per-process-memory': [],
    'single-session': [],
    unknown: [],
  }[bug]
  return found ?? asked[0] ?? foreign[0] ?? thrown
}

export function candidatesFor(
  bug: BugClass,
  evidence: Observation,
  seen: readonly Observation[],
  target: Target,
): Candidate[] {
  const names = target.users.map(({ name }) => name)
  const { step } = evidence
  const who = step.user
  const blamed = evidence.outcome === 'thrown_out' ? culpritOf(evidence, seen) : evidence.owner
  const other = names.find((name) => name === blamed && name !== who)
  const owner = other ?? names.find((name) => name !== who) ?? who
  const path = step.do === 'ask' ? step.path : target.whoami.path
  const enters = (user: string): Step => ({ do: 'sign-in', user })
  const ask = (user: string, at = path, via: Via = 'own'): Step => ({
    do: 'ask',
    user,
    path: at,
    via,
  })
  const all = (...steps: Step[]): Candidate => ({
    batches: steps.map((one) => [one]),
    isPinned: () => true,
  })

  const short = (): Candidate[] => {
    switch (bug) {
      case 'shared-jar':
        return [all(enters(who), enters(owner), ask(who))]
      case 'leaked-default-header':
        return isNobody(who)
          ? [all(enters(owner), ask(owner), ask(who))]
          : [all(enters(who), enters(owner), ask(who))]
      case 'cached-set-cookie':
        return step.do === 'ask'
          ? [all(enters(owner), ask(owner), enters(who), ask(who), ask(who, target.whoami.path))]
          : [all(enters(owner), enters(who), ask(who, target.whoami.path))]
      case 'cached-answer':
        return isNobody(who)
          ? [all(enters(owner), ask(owner), ask(who))]
          : [all(enters(owner), ask(owner), enters(who), ask(who))]
      case 'request-race': {
        const ins = isNobody(who) ? [[enters(owner)]] : [[enters(who)], [enters(owner)]]
        const both = [ask(who, path, 'fresh'), ask(owner, path, 'fresh')]
        const isPinned = (one: Step) => one.do === 'sign-in'
        return [
          { batches: [...ins, [ask(who), ask(owner)]], isPinned: () => true },
          { batches: [...ins, [...both, ...both, ...both, ...both]], isPinned },
        ]
      }
      case 'desynchronised-responses':
        return [
          all(
            enters(who),
            enters(owner),
            { do: 'leave', user: owner, path },
            ask(who, path, 'shared'),
          ),
        ]
      case 'connection-bound':
        return [
          all(enters(owner), enters(who), ask(owner, path, 'shared'), ask(who, path, 'shared')),
        ]
      case 'single-session':
        return [all(enters(who), enters(owner), ask(who))]
      case 'session-fixation': {
        const batches = fixation({ ...target, names }, owner).slice(0, 3)
        return [{ batches, isPinned: () => true }]
      }
      case 'per-process-memory': {
        if (evidence.afterRestart) {
          return [all(enters(who), ask(who), { do: 'restart', user: who }, ask(who))]
        }
        const again = Array.from({ length: 6 }, () => ask(who, path, 'fresh'))
        const batches = [enters(who), ask(who), ...again].map((one) => [one])
        const isPinned = (one: Step) => one.do !== 'ask' || one.via === 'own'
        return [{ batches, isPinned }]
      }
      default:
        return []
    }
  }
  return [...short(), ...fromHistory(evidence, seen, [who, owner])]
}

/** What really happened in that phase until then: of the two alone, then of everybody. */
function fromHistory(
  evidence: Observation,
  seen: readonly Observation[],
  pair: readonly string[],
): Candidate[] {
  const phase = seen.filter((one) => one.phase === evidence.phase && one.batch <= evidence.batch)
  const of = (isMeant: (one: Observation) => boolean): Candidate => {
    const meant = phase.filter(isMeant)
    const entered = meant.filter(({ step }) => step.do !== 'ask')
    const asked = meant.filter(({ step }) => step.do === 'ask').slice(-MOST_ASKS)
    const chosen = new Set([...entered, ...asked])
    const steps = new Map(meant.map((one) => [one, unlearning(one.step)]))
    const byBatch = Map.groupBy(
      meant.filter((one) => chosen.has(one)),
      ({ batch }) => batch,
    )
    return {
      batches: [...byBatch.values()].map((all) => all.map((one) => steps.get(one) ?? one.step)),
      isPinned: (step) => step === steps.get(evidence),
    }
  }
  return [of(({ step }) => pair.includes(step.user) || step.do === 'restart'), of(() => true)]
}

/** What is ordinary has been learned: to look at it once more as if for the first time would let pass what was found. */
function unlearning(step: Step): Step {
  if (step.do !== 'ask' || step.first === undefined) return step
  const { first: _, ...rest } = step
  return rest
}

const MOST_ASKS = 40

/**
 * Where nothing was wrong until somebody had signed out for the first time, though it would have shown: then that
 * sign-out, with the sign-in before it.
 */
export function awakenedBy(seen: readonly Observation[], evidence: Observation): Batch[] {
  const left = seen.find(({ step }) => step.do === 'sign-out')
  if (!left) return []
  const isWrong = ({ outcome }: Observation) => outcome === evidence.outcome
  const before = seen.filter(({ startMs }) => startMs < left.startMs)
  if (before.length < LEAST_BEFORE || before.some(isWrong)) return []
  const { user } = left.step
  return [[{ do: 'sign-in', user }], [{ do: 'sign-out', user }]]
}

/** Answers without anything wrong, for that to say something. */
const LEAST_BEFORE = 100
