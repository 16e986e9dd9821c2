// Asks again, a while later, for what was private and doubtful: what a cache of a second or two held is gone then.
import { type Clock, pause } from '../../lib/clock.ts'
import { type Doubt, doubtsOf, isPrivate, morePrivate, seersOf } from './doubts.ts'
import type { Sparing } from './sparing.ts'
import type { Step } from './step.ts'
import type { Target } from './target.ts'

/** Of the whole time: 0.4 and 1.2 s of half a minute. */
const WAITS: readonly number[] = [0.4 / 30, 1.2 / 30]
const MOST_DOUBTS = 4

export interface LookAgainOptions {
  readonly target: Target
  readonly sparing: Sparing
  readonly clock: Clock
  /** Throws when the time is up. */
  readonly check: () => void
}

/** Another may come first than the first time. */
export async function lookAgain({
  target,
  sparing,
  clock,
  check,
}: LookAgainOptions): Promise<void> {
  const names = target.users.map(({ name }) => name)
  const doubts = new Map<string, Doubt>()
  for (const doubt of doubtsOf(sparing.seen, target.ordinary)) {
    const { path, kind } = doubt
    const before = doubts.get(path)?.kind
    if (isPrivate(kind) && morePrivate(before, kind) !== before) doubts.set(path, doubt)
  }
  for (const share of doubts.size === 0 ? [] : WAITS) {
    await pause(clock, target.timeouts.totalMs * share)
    for (const doubt of [...doubts.values()].slice(0, MOST_DOUBTS)) {
      check()
      const { path, owner } = doubt
      const [user = names.find((name) => name !== owner) ?? owner] = seersOf(doubt)
      const asking = [user, owner, user].map(
        (one): Step => ({ do: 'ask', user: one, path, via: 'own' }),
      )
      await sparing.ask(...asking)
    }
  }
}
