// Every way a session begins, is found, changes and ends. Nothing found for one ticket is ever handed to another.
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { IssuedTokens } from '../tokens/token-set.ts'
import { createEnvelopes, openSession, ownedBy } from './envelope.ts'
import { createExtender } from './extend.ts'
import { createFinder, type FinderOptions, type FoundSession } from './find.ts'
import { createMemory } from './memory.ts'
import type { NearCache } from './near.ts'
import { createTokenReplacer, type ReplacedTokens, type Replacement } from './replace-tokens.ts'
import type { Sealer } from './seal.ts'
import type { EndReason, OpenSession, StoreKey } from './session.ts'
import type { SessionStore } from './store.ts'
import { createRef, createTicket, type Ticket } from './ticket.ts'

export interface NewSession {
  readonly provider: string
  readonly sub: string
  readonly name?: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly providerSid?: string
  readonly tokens: IssuedTokens
  readonly device: string
}

export interface Sessions {
  /** The session from memory, if it is there, active, and events from the store are known to arrive. Never waits. */
  near(ticket: Ticket): OpenSession | undefined
  /** Asks the store. Rejects with StoreUnreachableError only. */
  find(ticket: Ticket): Promise<FoundSession>
  /** Adds a session of its own, durable when it resolves. */
  start(details: NewSession): Promise<OpenSession>
  /** Adds another provider's tokens under a new ticket; the old one ends as `replaced`. `undefined` when the session ended meanwhile. */
  extend(
    session: OpenSession,
    provider: string,
    tokens: IssuedTokens,
  ): Promise<OpenSession | undefined>
  /**
   * Puts new tokens in place of a provider's old ones; `undefined` takes them away. A function is asked anew for each
   * try, with what stands there by then. An ended session stays ended.
   */
  replaceTokens(
    session: OpenSession,
    provider: string,
    tokens: Replacement,
  ): Promise<ReplacedTokens>
  /** Ends it as `signed_out`; resolves to what it was, where it was live and opens with this ticket. */
  signOut(ticket: Ticket): Promise<OpenSession | undefined>
  /** Ends it everywhere. Resolves to whether it was live. */
  end(storeKey: StoreKey, reason: EndReason): Promise<boolean>
  /** Slides the idle deadline; the store hears of it once in a while. */
  see(session: OpenSession): void
  readonly nearSize: number
  close(): void
}

export interface SessionsOptions {
  readonly store: SessionStore
  readonly sealer: Sealer
  readonly near: NearCache
  readonly clock: Clock
  readonly random: Random
  readonly idleMs: number
  readonly lifetimeMs: number
  /** For so long after events were last known to arrive the near cache is believed all the same; default 0. */
  readonly graceMs?: number
  readonly events: FinderOptions['events'] & {
    /** A touch could not be written; the session goes on. */
    touchFailed(error: unknown): void
  }
}

export function createSessions(options: SessionsOptions): Sessions {
  const { store, near, clock, random, idleMs, lifetimeMs, graceMs = 0, events } = options
  const touchEveryMs = Math.min(60_000, Math.max(1000, idleMs / 100))
  const envelopes = createEnvelopes(options.sealer)
  const memory = createMemory({ store, near, clock, graceMs })
  const finder = createFinder({ store, envelopes, memory, clock, events })

  function endFor(createdAt: number, refreshExpiresAt: number | undefined): number {
    return Math.min(createdAt + lifetimeMs, refreshExpiresAt ?? Infinity)
  }

  return {
    near: memory.believed,
    find: finder.find,
    replaceTokens: createTokenReplacer({ store, envelopes, memory, finder, endFor }),
    extend: createExtender({ store, envelopes, memory, clock, random }),

    async start(details) {
      const now = clock.now()
      const ticket = createTicket(random)
      const { storeKey } = ticket
      const endsAt = endFor(now, details.tokens.refreshExpiresAt)
      const content = {
        ...(details.name === undefined ? {} : { name: details.name }),
        claims: details.claims,
        tokens: ownedBy(storeKey, { [details.provider]: details.tokens }),
      }
      const facts = {
        version: 1 as const,
        revision: 1,
        state: 'active' as const,
        provider: details.provider,
        sub: details.sub,
        ...(details.providerSid === undefined ? {} : { providerSid: details.providerSid }),
        ref: createRef(random),
        device: details.device,
        createdAt: now,
        seenAt: now,
        idleAt: Math.min(now + idleMs, endsAt),
        endsAt,
      }
      const record = envelopes.seal(ticket, facts, content)
      const { mark } = await memory.reading(storeKey, () => store.add(storeKey, record))
      const session = openSession(ticket, record, content)
      memory.remember(session, mark)
      return session
    },

    async end(storeKey, reason) {
      memory.end(storeKey)
      return (await store.delete(storeKey, reason, clock.now())) !== undefined
    },

    async signOut(ticket) {
      memory.end(ticket.storeKey)
      const record = await store.delete(ticket.storeKey, 'signed_out', clock.now())
      const content = record && envelopes.unseal(ticket, record)
      return content && openSession(ticket, record, content)
    },

    see(session) {
      const now = clock.now()
      session.seenAt = now
      session.idleAt = Math.min(now + idleMs, session.record.endsAt)
      if (now - session.touchedAt < touchEveryMs) return
      session.touchedAt = now
      const { seenAt, idleAt } = session
      store.touch(session.ticket.storeKey, { seenAt, idleAt }).catch(events.touchFailed)
    },

    get nearSize() {
      return memory.size
    },

    close: memory.close,
  }
}
