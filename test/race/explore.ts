// Goes through the histories of a scenario: all of them, up to a bound on preemptions, or the one that choices pick.
import type { Scenario } from './scenario.ts'
import { openWorld, type Step, type World } from './world.ts'

export interface Explored {
  /** Different situations that were reached. */
  readonly situations: number
  /** Histories that were followed to their end or to a situation known already. */
  readonly histories: number
}

/**
 * Every history, the first wrong one first: throws its `Violation`. A situation that was reached before is not gone
 * through again. `preemptions`: how often a process that could go on may be left for another; time and faults are free.
 */
export async function exploreAll(scenario: Scenario, preemptions = Infinity): Promise<Explored> {
  const known = new Set<string>()
  const open: number[][] = [[]]
  let histories = 0
  for (let path = open.pop(); path; path = open.pop()) {
    histories += 1
    const world = await openWorld(scenario)
    let last: string | undefined
    let left = preemptions
    for (let depth = 0; ; depth += 1) {
      const steps = world.steps()
      if (steps.length === 0) {
        await world.finish()
        break
      }
      const choices = allowed(steps, last, left)
      const beyond = depth >= path.length
      if (beyond) path.push(choices[0] ?? 0)
      if (beyond && choices.length > 1) {
        const situation = `${world.describe()} ${last} ${left}`
        if (known.has(situation)) break
        known.add(situation)
        for (const choice of choices.slice(1)) open.push([...path.slice(0, depth), choice])
      }
      const step = steps[path[depth] ?? 0]
      if (!step) throw new Error('a history could not be repeated')
      if (isPreemption(step, steps, last)) left -= 1
      if (left !== Infinity) last = step.process ?? last
      await world.take(step)
    }
  }
  return { situations: known.size, histories }
}

function allowed(steps: readonly Step[], last: string | undefined, left: number): number[] {
  const all = [...steps.keys()]
  if (left > 0) return all
  return all.filter((at) => {
    const step = steps[at]
    return step && !isPreemption(step, steps, last)
  })
}

function isPreemption(step: Step, steps: readonly Step[], last: string | undefined): boolean {
  if (last === undefined || step.process === undefined || step.process === last) return false
  return steps.some(({ process }) => process === last)
}

/** One history: each choice picks among what is possible, the first where there are no more. */
export async function follow(scenario: Scenario, choices: readonly number[]): Promise<World> {
  const world = await openWorld(scenario)
  let taken = 0
  for (let steps = world.steps(); steps.length > 0; steps = world.steps()) {
    const choice = choices[taken++]
    // Faults happen by choice only.
    const step = choice === undefined ? steps[0] : steps[choice % steps.length]
    if (step) await world.take(step)
  }
  await world.finish()
  return world
}
