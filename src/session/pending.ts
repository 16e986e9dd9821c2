// Sessions that are not one yet: begun by a browser, settled once by whoever checks the sign-in, taken over by that same
// browser alone. Nothing of them signs anybody in.
import { hkdfSync } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { IssuedTokens } from '../tokens/token-set.ts'
import { createEnvelopes, ownedBy } from './envelope.ts'
import type { FoundSession } from './find.ts'
import type { PendingBox } from './pending-box.ts'
import { readOutcome, writeOutcome } from './pending-outcome.ts'
import type { Sealer } from './seal.ts'
import type { EndReason, SessionRecord, StoreKey } from './session.ts'
import type { SessionStore } from './store.ts'
import { createRef, createTicket, parseTicket, type Ticket } from './ticket.ts'

/** Why a pending sign-in came to nothing. */
export type Refusal = Extract<EndReason, 'sign_in_refused' | 'sign_in_late' | 'sign_in_unreadable'>

/** Whom a pending session turned out to be for. */
export interface Settled {
  readonly provider: string
  readonly sub: string
  readonly name?: string
  /** Only those that may be shown. */
  readonly claims: Readonly<Record<string, unknown>>
  readonly providerSid?: string
  readonly tokens: IssuedTokens
}

export type Outcome = { readonly kind: 'signed_in'; readonly who: Settled } | Refused
interface Refused {
  readonly kind: 'refused'
  readonly reason: Refusal
}

export type PendingView =
  /** `mark`: what `start` was given; `until`: epoch ms from which on it is too late. */
  | { readonly kind: 'waiting'; readonly until: number; readonly mark: unknown }
  /** It can be taken over; `again`: it has been, a moment ago, and the answer may have been lost. */
  | { readonly kind: 'ready'; readonly again: boolean }
  | { readonly kind: 'ended'; readonly reason: EndReason }
  | { readonly kind: 'absent' }
  /** The store's bytes do not open with this ticket. */
  | { readonly kind: 'unsealable' }

export interface PendingSessions {
  /** Durable when it resolves. */
  start(details: {
    readonly provider: string
    readonly withinMs: number
    readonly device: string
    readonly mark: string
  }): Promise<StartedPending>
  /** Rejects with StoreUnreachableError only. */
  look(ticket: Ticket): Promise<PendingView>
  /** Whether anybody still waits for the outcome: neither settled, nor ended, nor late. */
  open(storeKey: StoreKey): Promise<'open' | 'late' | 'settled' | 'absent'>
  /** Puts the outcome in, for the browser alone to read; once. `late` only for a sign-in, never for a refusal. */
  settle(
    storeKey: StoreKey,
    publicKey: Uint8Array,
    outcome: Outcome,
  ): Promise<'settled' | 'late' | 'settled_before' | 'absent'>
  /** The session that it became, under another id; the same for however often it is asked. */
  adopt(ticket: Ticket): Promise<FoundSession>
  /** The browser lets go of it. */
  end(ticket: Ticket, reason: EndReason): Promise<void>
}

export interface StartedPending {
  readonly ticket: Ticket
  readonly publicKey: Buffer
  readonly until: number
  readonly endsAt: number
}

export interface PendingSessionsOptions {
  readonly store: SessionStore
  readonly sealer: Sealer
  readonly box: PendingBox
  readonly clock: Clock
  readonly random: Random
  readonly idleMs: number
  readonly lifetimeMs: number
  /** The session under this ticket, as the store has it. */
  readonly find: (ticket: Ticket) => Promise<FoundSession>
}

/** The browser has so long to come back for what was settled. */
const COLLECT_MS = 10 * 60_000
/** An answer that was lost on its way to the browser can be asked for again for so long. */
const AGAIN_MS = 30_000

const BEGUN = 1
const SETTLED = 2

