// Which kind of bug throws people out like this, where nobody saw anything of others? Pure.
import type { BugClass } from '../run.ts'
import type { Observation } from './step.ts'

/** With two processes every other one is wrong; rarer ones have other causes. */
const LEAST_THROWN = 0.2

/** `thrown`: those of `seen` that were thrown out, one at least. */
export function ofThrownOut(
  seen: readonly Observation[],
  thrown: readonly Observation[],
): BugClass {
  if (thrown.every(({ afterRestart }) => afterRestart)) return 'per-process-memory'
  const known = thrown.filter(({ lastSignIn }) => lastSignIn !== undefined)
  // Whoever signed in last is in.
  if (known.length > 0 && known.every(({ step, lastSignIn }) => step.user !== lastSignIn)) {
    const others = seen.some(
      ({ outcome, step, lastSignIn }) =>
        outcome === 'own' && lastSignIn !== undefined && lastSignIn !== step.user,
    )
    if (!others) return 'single-session'
  }
  const own = seen.filter(({ outcome }) => outcome === 'own').length
  const isOften = thrown.length >= (thrown.length + own) * LEAST_THROWN
  return isOften && alternates(seen) ? 'per-process-memory' : 'unknown'
}

/** The same user, without anybody signing in between, is in, out, and in again. */
function alternates(seen: readonly Observation[]): boolean {
  const before = new Map<string, { outcome: string; lastSignIn: string | undefined }>()
  let turns = 0
  for (const { step, phase, outcome, lastSignIn } of seen) {
    if (step.do !== 'ask' || (outcome !== 'own' && outcome !== 'thrown_out')) continue
    const key = `${phase} ${step.user}`
    const last = before.get(key)
    if (last && last.outcome !== outcome && last.lastSignIn === lastSignIn) turns++
    before.set(key, { outcome, lastSignIn })
  }
  return turns >= 2
}
