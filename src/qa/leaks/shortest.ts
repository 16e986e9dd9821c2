// Finds the shortest history that still shows what a run found, by trying ever shorter ones against the target.
import type { Clock } from '../../lib/clock.ts'
import type { BugClass, History } from '../run.ts'
import { isReproducible, pauseBetween, type Tried, tryAgain } from './again.ts'
import { awakenedBy, type Candidate, candidatesFor, evidenceOf } from './candidates.ts'
import { withHistoryOf } from './classify-history.ts'
import { curlScript } from './curl.ts'
import { isOwnerIn } from './evidence.ts'
import { isNobody } from './knowledge.ts'
import { batchesOf, placed, shrink } from './shrink.ts'
import type { Batch, Observation } from './step.ts'
import type { Target } from './target.ts'
import { againInWords, stepsInWords } from './words.ts'

export interface ShortestOptions {
  readonly target: Target
  /** What the run observed. */
  readonly seen: readonly Observation[]
  readonly bug: BugClass
  readonly clock: Clock
  /** Epoch ms; by then it ends with what it has. */
  readonly until: number
  /** Does it anew, with nobody signed in before, on connections of its own. */
  readonly attempt: (batches: readonly Batch[]) => Promise<Observation[]>
}

/** What depends on luck gets so many tries. */
const TRIES = 6
/** Of the time that is left, for trying again whether the shortest is to be believed. */
const AGAIN_SHARE = 0.4

export interface Shortest {
  readonly history: History
  /** What kind it is after all. */
  readonly bug: BugClass
}

/** `undefined` where nothing short shows it again. */
export async function shortestHistory(options: ShortestOptions): Promise<Shortest | undefined> {
  const { target, seen, bug, clock, until, attempt } = options
  const evidence = evidenceOf(bug, seen)
  if (evidence === undefined) return undefined
  const { outcome } = evidence
  const begunAt = clock.now()
  const isLate = () => clock.now() >= until
  const isLateToShrink = () => clock.now() >= until - (until - begunAt) * AGAIN_SHARE

  // Of the other kinds it is known when they show.
  const wakes = bug === 'unknown' ? awakenedBy(seen, evidence) : []
  const demands = { owners: true, refused: false, wakes: wakes.length > 0 }
  const shows = async (batches: readonly Batch[]) => {
    const again = await attempt(batches)
    const told = upTo(again, outcome)
    // Where a process decides, only being in and out in turn tells it from being out.
    const isIt = bug !== 'per-process-memory' || told.some((one) => one.outcome === 'own')
    if (told.length === 0 || !isIt || !isEntered(told)) return undefined
    if (demands.wakes && !isLeft(told)) return undefined
    const isComplete = told.every((one) => one.outcome !== 'foreign' || isOwnerIn(told, one))
    if (isComplete || !demands.owners) return told
    demands.refused = true
    return undefined
  }

  const usual = candidatesFor(bug, evidence, seen, target)
  const candidates = usual.map((one) => (holdsSignOut(one) ? one : begunWith(wakes, one)))
  let best = await bestOf(candidates)
  if (best === undefined && demands.wakes) {
    demands.wakes = false
    best = await bestOf(usual)
  }
  if (best === undefined && demands.refused) {
    // Some services hand out the data of people who were never there.
    demands.owners = false
    best = await bestOf(candidates)
  }
  if (best === undefined) return undefined
  const { shown, tries } = best
  const shownSeen = { seen: best.seen, isOnlyTogether: await isOnlyTogether(best) }
  const kind = withHistoryOf(bug, shownSeen, seen)
  const again = {
    ...(tries === 0 ? {} : { again: { shown, tries } }),
    ...(kind === 'unknown' ? { before: goneBefore(seen) } : {}),
  }
  const steps = stepsInWords(best.seen, target)
  const curl = curlScript(best.seen, steps, target, againInWords(again))
  return { history: { steps, curl, ...again }, bug: kind }

  /** As often as it was shown to show itself, in this order and the other. */
  async function isOnlyTogether(found: Tried): Promise<boolean> {
    if (found.batches.every((batch) => batch.length < 2) || !isReproducible(found)) return false
    const inTurn = (isTurned: boolean) =>
      found.batches.flatMap((batch) => (isTurned ? batch.toReversed() : batch).map((one) => [one]))
    for (let n = 0; n < IN_TURN; n++) {
      if (isLate() || (await shows(inTurn(n % 2 === 1)))) return false
    }
    return true
  }

  /** The first that can be relied on, else what shows it most often. */
  async function bestOf(some: readonly Candidate[]): Promise<Tried | undefined> {
    let most: Tried | undefined
    for (const candidate of some) {
      if (isLateToShrink()) break
      const trail = await everShorter(candidate)
      for (const untried of trail) {
        const tally = await tried(untried)
        if (rateOf(tally) > rateOf(most)) most = tally
        if (isReproducible(tally) && untried !== trail[0]) {
          most = await carefullyShrunk(tally, candidate)
        }
        if (isReproducible(tally) || isLate()) break
      }
      // Longer ones depend on timing no less.
      if (most && most.shown >= 2) break
    }
    return most
  }

  /** Those that showed it, the shortest first; none where the candidate does not. */
  async function everShorter({ batches, isPinned }: Candidate): Promise<Tried[]> {
    const trail: Tried[] = []
    const leaves = async (some: readonly Batch[]) => {
      // A connection that went askew is given up when nobody uses it for a while.
      if (bug === 'desynchronised-responses') await pauseBetween(clock, until)
      const told = await shows(some)
      if (told) trail.unshift({ batches: some, seen: told, shown: 0, tries: 0 })
      return told !== undefined
    }
    for (let n = 0; n < TRIES && trail.length === 0 && !isLateToShrink(); n++) await leaves(batches)
    if (trail.length > 0) {
      await shrink(placed(batches), (some) => leaves(batchesOf(some)), isPinned, isLateToShrink)
    }
    return trail
  }

  /** Without the haste that took out what was needed after all. */
  async function carefullyShrunk(reliable: Tried, { isPinned }: Candidate): Promise<Tried> {
    let shortest = reliable
    const leaves = async (batches: readonly Batch[]) => {
      const tally = await tried({ batches, seen: [], shown: 0, tries: 0 })
      if (isReproducible(tally)) shortest = tally
      return isReproducible(tally)
    }
    const steps = placed(reliable.batches)
    await shrink(steps, (some) => leaves(batchesOf(some)), isPinned, isLate)
    return shortest
  }

  /** Where three tries leave a doubt, three more say how often. */
  async function tried(untried: Tried): Promise<Tried> {
    const options = { clock, until, shows }
    const tally = await tryAgain(untried, options)
    return tally.shown === 1 ? tryAgain(tally, options) : tally
  }
}

