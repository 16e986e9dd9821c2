// Moves one session's times, and nobody else's: through the store's compare-and-set, so that every process sees it.
import { ProblemError } from '../errors.ts'
import type { Envelopes, SessionFacts } from '../session/envelope.ts'
import type { NearCache } from '../session/near.ts'
import type { SessionContent, SessionRecord } from '../session/session.ts'
import type { SessionStore } from '../session/store.ts'
import type { Ticket } from '../session/ticket.ts'
import type { TokenSet } from '../tokens/token-set.ts'
import { aheadMs, deviceAhead } from './clock-store.ts'

/** A record and what is in it. */
export interface Opened {
  readonly record: SessionRecord
  readonly content: SessionContent
}

/** As it stands; `content` is absent once it has ended. */
export interface FoundRecord {
  readonly record: SessionRecord
  readonly content: SessionContent | undefined
}

export interface Change {
  readonly facts: SessionFacts
  readonly content: SessionContent
}

export interface RecordClock {
  /** With what this process has seen since. */
  read(ticket: Ticket): Promise<FoundRecord | undefined>
  /**
   * `change` is asked anew for each try. Resolves to what stands there then; undefined where none is live. Rejects with
   * `session_changed` where somebody else was quicker every time.
   */
  change(ticket: Ticket, change: (opened: Opened) => Change): Promise<Opened | undefined>
}

export interface RecordClockOptions {
  /** Made by `createClockStore`. */
  readonly store: SessionStore
  readonly near: NearCache
  readonly envelopes: Envelopes
}

const TRIES = 8
const BUSY = 'This session is being changed all the time: try again'

export function createRecordClock({ store, near, envelopes }: RecordClockOptions): RecordClock {
  async function read(ticket: Ticket) {
    const there = await store.get(ticket.storeKey)
    if (!there) return undefined
    const known = near.get(ticket)
    // Touches reach the store late.
    const record =
      known && known.idleAt > there.idleAt
        ? { ...there, seenAt: known.seenAt, idleAt: known.idleAt }
        : there
    const content = record.state === 'ended' ? undefined : envelopes.unseal(ticket, record)
    return { record, content }
  }

  return {
    read,
    async change(ticket, change) {
      for (let tries = 0; tries < TRIES; tries++) {
        const found = await read(ticket)
        if (!found?.content) return undefined
        const { record, content } = found
        const { facts, content: next } = change({ record, content })
        const written = envelopes.seal(ticket, { ...facts, revision: record.revision + 1 }, next)
        const replaced = await store.replace(ticket.storeKey, written)
        // By event too, where somebody else has it in memory.
        near.drop(ticket.storeKey)
        if (replaced) return { record: written, content: next }
      }
      throw new ProblemError('session_changed', { detail: BUSY })
    },
  }
}

/** As it would be had `ms` gone by for this session alone. An end that lies behind it then is `now`. */
export function advanced({ record, content }: Opened, ms: number, now: number): Change {
  const { sealed: _, ...facts } = record
  return {
    facts: {
      ...facts,
      createdAt: record.createdAt - ms,
      endsAt: Math.max(now, record.endsAt - ms),
      ...idleEarlier(record, ms),
    },
    content: { ...content, tokens: mapTokens(content, (tokens) => earlier(tokens, ms)) },
  }
}

/** The idle deadline alone, `ms` earlier. */
export function idleEarlier(record: SessionFacts, ms: number) {
  return {
    seenAt: record.seenAt - ms,
    idleAt: record.idleAt - ms,
    device: deviceAhead(record.device, aheadMs(record) + ms),
  }
}

export function mapTokens(
  { tokens }: SessionContent,
  map: (tokens: TokenSet, provider: string) => TokenSet,
): Record<string, TokenSet> {
  const mapped: Record<string, TokenSet> = {}
  for (const [provider, set] of Object.entries(tokens)) mapped[provider] = map(set, provider)
  return mapped
}

function earlier(tokens: TokenSet, ms: number): TokenSet {
  const { accessExpiresAt, refreshExpiresAt } = tokens
  return {
    ...tokens,
    issuedAt: tokens.issuedAt - ms,
    ...(accessExpiresAt === undefined ? {} : { accessExpiresAt: accessExpiresAt - ms }),
    ...(refreshExpiresAt === undefined ? {} : { refreshExpiresAt: refreshExpiresAt - ms }),
  }
}