export function createPendingSessions(options: PendingSessionsOptions): PendingSessions {
  const { store, box, clock, random, idleMs, lifetimeMs, find } = options
  const envelopes = createEnvelopes(options.sealer)

  /** The record, where it is one of these and somebody may still do something with it. */
  async function read(key: StoreKey): Promise<SessionRecord | EndReason | undefined> {
    const record = await store.get(key)
    if (!record) return undefined
    if (record.state === 'ended') return record.reason ?? 'signed_out'
    return record.state === 'pending' ? record : undefined
  }

  function outcomeIn(ticket: Ticket, { sealed }: SessionRecord): Outcome | undefined {
    const plain = box.open(sealed, ticket.key)
    return plain && readOutcome(plain, ticket.storeKey)
  }

  async function view(
    ticket: Ticket,
  ): Promise<{ view: PendingView; record?: SessionRecord; who?: Settled }> {
    const record = await read(ticket.storeKey)
    if (record === undefined) return { view: { kind: 'absent' } }
    if (typeof record === 'string') return { view: { kind: 'ended', reason: record } }
    if (record.revision > SETTLED) return { view: { kind: 'ready', again: true }, record }
    if (record.revision === SETTLED) {
      const outcome = outcomeIn(ticket, record)
      if (!outcome) return { view: { kind: 'unsealable' } }
      return outcome.kind === 'refused'
        ? { view: { kind: 'ended', reason: outcome.reason } }
        : { view: { kind: 'ready', again: false }, record, who: outcome.who }
    }
    const content = envelopes.unseal(ticket, record)
    if (!content) return { view: { kind: 'unsealable' } }
    const until = record.idleAt
    if (clock.now() >= until) return { view: { kind: 'ended', reason: 'sign_in_late' } }
    return { view: { kind: 'waiting', until, mark: content.claims.mark } }
  }

  async function begin(ticket: Ticket, who: Settled, { device }: SessionRecord): Promise<void> {
    const now = clock.now()
    const endsAt = Math.min(now + lifetimeMs, who.tokens.refreshExpiresAt ?? Infinity)
    const { provider, sub, providerSid, name, claims } = who
    const facts = {
      version: 1 as const,
      revision: 1,
      state: 'active' as const,
      provider,
      sub,
      ...(providerSid === undefined ? {} : { providerSid }),
      ref: createRef(random),
      device,
      createdAt: now,
      seenAt: now,
      idleAt: Math.min(now + idleMs, endsAt),
      endsAt,
    }
    const tokens = ownedBy(ticket.storeKey, { [provider]: { ...who.tokens, sub } })
    const content = { ...(name === undefined ? {} : { name }), claims, tokens }
    // Of several requests that come at once, the first one's stands; the others find it.
    await store.add(ticket.storeKey, envelopes.seal(ticket, facts, content))
  }

  return {
    async start({ provider, withinMs, device, mark }) {
      const now = clock.now()
      const ticket = createTicket(random)
      const until = now + withinMs
      const endsAt = until + COLLECT_MS
      const facts = {
        version: 1 as const,
        revision: BEGUN,
        state: 'pending' as const,
        provider,
        sub: '',
        ref: createRef(random),
        device,
        createdAt: now,
        seenAt: now,
        idleAt: until,
        endsAt,
      }
      const record = envelopes.seal(ticket, facts, { claims: { mark }, tokens: {} })
      await store.add(ticket.storeKey, record)
      return { ticket, publicKey: box.publicKeyOf(ticket.key), until, endsAt }
    },

    look: async (ticket) => (await view(ticket)).view,

    async open(storeKey) {
      const record = await read(storeKey)
      if (record === undefined || typeof record === 'string') return 'absent'
      if (record.revision !== BEGUN) return 'settled'
      return clock.now() < record.idleAt ? 'open' : 'late'
    },

    async settle(storeKey, publicKey, outcome) {
      const record = await read(storeKey)
      if (record === undefined || typeof record === 'string') return 'absent'
      if (record.revision !== BEGUN) return 'settled_before'
      if (outcome.kind === 'signed_in' && clock.now() >= record.idleAt) return 'late'
      const named =
        outcome.kind === 'signed_in'
          ? { provider: outcome.who.provider, sub: outcome.who.sub }
          : undefined
      const sid = outcome.kind === 'signed_in' ? outcome.who.providerSid : undefined
      const sealed = box.seal(writeOutcome(outcome, storeKey), publicKey)
      const settled = await store.replace(storeKey, {
        ...record,
        ...named,
        ...(sid === undefined ? {} : { providerSid: sid }),
        revision: SETTLED,
        sealed,
      })
      if (!settled) return 'settled_before'
      if (outcome.kind === 'refused') await store.delete(storeKey, outcome.reason, clock.now())
      return 'settled'
    },

    async adopt(ticket) {
      const { view: is, record, who } = await view(ticket)
      if (is.kind === 'ended') return is
      if (is.kind === 'absent' || is.kind === 'unsealable') return is
      if (is.kind === 'waiting' || !record) return { kind: 'pending' }
      const next = nextTicket(ticket)
      if (who) {
        await begin(next, who, record)
        const now = clock.now()
        const endsAt = Math.min(record.endsAt, now + AGAIN_MS)
        const taken = { ...record, revision: SETTLED + 1, endsAt, sealed: new Uint8Array(0) }
        if (!(await store.replace(ticket.storeKey, taken))) {
          // Ended meanwhile, by an operator perhaps: then what it became ends as well.
          const left = await read(ticket.storeKey)
          if (typeof left !== 'object') await store.delete(next.storeKey, left ?? 'revoked', now)
        }
      }
      return find(next)
    },

    async end({ storeKey }, reason) {
      if (typeof (await read(storeKey)) === 'object') {
        await store.delete(storeKey, reason, clock.now())
      }
    },
  }
}

/** The id and key of the session that a pending one becomes: for nobody to know but who has the pending one's. */
function nextTicket({ id, key }: Ticket): Ticket {
  const bytes = hkdfSync(
    'sha256',
    Buffer.from(key, 'base64url'),
    Buffer.from(id, 'base64url'),
    'coatcheck adopted',
    64,
  )
  const ticket = parseTicket(Buffer.from(bytes).toString('base64url'))
  if (!ticket) throw new Error('64 bytes are a ticket')
  return ticket
}
