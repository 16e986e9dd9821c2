// What a session of the bench is at this moment, as people and tests are told: in the record's own words, and what it was
// put into. Pure.
import { type EndReason, type SessionState, stateOf } from '../session/session.ts'
import type { Ticket } from '../session/ticket.ts'
import { canRefresh } from '../tokens/authorize.ts'
import type { FoundRecord } from './clock.ts'
import type { BenchPersona } from './personas-sign-in.ts'
import type { BenchState } from './sessions-states.ts'
import type { CallEvent } from './timeline-events.ts'

export interface BenchSession {
  readonly persona: BenchPersona
  readonly ticket: Ticket
  readonly ref: string
}

/** Times are epoch ms. */
export interface BenchSessionView {
  readonly ref: string
  /** As the record says. */
  readonly state: SessionState | 'absent'
  /** What it was put into here, until a call has told; a record may say nothing of it. */
  readonly put?: PutState
  readonly reason?: EndReason
  readonly createdAt?: number
  /** When the access token expires; absent when nobody knows. */
  readonly tokenAt?: number
  /** Whether a new one can be had without a sign-in. */
  readonly refreshable?: boolean
  readonly idleAt?: number
  readonly endsAt?: number
  readonly lastCall?: Pick<CallEvent, 'at' | 'method' | 'path' | 'status' | 'ms' | 'problem'>
}

export type PutState = Exclude<BenchState, 'fresh'>

/** What no record tells. */
export interface SessionMemory {
  readonly lastCall: CallEvent | undefined
  readonly put: PutState | undefined
}

/** `found`: undefined where the store has nothing of it. */
export function viewOf(
  { ref, persona }: BenchSession,
  found: FoundRecord | undefined,
  memory: SessionMemory | undefined,
  now: number,
): BenchSessionView {
  const lastCall = memory?.lastCall && { lastCall: shownCall(memory.lastCall) }
  if (!found) return { ref, state: 'absent', ...lastCall }
  const { record, content } = found
  const { createdAt, idleAt, endsAt, reason } = record
  const state = stateOf(record, now)
  if (state === 'ended' || !content) {
    return { ref, state: 'ended', ...(reason && { reason }), createdAt, ...lastCall }
  }
  const tokens = content.tokens[record.provider]
  return {
    ref,
    state,
    ...(memory?.put && { put: memory.put }),
    createdAt,
    ...(tokens?.accessExpiresAt === undefined ? {} : { tokenAt: tokens.accessExpiresAt }),
    refreshable: tokens !== undefined && canRefresh(tokens, persona.provider, now),
    idleAt: Math.min(idleAt, endsAt),
    endsAt,
    ...lastCall,
  }
}

function shownCall({ at, method, path, status, ms, problem }: CallEvent) {
  return { at, method, path, status, ms, ...(problem === undefined ? {} : { problem }) }
}
