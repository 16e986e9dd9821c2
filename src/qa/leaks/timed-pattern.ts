// A regular expression that somebody wrote, on whatever text somebody else sends: it never holds up the run.
import { createWithin } from '../../lib/within.ts'
import { Unjudged } from './unjudged.ts'

export type Pattern = Pick<RegExp, 'exec'>

/** Ten thousand times what a pattern needs that does not go back and forth. */
const MOST_MS = 1_000

/** Throws `Unjudged` where it takes too long; `name`: of the setting. */
export function timedPattern(pattern: RegExp, name: string): Pattern {
  const within = createWithin()
  return {
    exec(text) {
      const found = within(MOST_MS, () => pattern.exec(text))
      if (found.inTime) return found.value
      throw new Unjudged(
        `${name} took more than a second on one answer; write it without a repetition within a repetition, such as (a+)+.`,
      )
    },
  }
}