/** In turn as often as this without anything: then it hangs on being at the same time. */
const IN_TURN = 4

/** Whoever got it had signed in within this history, signed out since or not. */
function isEntered(told: readonly Observation[]): boolean {
  const user = told.at(-1)?.step.user ?? ''
  return isNobody(user) || told.some(({ step }) => step.do === 'sign-in' && step.user === user)
}

/** Somebody has signed out who was in. */
function isLeft(told: readonly Observation[]): boolean {
  return told.some(({ step, signedIn }) => step.do === 'sign-out' && signedIn)
}

function holdsSignOut({ batches }: Candidate): boolean {
  return batches.flat().some((step) => step.do === 'sign-out')
}

function begunWith(batches: readonly Batch[], candidate: Candidate): Candidate {
  return { ...candidate, batches: [...batches, ...candidate.batches] }
}

function goneBefore(seen: readonly Observation[]): NonNullable<History['before']> {
  const done = (what: string) => seen.filter(({ step }) => step.do === what).length
  return { signIns: done('sign-in'), signOuts: done('sign-out'), reads: done('ask') }
}

/** What there was no time to try is better than nothing. */
function rateOf(tally: Tried | undefined): number {
  if (tally === undefined) return 0
  return tally.tries === 0 ? Number.MIN_VALUE : tally.shown / tally.tries
}

/** What comes after the last sight of it says nothing more; nothing where there is none. */
function upTo(seen: readonly Observation[], outcome: Observation['outcome']): Observation[] {
  const last = seen.findLast((one) => one.outcome === outcome)
  return last === undefined ? [] : seen.filter(({ batch }) => batch <= last.batch)
}
