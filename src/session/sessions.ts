// Every way a session begins, is found, changes and ends. Nothing found for one ticket is ever handed to another.
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { brandTokens, type IssuedTokens, type TokenSet } from '../tokens/token-set.ts'
import { decodeContent, encodeContent } from './content.ts'
import type { NearCache } from './near.ts'
import type { Sealer } from './seal.ts'
import {
  type EndReason,
  type OpenSession,
  type SessionContent,
  type SessionRecord,
  type StoreKey,
  stateOf,
} from './session.ts'
import { ANY_RECORD, SESSION_TOPIC, type SessionStore } from './store.ts'
import { createRef, createTicket, type Ticket } from './ticket.ts'

export type FoundSession =
  | { kind: 'active'; session: OpenSession }
  | { kind: 'pending' }
  | { kind: 'idle' }
  | { kind: 'ended'; reason: EndReason }
  /** The store knows of no such session: a positive answer, not a failure. */
  | { kind: 'absent' }
  /** The store's bytes do not open with this ticket, twice. */
  | { kind: 'unsealable' }

export type ReplacedTokens =
  | { kind: 'replaced'; session: OpenSession }
  | { kind: 'ended'; reason: EndReason }
  | { kind: 'absent' }

export type Replacement =
  | IssuedTokens
  | undefined
  | ((current: TokenSet | undefined) => IssuedTokens | undefined)

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
  readonly events: {
    /** A touch could not be written; the session goes on. */
    touchFailed(error: unknown): void
    /** A record did not open with the ticket that led to it. */
    unsealable(storeKey: StoreKey): void
  }
}

const NOTHING = new Uint8Array(0)

/** Events older than this are not trusted to be complete (promise 6: a second). */
const PROOF_MS = 1000

