// The bench: real sessions for personas, made in a call, put into the state a tester asks for, moved in time, ended. It
// knows the tickets of the sessions it made, and of no others.
import type { Clock } from '../lib/clock.ts'
import { type StoreKey, stateOf } from '../session/session.ts'
import type { Sessions } from '../session/sessions.ts'
import type { RecordClock } from './clock.ts'
import type { BenchPersona, PersonaSignIns, PersonaTokens } from './personas-sign-in.ts'
import { type AdvanceBy, assertPossible, createSessionChanges } from './sessions-changes.ts'
import type { BenchState } from './sessions-states.ts'
import { type BenchSession, type BenchSessionView, type PutState, viewOf } from './sessions-view.ts'
import type { Timeline } from './timeline.ts'
import type { CallEvent } from './timeline-events.ts'

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
  /** `used`: the gateway answered from the session; it may have failed to find it, or not have looked. */
  called(storeKey: StoreKey, call: CallEvent, used: boolean): void
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
  put: PutState | undefined
  /** Epoch ms. */
  putAt: number
  /** Its tokens were broken here: that they are refused says nothing about those of others. */
  broken: boolean
}

export function createBench(options: BenchOptions): Bench {
  const { personas, sessions, recordClock, signIns, timeline, clock } = options
  const changes = createSessionChanges(options)
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

  /** Whether it came to be or not, whoever watches looks again. */
  async function told<T>({ persona }: BenchSession, done: Promise<T>): Promise<T> {
    return done.finally(() => changed(persona))
  }

  async function put(session: BenchSession, state: BenchState): Promise<void> {
    await changes.put(session, state)
    const kept = made.get(session.ticket.storeKey)
    if (!kept) return
    kept.put = state === 'fresh' ? undefined : state
    kept.putAt = clock.now()
    kept.broken = state === 'revoked-upstream' || state === 'refresh-expired'
  }

  return {
    personas,
    of,
    put: (session, state) => told(session, put(session, state)),
    async start(persona, state) {
      const issued = await signIns.tokensFor(persona)
      assertPossible(state, persona, issued.tokens)
      const { ticket, record } = await sessions.start(detailsOf(persona, issued, options.claims))
      const { ref } = record
      const unseen = { lastCall: undefined, put: undefined, putAt: 0, broken: false }
      const session: Kept = { persona, ticket, ref, ...unseen }
      made.set(ticket.storeKey, session)
      const [oldest] = made.keys()
      if (made.size > MOST && oldest) made.delete(oldest)
      await told(session, state === 'fresh' ? Promise.resolve() : put(session, state))
      return session
    },
    async current(persona, ref) {
      for (const session of of(persona)) {
        if (ref === undefined ? await isLive(session) : session.ref === ref) return session
      }
      return undefined
    },
    async view(session) {
      const { ticket } = session
      const found = await recordClock.read(ticket)
      return viewOf(session, found, made.get(ticket.storeKey), clock.now())
    },
    advance: (session, by) => told(session, changes.advance(session, by)),
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
    called(storeKey, call, used) {
      const session = made.get(storeKey)
      if (!session) return
      session.lastCall = call
      if (call.at >= session.putAt && hasTold(session.put, call, used)) session.put = undefined
      // Nobody here broke them: whoever comes next shall have better ones.
      if (call.status === 401 && !session.broken) signIns.forget(session.persona.name)
    },
  }
}

/** Whether this answer shows what the session was put into. What is `ending` shows it by its end alone. */
function hasTold(put: PutState | undefined, { path, status, problem }: CallEvent, used: boolean) {
  // The gateway's own endpoints renew nothing, and ask no upstream.
  if (put === 'ending' || status === 0 || path.startsWith('/auth/')) return false
  return problem === undefined ? used : problem.startsWith('session_')
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
