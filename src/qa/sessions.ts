// The bench: real sessions for personas, made in a call, put into the state a tester asks for, moved in time, ended. It
// knows the tickets of the sessions it made, and of no others.
import { ProblemError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import { type EndReason, type SessionState, type StoreKey, stateOf } from '../session/session.ts'
import type { Sessions } from '../session/sessions.ts'
import type { Ticket } from '../session/ticket.ts'
import { canRefresh } from '../tokens/authorize.ts'
import type { IssuedTokens } from '../tokens/token-set.ts'
import { advanced, mapTokens, type Opened, type RecordClock } from './clock.ts'
import type { BenchPersona, PersonaSignIns, PersonaTokens } from './personas-sign-in.ts'
import { type BenchState, changeTo } from './sessions-states.ts'
import type { Timeline } from './timeline.ts'
import type { CallEvent } from './timeline-events.ts'

export interface BenchSession {
  readonly persona: BenchPersona
  readonly ticket: Ticket
  readonly ref: string
}

/** Times are epoch ms. */
export interface BenchSessionView {
  readonly ref: string
  readonly state: SessionState | 'absent'
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

/** How far a session's clock is moved: so many ms, or to a moment of its own. */
export type AdvanceBy = number | 'token' | 'idle' | 'end'

export interface Bench {
  readonly personas: readonly BenchPersona[]
  /** Every one is a session of its own. Rejects with a ProblemError, in the provider's own words. */
  start(persona: BenchPersona, state: BenchState): Promise<BenchSession>
  /** The youngest of a persona's sessions that is live, or the one with this ref; undefined when there is none. */
  current(persona: BenchPersona, ref?: string): Promise<BenchSession | undefined>
  /** Newest first. */
  of(persona: BenchPersona): readonly BenchSession[]
  view(session: BenchSession): Promise<BenchSessionView>
  /** Rejects with `session_ended` where it is not live. */
  put(session: BenchSession, state: BenchState): Promise<void>
  /** Resolves to the ms it was moved by; rejects with `session_ended` where it is not live. */
  advance(session: BenchSession, by: AdvanceBy): Promise<number>
  /** Resolves to how many were live. */
  end(sessions: readonly BenchSession[]): Promise<number>
  /** Undefined for a session that was not made here. */
  madeFor(storeKey: StoreKey): BenchSession | undefined
  madeAs(ref: string): BenchSession | undefined
  called(storeKey: StoreKey, call: CallEvent): void
}

export interface BenchOptions {
  readonly personas: readonly BenchPersona[]
  readonly sessions: Sessions
  readonly recordClock: RecordClock
  readonly signIns: PersonaSignIns
  readonly timeline: Timeline
  readonly clock: Clock
  readonly idleMs: number
  readonly lifetimeMs: number
  /** Claims that a session keeps, as for everybody. */
  readonly claims: readonly string[]
}

/** The bench forgets its oldest sessions beyond so many; they live on. */
const MOST = 1000

interface Kept extends BenchSession {
  lastCall: CallEvent | undefined
  /** Its tokens were broken here: that they are refused says nothing about those of others. */
  broken: boolean
}

export function createBench(options: BenchOptions): Bench {
  const { personas, sessions, recordClock, signIns, timeline, clock } = options
  const made = new Map<StoreKey, Kept>()

  const changed = ({ name }: BenchPersona) =>
    timeline.add({ kind: 'change', at: clock.now(), persona: name })

  function of(persona: BenchPersona): Kept[] {
    return [...made.values()].filter((one) => one.persona === persona).reverse()
  }

  async function isLive({ ticket }: BenchSession): Promise<boolean> {
    const found = await recordClock.read(ticket)
    return found?.content !== undefined && stateOf(found.record, clock.now()) !== 'ended'
  }

  async function change(
    session: BenchSession,
    how: (opened: Opened) => ReturnType<typeof advanced>,
  ) {
    const there = await recordClock.change(session.ticket, how)
    changed(session.persona)
    if (there) return there
    throw new ProblemError('session_ended', {
      status: 409,
      detail: `${session.persona.name}'s session ${session.ref} has ended: make another`,
    })
  }

  /** As after a sign-in, under the same ticket. */
  async function renew(session: BenchSession): Promise<void> {
    const { tokens } = await signIns.tokensFor(session.persona)
    await change(session, ({ record, content }) => {
      const now = clock.now()
      const endsAt = Math.min(now + options.lifetimeMs, tokens.refreshExpiresAt ?? Infinity)
      const { sealed: _, ...facts } = record
      return {
        facts: {
          ...facts,
          createdAt: now,
          seenAt: now,
          idleAt: Math.min(now + options.idleMs, endsAt),
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

  async function put(session: BenchSession, state: BenchState): Promise<void> {
    if (state === 'fresh') await renew(session)
    else {
      await change(session, (opened) => {
        assertPossible(state, session.persona, opened.content.tokens[opened.record.provider])
        return changeTo(state, opened, clock.now())
      })
    }
    const kept = made.get(session.ticket.storeKey)
    if (kept) kept.broken = state === 'revoked-upstream' || state === 'refresh-expired'
  }

  return {
    personas,
    of,
    put,
    async start(persona, state) {
      const issued = await signIns.tokensFor(persona)
      assertPossible(state, persona, issued.tokens)
      const { ticket, record } = await sessions.start(detailsOf(persona, issued, options.claims))
      const session: Kept = { persona, ticket, ref: record.ref, lastCall: undefined, broken: false }
      made.set(ticket.storeKey, session)
      const [oldest] = made.keys()
      if (made.size > MOST && oldest) made.delete(oldest)
      if (state === 'fresh') changed(persona)
      else await put(session, state)
      return session
    },
    async current(persona, ref) {
      for (const session of of(persona)) {
        if (ref === undefined ? await isLive(session) : session.ref === ref) return session
      }
      return undefined
    },
    async view({ ticket, ref, persona }) {
      const call = made.get(ticket.storeKey)?.lastCall
      const lastCall = call && { lastCall: shownCall(call) }
      const found = await recordClock.read(ticket)
      if (!found) return { ref, state: 'absent', ...lastCall }
      const { record, content } = found
      const now = clock.now()
      const state = stateOf(record, now)
      if (state === 'ended' || !content) {
        const reason = record.reason === undefined ? {} : { reason: record.reason }
        return { ref, state: 'ended', ...reason, createdAt: record.createdAt, ...lastCall }
      }
      const tokens = content.tokens[record.provider]
      const { createdAt, idleAt, endsAt } = record
      return {
        ref,
        state,
        createdAt,
        ...(tokens?.accessExpiresAt === undefined ? {} : { tokenAt: tokens.accessExpiresAt }),
        refreshable: tokens !== undefined && canRefresh(tokens, persona.provider, now),
        idleAt: Math.min(idleAt, endsAt),
        endsAt,
        ...lastCall,
      }
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
    async end(ending) {
      let live = 0
      for (const { ticket, persona } of ending) {
        if (await sessions.end(ticket.storeKey, 'signed_out')) live++
        changed(persona)
      }
      return live
    },
    madeFor: (storeKey) => made.get(storeKey),
    madeAs: (ref) => [...made.values()].find((one) => one.ref === ref),
    called(storeKey, call) {
      const session = made.get(storeKey)
      if (!session) return
      session.lastCall = call
      // Nobody here broke them: whoever comes next shall have better ones.
      if (call.status === 401 && !session.broken) signIns.forget(session.persona.name)
    },
  }
}

function detailsOf(
  { name, provider }: BenchPersona,
  { tokens, identity }: PersonaTokens,
  claims: readonly string[],
) {
  const shown = claims.filter((claim) => Object.hasOwn(identity.claims, claim))
  return {
    provider: provider.name,
    sub: identity.sub,
    ...(identity.name === undefined ? {} : { name: identity.name }),
    claims: Object.fromEntries(shown.map((claim) => [claim, identity.claims[claim]])),
    ...(identity.providerSid === undefined ? {} : { providerSid: identity.providerSid }),
    tokens,
    device: `QA ${name}`,
  }
}

function assertPossible(
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

function shownCall({ at, method, path, status, ms, problem }: CallEvent) {
  return { at, method, path, status, ms, ...(problem === undefined ? {} : { problem }) }
}
