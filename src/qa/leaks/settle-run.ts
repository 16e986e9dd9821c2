// What a run saw, once all of it is known: answers that were doubtful are judged, and those of a crowd are nobody's. Pure.
import { type Crowd, crowdsOf, type Doubt, doubtsOf, settled, withoutCrowds } from './doubts.ts'
import type { Knowledge } from './knowledge.ts'
import type { Messages } from './messages.ts'
import type { Observation } from './step.ts'
import type { Target } from './target.ts'

export interface SettledRun {
  /** As many as were seen, in their order. */
  readonly judged: readonly Observation[]
  readonly doubts: readonly Doubt[]
  readonly crowds: readonly Crowd[]
}

/** `knowledge` learns whose answers are not to be trusted. */
export function settleRun(
  seen: readonly Observation[],
  { target, messages, knowledge }: { target: Target; messages: Messages; knowledge: Knowledge },
): SettledRun {
  const crowds = crowdsOf(seen, target)
  const { seen: told, doubts } = settled(seen, doubtsOf(seen, target.ordinary))
  const judged = withoutCrowds(told, crowds).map((one, index) =>
    one.outcome === 'foreign' && seen[index]?.outcome !== 'foreign' ? messages.lit(one) : one,
  )
  for (const [index, { step, outcome, owner = '' }] of judged.entries()) {
    if (outcome !== 'foreign' || seen[index]?.outcome === 'foreign' || step.do !== 'ask') continue
    knowledge.distrust(step.user, step.path, owner)
  }
  return { judged, doubts, crowds }
}
