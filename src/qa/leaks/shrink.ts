// Delta debugging: the fewest steps of a history that still show what the whole of it showed. Pure but for what tries.
import type { Batch, Step } from './step.ts'

/** One step and the moment it belongs to: steps with the same moment are done at once. */
export interface Placed {
  readonly step: Step
  readonly moment: number
}

/** Resolves true where these steps still show it. */
export type Shows = (steps: readonly Placed[]) => Promise<boolean>

export function placed(batches: readonly Batch[]): Placed[] {
  return batches.flatMap((batch, moment) => batch.map((step) => ({ step, moment })))
}

export function batchesOf(steps: readonly Placed[]): Batch[] {
  const byMoment = Map.groupBy(steps, ({ moment }) => moment)
  return [...byMoment].toSorted(([a], [b]) => a - b).map(([, all]) => all.map(({ step }) => step))
}

/**
 * Takes out ever smaller parts until nothing more can go, then tries whether what is done at once may be done in turn.
 * `steps` is taken to show it. Steps that `isPinned` stay. Ends early, with the shortest so far, once `isLate`.
 */
export async function shrink(
  steps: readonly Placed[],
  shows: Shows,
  isPinned: (step: Step) => boolean,
  isLate: () => boolean,
): Promise<Placed[]> {
  let shortest = [...steps]
  let size = Math.ceil(shortest.length / 2)
  while (size >= 1 && !isLate()) {
    let shorter = false
    for (let at = 0; at < shortest.length && !isLate(); ) {
      const part = shortest.slice(at, at + size)
      const rest = shortest.filter((one) => !part.includes(one) || isPinned(one.step))
      if (rest.length < shortest.length && rest.length > 0 && (await shows(rest))) {
        shortest = rest
        shorter = true
      } else at += size
    }
    if (size === 1 && !shorter) break
    size = size === 1 ? 1 : Math.ceil(size / 2)
  }
  shortest = await withoutPairs(shortest, shows, isPinned, isLate)
  const inTurn = shortest.map(({ step }, moment) => ({ step, moment }))
  const together = new Set(shortest.map(({ moment }) => moment)).size < shortest.length
  return together && !isLate() && (await shows(inTurn)) ? inTurn : shortest
}

/** What only two together can be left out, such as a sign-in and what hangs on it; of short histories. */
async function withoutPairs(
  steps: Placed[],
  shows: Shows,
  isPinned: (step: Step) => boolean,
  isLate: () => boolean,
): Promise<Placed[]> {
  if (steps.length > MOST_FOR_PAIRS) return steps
  for (const [at, one] of steps.entries()) {
    for (const other of steps.slice(at + 1)) {
      if (isLate()) return steps
      if (isPinned(one.step) || isPinned(other.step)) continue
      const rest = steps.filter((each) => each !== one && each !== other)
      if (rest.length > 0 && (await shows(rest))) {
        return withoutPairs(
          await withoutSingles(rest, shows, isPinned, isLate),
          shows,
          isPinned,
          isLate,
        )
      }
    }
  }
  return steps
}

async function withoutSingles(
  steps: Placed[],
  shows: Shows,
  isPinned: (step: Step) => boolean,
  isLate: () => boolean,
): Promise<Placed[]> {
  let shortest = steps
  for (const one of steps) {
    if (isLate() || isPinned(one.step) || shortest.length === 1) continue
    const rest = shortest.filter((each) => each !== one)
    if (await shows(rest)) shortest = rest
  }
  return shortest
}

const MOST_FOR_PAIRS = 8
