// Live connections belong to sessions: whatever ends a session, in whichever process, closes all that are open for it
// here. A store that is away closes nobody's; what ended meanwhile is closed when it is back.
import type { Clock } from '../lib/clock.ts'
import type { FoundSession } from '../session/find.ts'
import type { EndReason, OpenSession, StoreKey } from '../session/session.ts'
import type { Sessions } from '../session/sessions.ts'
import { ANY_RECORD, SESSION_TOPIC, type SessionStore } from '../session/store.ts'
import type { Ticket } from '../session/ticket.ts'
import { createLooks } from './looks.ts'
import { createParty, isDue, type Party, reasonOf, setSession } from './party.ts'

/** `websocket` · `events`: an event stream · `answer`: any other answer that takes long. */
export type LiveKind = 'websocket' | 'events' | 'answer'

/** Why a connection is closed. `expired`: past its end; `unconfirmed`: past a deadline while the store was away. */
export type LiveEnd = EndReason | 'idle' | 'expired' | 'absent' | 'unconfirmed' | 'draining'

/** A connection, as the registry knows it. */
export interface LiveGuest {
  /** Ends it now. Called once at most, and never after `leave`; nothing more is delivered by it from then on. */
  close(why: LiveEnd): void
  /** The session was looked at, because its record changed or a deadline passed, and the connection stays. */
  looked?(found: FoundSession): void
  /** Whether it stays with what was found; default: with an active session only. */
  keeps?(found: FoundSession): boolean
}

export interface Seat {
  /** The browser showed that somebody is there: the session slides, unless it is idle already. */
  slide(): void
  /** Has the store asked about the session soon. */
  look(): void
  /** The connection is over, whoever ended it. Again: nothing. */
  leave(): void
}

export type Joined =
  | { kind: 'joined'; seat: Seat }
  /** So many are open already, for this session or in this process. */
  | { kind: 'full'; of: 'session' | 'process' }
  | { kind: 'draining' }

export interface LiveRegistry {
  /**
   * Takes a connection in. A ticket alone: for a session that is not active; only events and `look` lead to a look
   * then. Undefined: nobody's connection, counted and drained only.
   */
  join(kind: LiveKind, who: OpenSession | Ticket | undefined, guest: LiveGuest): Joined
  /** Connections that are open at this moment. */
  readonly counts: Readonly<Record<LiveKind, number>>
  /** Closes WebSockets and event streams, and takes in nobody else; other answers run to their end. */
  drain(): void
  /** Looks no more. */
  close(): void
}

export interface LiveEvents {
  opened(kind: LiveKind): void
  /** `left`: by itself, the browser's or the upstream's doing. */
  closed(kind: LiveKind, why: LiveEnd | 'left'): void
  refused(of: 'session' | 'process' | 'draining'): void
  failed(error: unknown): void
}

export interface LiveRegistryOptions {
  readonly sessions: Pick<Sessions, 'near' | 'find' | 'see' | 'end'>
  /** Epoch ms at which it is over, for its own end's sake or its token's that nothing renews. */
  readonly endOf: (session: OpenSession) => number
  readonly store: Pick<SessionStore, 'subscribe' | 'provenAt'>
  readonly clock: Clock
  /** Most connections of one session, and of this process; long answers do not count. */
  readonly perSession: number
  readonly perProcess: number
  readonly events: LiveEvents
}

interface Taken {
  readonly kind: LiveKind
  readonly guest: LiveGuest
  readonly party: Party<Taken> | undefined
}

