// What can be done to a session that is there: put into a state, made fresh, moved in time. Each is one change of its record.
import { ProblemError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import type { IssuedTokens } from '../tokens/token-set.ts'
import { advanced, type Change, mapTokens, type Opened, type RecordClock } from './clock.ts'
import type { BenchPersona, PersonaSignIns } from './personas-sign-in.ts'
import { type BenchState, changeTo } from './sessions-states.ts'
import type { BenchSession } from './sessions-view.ts'

/** How far a session's clock is moved: so many ms, or to a moment of its own. */
export type AdvanceBy = number | 'token' | 'idle' | 'end'

/** Each rejects with `session_ended` where the session is not live. */
export interface SessionChanges {
  put(session: BenchSession, state: BenchState): Promise<void>
  /** Resolves to the ms it was moved by. */
  advance(session: BenchSession, by: AdvanceBy): Promise<number>
}

export interface SessionChangesOptions {
  readonly recordClock: RecordClock
  readonly signIns: PersonaSignIns
  readonly clock: Clock
  readonly idleMs: number
  readonly lifetimeMs: number
}

export function createSessionChanges(options: SessionChangesOptions): SessionChanges {
  const { recordClock, signIns, clock, idleMs, lifetimeMs } = options

  async function change(
    { persona, ticket, ref }: BenchSession,
    how: (opened: Opened) => Change,
  ): Promise<void> {
    if (await recordClock.change(ticket, how)) return
    throw new ProblemError('session_ended', {
      status: 409,
      detail: `${persona.name}'s session ${ref} has ended: make another`,
    })
  }

  /** As after a sign-in, under the same ticket. */
  async function renew(session: BenchSession): Promise<void> {
    const { tokens } = await signIns.tokensFor(session.persona)
    await change(session, ({ record, content }) => {
      const now = clock.now()
      const endsAt = Math.min(now + lifetimeMs, tokens.refreshExpiresAt ?? Infinity)
      const { sealed: _, ...facts } = record
      return {
        facts: {
          ...facts,
          createdAt: now,
          seenAt: now,
          idleAt: Math.min(now + idleMs, endsAt),
          endsAt,
        },
        content: {
          ...content,
          tokens: mapTokens(content, (set, provider) =>
            provider === record.provider ? { ...tokens, owner: set.owner } : set,
          ),
        },
      }
    })
  }

  return {
    put(session, state) {
      if (state === 'fresh') return renew(session)
      return change(session, (opened) => {
        assertPossible(state, session.persona, opened.content.tokens[opened.record.provider])
        return changeTo(state, opened, clock.now())
      })
    },
    async advance(session, by) {
      let moved = 0
      await change(session, (opened) => {
        const now = clock.now()
        moved = typeof by === 'number' ? by : Math.max(0, momentOf(by, opened, session) - now)
        return advanced(opened, moved, now)
      })
      return moved
    },
  }
}

/** Throws `bad_request` for a state that tokens like these cannot be in. */
export function assertPossible(
  state: BenchState,
  { provider }: BenchPersona,
  tokens: IssuedTokens | undefined,
): void {
  if (state !== 'refresh-expired' || tokens?.refresh !== undefined) return
  throw new ProblemError('bad_request', {
    detail: `${provider.name} gave no refresh token that could expire: use access-expired`,
  })
}

function momentOf(by: 'token' | 'idle' | 'end', opened: Opened, { persona }: BenchSession): number {
  const { record, content } = opened
  if (by === 'idle') return record.idleAt
  if (by === 'end') return record.endsAt
  const at = content.tokens[record.provider]?.accessExpiresAt
  if (at !== undefined) return at
  throw new ProblemError('bad_request', {
    detail: `nobody knows when a token of ${persona.provider.name} expires`,
  })
}
