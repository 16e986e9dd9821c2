// Whether a call is one that somebody asked to see. Pure.
import { type Kind, kindOf } from '../../qa/report/page/words.ts'
import type { RunCall } from '../../qa/run.ts'

/** Empty means any. */
export interface Wanted {
  readonly user: string
  readonly phase: string
  /** A part of method and path, in any case. */
  readonly path: string
  readonly kinds: ReadonlySet<Kind>
}

/** The owner of a foreign answer counts as one of its users. */
export function matcher({ user, phase, path, kinds }: Wanted): (call: RunCall) => boolean {
  const part = path.trim().toLowerCase()
  return (call) =>
    (user === '' || call.user === user || call.owner === user) &&
    (phase === '' || call.phase === phase) &&
    (kinds.size === 0 || kinds.has(kindOf(call))) &&
    (part === '' || `${call.method} ${call.path}`.toLowerCase().includes(part))
}
