// All live connections of one session, and until when it carries them as far as is known here. Pure.
import type { FoundSession } from '../session/find.ts'
import type { OpenSession } from '../session/session.ts'
import type { Ticket } from '../session/ticket.ts'
import type { LiveEnd } from './registry.ts'

export interface Party<T> {
  readonly ticket: Ticket
  /** Undefined where it is not active, or was never looked at. */
  session: OpenSession | undefined
  /** Epoch ms; Infinity without a session. */
  endsAt: number
  readonly seats: Set<T>
  /** When a connection last slid the session. */
  slidAt: number
}

export function createParty<T>(ticket: Ticket): Party<T> {
  return { ticket, session: undefined, endsAt: Infinity, seats: new Set(), slidAt: 0 }
}

export function setSession(
  party: Party<unknown>,
  session: OpenSession | undefined,
  endOf: (session: OpenSession) => number,
): void {
  party.session = session
  party.endsAt = session ? endOf(session) : Infinity
}

/** Past a deadline: others may have moved it. */
export function isDue({ session, endsAt }: Party<unknown>, now: number): boolean {
  return session !== undefined && (now >= session.idleAt || now >= endsAt)
}

/** Why a session that was found like this carries nothing. */
export function reasonOf({ session }: Party<unknown>, found: FoundSession, now: number): LiveEnd {
  if (found.kind === 'idle') return 'idle'
  if (session && now >= session.record.endsAt) return 'expired'
  return found.kind === 'ended' ? found.reason : 'absent'
}
