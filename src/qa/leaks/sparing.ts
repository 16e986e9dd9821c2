// Asks one thing after the other, and tells whether there is time for what can be done without.
import type { Performer } from './perform.ts'
import type { Stage } from './stage.ts'
import type { Observation, Step } from './step.ts'

export interface Sparing {
  /** In turn. */
  ask(...steps: Step[]): Promise<Observation[]>
  /** The same of what cannot be done without. */
  need(...steps: Step[]): Promise<Observation[]>
  /** At the same moment, which counts as one. */
  askAtOnce(steps: readonly Step[]): Promise<void>
  /** Whether there is time for so many requests that can be done without: the slower it answers, the fewer. */
  hasTimeFor(requests: number): boolean
  /** Of all that was asked here. */
  readonly seen: readonly Observation[]
}

export interface SparingOptions {
  readonly performer: Performer
  readonly stage: Stage
  /** So many requests cannot be done without. */
  readonly needed: number
  /** ms since the run began, and how many of them may be taken. */
  readonly elapsed: () => number
  readonly shareMs: number
}

export function createSparing(options: SparingOptions): Sparing {
  const { performer, stage, elapsed, shareMs } = options
  const all: Observation[] = []
  let { needed } = options
  let asked = 0

  async function ask(...steps: Step[]): Promise<Observation[]> {
    const seen = await performer.perform(
      stage,
      steps.map((step) => [step]),
    )
    all.push(...seen)
    asked += steps.length
    return seen
  }

  return {
    seen: all,
    ask,
    async need(...steps) {
      const seen = await ask(...steps)
      needed = Math.max(0, needed - steps.length)
      return seen
    },
    async askAtOnce(steps) {
      all.push(...(await performer.perform(stage, [steps])))
      asked++
    },
    hasTimeFor: (requests) =>
      elapsed() * ((asked + needed + requests) / Math.max(1, asked)) < shareMs,
  }
}
