// Which kind of bug shows itself like this? Decided by what was observed, never by how the service is made. Pure.
import type { BugClass } from '../run.ts'
import { isNobody } from './knowledge.ts'
import { type Observation, VISITOR } from './step.ts'

/** What each kind means, in a few words. */
export const explanations: Readonly<Record<BugClass, string>> = {
  'shared-jar': 'Shared jar: the last sign-in wins.',
  'leaked-default-header':
    'Leaked default header: who brings no credential of their own gets those of the last sign-in.',
  'cached-set-cookie': "Cached Set-Cookie: one user's session cookie is handed to the next.",
  'desynchronised-responses':
    'Desynchronised responses: after somebody left early, each answer goes to the next one who asks.',
  'session-fixation':
    'Session fixation: a session that was known before the sign-in is signed in after it.',
  'per-process-memory': 'Per-process memory: a session is known to one process only.',
  unknown: 'The history fits none of the kinds that can be told apart.',
}

/** `undefined` where nothing was wrong. */
export function classify(seen: readonly Observation[]): BugClass | undefined {
  const foreign = seen.filter(({ outcome }) => outcome === 'foreign')
  const thrown = seen.filter(({ outcome }) => outcome === 'thrown_out')
  if (foreign.length === 0) return thrown.length === 0 ? undefined : ofThrownOut(seen, thrown)

  const own = foreign.filter(({ step }) => !isNobody(step.user))
  const visitors = foreign.filter(({ step }) => isNobody(step.user))
  if (foreign.every(({ afterLeave }) => afterLeave)) return 'desynchronised-responses'
  if (own.some(({ marks }) => marks.some((mark) => mark.in === 'set-cookie'))) {
    return 'cached-set-cookie'
  }
  // Whoever came with nothing at all got nothing: it was the session that gave it away.
  if (visitors.length > 0 && visitors.every(({ step }) => step.user === VISITOR)) {
    if (own.length === 0) return 'session-fixation'
  }
  const last = own.filter((one) => one.lastSignIn !== undefined)
  const isLast = last.filter(({ owner, lastSignIn }) => owner === lastSignIn)
  // Where all signed in at one moment nobody was the last: then there is nothing to tell it by.
  if (last.length === 0 || isLast.length < last.length * MOST) return 'unknown'
  const wrong = new Set(own.map(({ path }) => path))
  const right = seen.some(
    ({ outcome, step, path, lastSignIn }) =>
      outcome === 'own' && !wrong.has(path) && lastSignIn !== undefined && lastSignIn !== step.user,
  )
  // Where their own credentials count, everybody is right; elsewhere, or without any, the last sign-in stands in.
  if (right || own.length === 0) return 'leaked-default-header'
  return 'shared-jar'
}

const MOST = 0.8

/** Nobody saw anything of others. */
function ofThrownOut(seen: readonly Observation[], thrown: readonly Observation[]): BugClass {
  if (thrown.every(({ afterRestart }) => afterRestart)) return 'per-process-memory'
  const known = thrown.filter(({ lastSignIn }) => lastSignIn !== undefined)
  // With one jar for all, whoever signed in last is in.
  if (known.length > 0 && known.every(({ step, lastSignIn }) => step.user !== lastSignIn)) {
    const others = seen.some(
      ({ outcome, step, lastSignIn }) =>
        outcome === 'own' && lastSignIn !== undefined && lastSignIn !== step.user,
    )
    if (!others) return 'shared-jar'
  }
  return alternates(seen) ? 'per-process-memory' : 'unknown'
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