/** How late a deadline may be noticed. */
const LOOK_MS = 250
/** Events older than this are not trusted to be complete. */
const PROOF_MS = 1000
/** Between two looks at all, while nothing is heard. */
const ASK_MS = 500
/** Messages closer together than this slide a session once. */
const SLIDE_MS = 250
export function createLiveRegistry(options: LiveRegistryOptions): LiveRegistry {
  const { sessions, store, clock, perSession, perProcess, endOf, events } = options
  const parties = new Map<StoreKey, Party<Taken>>()
  const all = new Set<Taken>()
  const counts = { websocket: 0, events: 0, answer: 0 }
  let lapsed = false
  let askedAt = 0
  let draining = false
  const looks = createLooks<Party<Taken>>({
    async look(party) {
      if (party.seats.size > 0) judge(party, await find(party.ticket))
    },
    unreachable: (party) => {
      // Nobody can say that it lives on, and what is known here says that it does not.
      if (isDue(party, clock.now())) for (const one of party.seats) end(one, 'unconfirmed')
    },
    failed: events.failed,
  })

  async function find(ticket: Ticket): Promise<FoundSession> {
    const found = await sessions.find(ticket)
    if (found.kind !== 'active' || clock.now() < endOf(found.session)) return found
    await sessions.end(ticket.storeKey, 'token_expired')
    return { kind: 'ended', reason: 'token_expired' }
  }

  function judge(party: Party<Taken>, found: FoundSession): void {
    const why = reasonOf(party, found, clock.now())
    setSession(party, found.kind === 'active' ? found.session : undefined, endOf)
    for (const one of party.seats) {
      const { guest } = one
      const stays = guest.keeps?.(found) ?? found.kind === 'active'
      if (!stays) end(one, why)
      else if (guest.looked) alone(() => guest.looked?.(found))
    }
  }

  function end(one: Taken, why: LiveEnd): void {
    if (remove(one, why)) alone(() => one.guest.close(why))
  }

  /** What goes wrong with one connection keeps no other open. */
  function alone(work: () => void): void {
    try {
      work()
    } catch (error) {
      events.failed(error)
    }
  }

  function remove(one: Taken, why: LiveEnd | 'left'): boolean {
    if (!all.delete(one)) return false
    counts[one.kind]--
    const { party } = one
    party?.seats.delete(one)
    if (party?.seats.size === 0) {
      parties.delete(party.ticket.storeKey)
      looks.forget(party)
    }
    events.closed(one.kind, why)
    return true
  }

  function partyOf(who: OpenSession | Ticket): Party<Taken> {
    const ticket = ticketOf(who)
    const session = who === ticket ? undefined : (who as OpenSession)
    const known = parties.get(ticket.storeKey)
    const party = known ?? createParty<Taken>(ticket)
    if (!party.session) setSession(party, session, endOf)
    parties.set(ticket.storeKey, party)
    return party
  }

  function full(kind: LiveKind, who: OpenSession | Ticket | undefined) {
    if (kind === 'answer') return undefined
    if (counts.websocket + counts.events >= perProcess) return 'process' as const
    const seats = who && parties.get(ticketOf(who).storeKey)?.seats
    if (!seats || seats.size < perSession) return undefined
    const counted = [...seats].filter((one) => one.kind !== 'answer').length
    return counted >= perSession ? ('session' as const) : undefined
  }

  function slide(party: Party<Taken>): void {
    const now = clock.now()
    if (now - party.slidAt < SLIDE_MS) return
    // What other requests of the session go by slides along.
    const session = sessions.near(party.ticket) ?? party.session
    if (!session) return
    if (session !== party.session) setSession(party, session, endOf)
    if (isDue(party, now)) return
    party.slidAt = now
    sessions.see(session)
  }

  const unsubscribe = store.subscribe(SESSION_TOPIC, (message) => {
    if (message === ANY_RECORD) looks.soon(parties.values())
    else looks.soon([parties.get(message as StoreKey)])
  })

  function everySoOften(): void {
    const now = clock.now()
    const silent = now - store.provenAt > PROOF_MS
    // What is not heard in a silence is asked for, and made up for after it.
    if (silent ? now - askedAt >= ASK_MS : lapsed) {
      askedAt = now
      looks.soon(parties.values())
    }
    lapsed = silent
    for (const party of parties.values()) if (isDue(party, now)) looks.soon([party])
    looks.retry()
    cancel = clock.after(LOOK_MS, everySoOften)
  }
  let cancel = clock.after(LOOK_MS, everySoOften)

  return {
    join(kind, who, guest) {
      const refusedBy = draining && kind !== 'answer' ? 'draining' : full(kind, who)
      if (refusedBy) {
        events.refused(refusedBy)
        return refusedBy === 'draining' ? { kind: 'draining' } : { kind: 'full', of: refusedBy }
      }
      const party = who && partyOf(who)
      const one: Taken = { kind, guest, party }
      all.add(one)
      party?.seats.add(one)
      counts[kind]++
      events.opened(kind)
      // It may have ended since it was found, before anybody here listened for that.
      if (party && !sessions.near(party.ticket)) looks.soon([party])
      return {
        kind: 'joined',
        seat: {
          slide: () => party && slide(party),
          look: () => looks.soon([party]),
          leave: () => void remove(one, 'left'),
        },
      }
    },
    counts,
    drain() {
      draining = true
      for (const one of all) if (one.kind !== 'answer') end(one, 'draining')
    },
    close() {
      cancel()
      unsubscribe()
      looks.close()
    },
  }
}

function ticketOf(who: OpenSession | Ticket): Ticket {
  return 'ticket' in who ? who.ticket : who
}
