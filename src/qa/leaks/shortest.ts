// Finds the shortest history that still shows what a run found, by trying ever shorter ones against the target.
import type { Clock } from '../../lib/clock.ts'
import type { BugClass, Verdict } from '../run.ts'
import { type Candidate, candidatesFor, evidenceOf } from './candidates.ts'
import { curlScript } from './curl.ts'
import { batchesOf, placed, shrink } from './shrink.ts'
import type { Batch, Observation } from './step.ts'
import type { Target } from './target.ts'
import { stepsInWords } from './words.ts'

export interface ShortestOptions {
  readonly target: Target
  /** What the run observed. */
  readonly seen: readonly Observation[]
  readonly bug: BugClass
  readonly clock: Clock
  readonly isLate: () => boolean
  /** Does it anew, with nobody signed in before. */
  readonly attempt: (batches: readonly Batch[]) => Promise<Observation[]>
}

/** What depends on luck gets so many tries. */
const TRIES = 6
/** A connection that has gone askew is given up when nobody uses it for a while. */
const SETTLE_MS = 300

/** `undefined` where nothing short shows it again. */
export async function shortestHistory(options: ShortestOptions): Promise<Verdict['history']> {
  const { target, seen, bug, clock, isLate, attempt } = options
  const evidence = evidenceOf(bug, seen)
  if (evidence === undefined) return undefined
  let best: Observation[] | undefined
  const shows = async (batches: readonly Batch[]) => {
    if (bug === 'desynchronised-responses') await settled(clock)
    const again = await attempt(batches)
    if (!showsIt(again, evidence, bug)) return false
    best = again
    return true
  }
  const showsSoon = async (batches: readonly Batch[]) => {
    for (let tries = 0; tries < TRIES && !isLate(); tries++) if (await shows(batches)) return true
    return false
  }

  for (const candidate of candidatesFor(bug, evidence, seen, target)) {
    if (isLate()) break
    if (!(await showsSoon(candidate.batches))) continue
    const short = await shrunk(candidate)
    // Once more, so that what is told is what these very steps did.
    if (!isLate()) await showsSoon(short)
    break
  }
  if (best === undefined) return undefined
  const told = upTo(best, evidence)
  const steps = stepsInWords(told, target)
  return { steps, curl: curlScript(told, steps, target) }

  async function shrunk({ batches, isPinned }: Candidate): Promise<Batch[]> {
    const steps = placed(batches)
    const rest = await shrink(steps, (some) => shows(batchesOf(some)), isPinned, isLate)
    return batchesOf(rest)
  }
}

function isAlike(one: Observation, evidence: Observation): boolean {
  return one.outcome === evidence.outcome
}

/** Where a process decides, only being in and out in turn tells it from being out. */
function showsIt(seen: readonly Observation[], evidence: Observation, bug: BugClass): boolean {
  if (!seen.some((one) => isAlike(one, evidence))) return false
  return bug !== 'per-process-memory' || seen.some(({ outcome }) => outcome === 'own')
}

/** What comes after the last sight of it says nothing more. */
function upTo(seen: readonly Observation[], evidence: Observation): Observation[] {
  const last = seen.findLastIndex((one) => isAlike(one, evidence))
  return seen.slice(0, last + 1)
}

function settled(clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.after(SETTLE_MS, resolve)
  })
}