export function createSessions(options: SessionsOptions): Sessions {
  const { store, sealer, near, clock, random, idleMs, lifetimeMs, events } = options
  const touchEveryMs = Math.min(60_000, Math.max(1000, idleMs / 100))
  // Reads under way: what an event touches meanwhile must not enter the near cache.
  const reading = new Map<StoreKey, Set<{ stale: boolean }>>()

  const unsubscribe = store.subscribe(SESSION_TOPIC, (message) => {
    if (message === ANY_RECORD) {
      near.clear()
      for (const reads of reading.values()) for (const read of reads) read.stale = true
      return
    }
    const storeKey = message as StoreKey
    near.drop(storeKey)
    for (const read of reading.get(storeKey) ?? []) read.stale = true
  })

  async function readFresh<T>(storeKey: StoreKey, read: () => Promise<T>) {
    const mark = { stale: false }
    const marks = reading.get(storeKey) ?? new Set()
    reading.set(storeKey, marks.add(mark))
    try {
      return { value: await read(), mark }
    } finally {
      marks.delete(mark)
      if (marks.size === 0) reading.delete(storeKey)
    }
  }

  function unseal(ticket: Ticket, record: SessionRecord): SessionContent | undefined {
    const plain = sealer.unseal(record.sealed, ticket.key, placeOf(ticket, record))
    return plain && decodeContent(plain, ticket.storeKey)
  }

  function open(ticket: Ticket, record: SessionRecord, content: SessionContent): OpenSession {
    const { seenAt, idleAt } = record
    // What has been opened need not be kept sealed beside it.
    const facts = { ...record, sealed: NOTHING }
    return { ticket, record: facts, content, seenAt, idleAt, touchedAt: seenAt }
  }

  function sealed(ticket: Ticket, record: Omit<SessionRecord, 'sealed'>, content: SessionContent) {
    return {
      ...record,
      sealed: sealer.seal(encodeContent(content), ticket.key, placeOf(ticket, record)),
    }
  }

  function endFor(createdAt: number, refreshExpiresAt: number | undefined): number {
    return Math.min(createdAt + lifetimeMs, refreshExpiresAt ?? Infinity)
  }

  async function find(ticket: Ticket, again = false): Promise<FoundSession> {
    const now = clock.now()
    const known = near.get(ticket)
    const { value: record, mark } = await readFresh(ticket.storeKey, () =>
      store.get(ticket.storeKey),
    )
    if (!record) {
      near.drop(ticket.storeKey)
      return { kind: 'absent' }
    }
    // Touches reach the store late; what this process saw itself counts too.
    const latest =
      known && known.idleAt > record.idleAt ? { ...record, idleAt: known.idleAt } : record
    const state = stateOf(latest, now)
    if (state === 'ended') {
      near.drop(ticket.storeKey)
      return { kind: 'ended', reason: record.reason ?? 'signed_out' }
    }
    const content = unseal(ticket, record)
    if (!content) {
      if (!again) return find(ticket, true)
      events.unsealable(ticket.storeKey)
      return { kind: 'unsealable' }
    }
    if (state !== 'active') return { kind: state }
    const session = open(ticket, latest, content)
    if (!mark.stale) near.put(session)
    return { kind: 'active', session }
  }

  return {
    near(ticket) {
      const session = near.get(ticket)
      if (!session) return undefined
      const now = clock.now()
      if (now - store.provenAt > PROOF_MS) return undefined
      if (now >= session.idleAt || now >= session.record.endsAt) return undefined
      return session
    },

    find,

    async start(details) {
      const now = clock.now()
      const ticket = createTicket(random)
      const endsAt = endFor(now, details.tokens.refreshExpiresAt)
      const content: SessionContent = {
        ...(details.name === undefined ? {} : { name: details.name }),
        claims: details.claims,
        tokens: { [details.provider]: brandTokens(details.tokens, ticket.storeKey) },
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
      const record = sealed(ticket, facts, content)
      await store.add(ticket.storeKey, record)
      const session = open(ticket, record, content)
      near.put(session)
      return session
    },

    async extend(session, provider, tokens) {
      const ticket = createTicket(random)
      const owned: Record<string, TokenSet> = {}
      const all = { ...session.content.tokens, [provider]: tokens }
      for (const [name, set] of Object.entries(all)) owned[name] = brandTokens(set, ticket.storeKey)
      const content = { ...session.content, tokens: owned }
      const { seenAt, idleAt } = session
      const record = sealed(ticket, { ...session.record, revision: 1, seenAt, idleAt }, content)
      // The new one first, so that a crash in between loses nothing; of two sign-ins at once only
      // the one that ends the old session may carry it on.
      await store.add(ticket.storeKey, record)
      near.drop(session.ticket.storeKey)
      if (!(await store.delete(session.ticket.storeKey, 'replaced', clock.now()))) {
        await store.delete(ticket.storeKey, 'replaced', clock.now())
        return undefined
      }
      const extended = open(ticket, record, content)
      near.put(extended)
      return extended
    },

    async replaceTokens(session, provider, tokens) {
      const { ticket } = session
      let base = { record: session.record, content: session.content }
      for (;;) {
        const { [provider]: standing, ...others } = base.content.tokens
        const wanted = typeof tokens === 'function' ? tokens(standing) : tokens
        const set = wanted && brandTokens(wanted, ticket.storeKey)
        const content = { ...base.content, tokens: set ? { ...others, [provider]: set } : others }
        const { seenAt, idleAt, record: known } = session
        const { createdAt, endsAt: end } = base.record
        // A renewed refresh token moves the end of the session that lives by it, never past its lifetime.
        const endsAt =
          set && provider === known.provider ? endFor(createdAt, set.refreshExpiresAt) : end
        const revision = base.record.revision + 1
        const record = sealed(ticket, { ...base.record, revision, seenAt, idleAt, endsAt }, content)
        // What is in memory goes by the store's own event; the next request reads what stands there by then.
        if (await store.replace(ticket.storeKey, record)) {
          near.drop(ticket.storeKey)
          return { kind: 'replaced', session: open(ticket, record, content) }
        }
        near.drop(ticket.storeKey)
        const current = await store.get(ticket.storeKey)
        if (!current) return { kind: 'absent' }
        if (current.state === 'ended') {
          return { kind: 'ended', reason: current.reason ?? 'signed_out' }
        }
        const currentContent = unseal(ticket, current)
        if (!currentContent) {
          events.unsealable(ticket.storeKey)
          return { kind: 'absent' }
        }
        base = { record: current, content: currentContent }
      }
    },

    async end(storeKey, reason) {
      near.drop(storeKey)
      const ended = await store.delete(storeKey, reason, clock.now())
      near.drop(storeKey)
      return ended !== undefined
    },

    async signOut(ticket) {
      near.drop(ticket.storeKey)
      const record = await store.delete(ticket.storeKey, 'signed_out', clock.now())
      near.drop(ticket.storeKey)
      const content = record && unseal(ticket, record)
      return content && open(ticket, record, content)
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
      return near.size
    },

    close() {
      unsubscribe()
      near.clear()
    },
  }
}

function placeOf(ticket: Ticket, record: Omit<SessionRecord, 'sealed'>) {
  return { storeKey: ticket.storeKey, revision: record.revision, endsAt: record.endsAt }
}
