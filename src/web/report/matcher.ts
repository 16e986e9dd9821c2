// Whether a call is one that somebody asked to see. Pure.
import type { CallOutcome, RunCall } from '../../qa/run.ts'

/** Empty means any. */
export interface Wanted {
  readonly user: string
  readonly phase: string
  /** A part of method and path, in any case. */
  readonly path: string
  readonly outcomes: ReadonlySet<CallOutcome>
}

/** The owner of a foreign answer counts as one of its users. */
export function matcher({ user, phase, path, outcomes }: Wanted): (call: RunCall) => boolean {
  const part = path.trim().toLowerCase()
  return (call) =>
    (user === '' || call.user === user || call.owner === user) &&
    (phase === '' || call.phase === phase) &&
    (outcomes.size === 0 || outcomes.has(call.outcome)) &&
    (part === '' || `${call.method} ${call.path}`.toLowerCase().includes(part))
}
