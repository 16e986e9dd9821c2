// A live connection that its session no longer carries, or that there is no room for, as one of our problems. Pure.
import type { ProblemCode, ProblemOptions } from '../errors.ts'
import type { Joined, LiveEnd } from '../live/registry.ts'

/** What an exchange is aborted with when its session is over. `renewed`: its token is another one by now. */
export class SessionOver extends Error {
  readonly code = 'SESSION_OVER'
  readonly why: LiveEnd | 'renewed'

  constructor(why: LiveEnd | 'renewed') {
    super('session over')
    this.why = why
  }
}

/** What a request is denied with. */
export type Denying = readonly [code: ProblemCode, step: string, options: ProblemOptions]

/** For whoever has had no answer yet. */
export function sessionOver(why: LiveEnd | 'renewed'): Denying {
  switch (why) {
    case 'idle':
      return ['session_idle', why, {}]
    case 'absent':
    case 'expired':
      return ['session_required', why, {}]
    case 'unconfirmed':
      return ['store_unreachable', why, { retryAfter: 2 }]
    case 'draining':
    case 'renewed':
      return ['too_many_connections', why, { status: 503, retryAfter: 1 }]
    default:
      return ['session_ended', why, { reason: why }]
  }
}

export function noSeat(joined: Exclude<Joined, { kind: 'joined' }>): Denying {
  if (joined.kind === 'draining') return sessionOver('draining')
  const options = joined.of === 'session' ? {} : { status: 503 }
  return ['too_many_connections', `live ${joined.of}`, { ...options, retryAfter: 5 }]
}
