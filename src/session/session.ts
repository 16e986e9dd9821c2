// What a session is, and what state it is in at a given moment. Pure.
import type { Brand } from '../lib/brand.ts'
import type { TokenSet } from '../tokens/token-set.ts'
import type { Ticket } from './ticket.ts'

/** SHA-256 of a session id, base64url (43 characters): the only name a store ever sees. */
export type StoreKey = Brand<string, 'StoreKey'>

/** 256 random bits, base64url (43 characters): names a session; never leaves the ticket. */
export type SessionId = Brand<string, 'SessionId'>

/** 256 random bits, base64url (43 characters): opens one session's record; never leaves the ticket. */
export type SessionKey = Brand<string, 'SessionKey'>

export type SessionState = 'pending' | 'active' | 'idle' | 'ended'

/** Why a session ended; shown to the browser as `reason`. */
export type EndReason =
  | 'signed_out'
  | 'replaced'
  | 'revoked'
  | 'refresh_refused'
  | 'token_expired'
  | 'upstream_refused'
  | 'owner_changed'
  | 'leak_prevented'
  /** Of a sign-in by a link that never became a session. */
  | 'sign_in_refused'
  | 'sign_in_late'
  | 'sign_in_unreadable'

/** What a store holds for one session. Everything here but `sealed` is readable by whoever reads the store. */
export interface SessionRecord {
  readonly version: 1
  /** 1 when added; every replacement is one higher. */
  readonly revision: number
  /** `idle` is never stored: it follows from `idleAt`. */
  readonly state: 'pending' | 'active' | 'ended'
  /** Present exactly when `state` is `ended`. */
  readonly reason?: EndReason
  /** The provider the session was first signed in at. */
  readonly provider: string
  /** Who the session is for, at `provider`. */
  readonly sub: string
  /** The provider's own name for its session, where it tells one. */
  readonly providerSid?: string
  /** Harmless public name. */
  readonly ref: string
  /** Browser and system in a few words, from the sign-in's User-Agent. */
  readonly device: string
  readonly createdAt: number
  readonly seenAt: number
  /** From this moment on the session is idle. */
  readonly idleAt: number
  /** From this moment on the record is gone. */
  readonly endsAt: number
  /** The sealed `SessionContent`; empty once ended. */
  readonly sealed: Uint8Array
}

/** What only the ticket opens. */
export interface SessionContent {
  readonly name?: string
  readonly claims: Readonly<Record<string, unknown>>
  /** By provider. */
  readonly tokens: Readonly<Record<string, TokenSet>>
}

/** A session while its browser's request, or a live connection of its own, is in hand. */
export interface OpenSession {
  readonly ticket: Ticket
  readonly record: SessionRecord
  readonly content: SessionContent
  /** Ahead of the record's by what this process has seen since; moved by `Sessions.see` only. */
  seenAt: number
  idleAt: number
  /** When the store was last told. */
  touchedAt: number
}

/** The state of `record` at `now`; a record past `endsAt` counts as ended. */
export function stateOf(record: SessionRecord, now: number): SessionState {
  if (now >= record.endsAt) return 'ended'
  if (record.state === 'pending') return 'pending'
  // A word that only a later version knows lets nobody in.
  if (record.state !== 'active') return 'ended'
  return now >= record.idleAt ? 'idle' : 'active'
}

/** What an ended session leaves behind: facts and the reason, until its old end, a day at most. */
export function tombstoneOf(record: SessionRecord, reason: EndReason, now: number): SessionRecord {
  return {
    ...record,
    revision: record.revision + 1,
    state: 'ended',
    reason,
    endsAt: Math.min(record.endsAt, now + TOMBSTONE_MS),
    sealed: new Uint8Array(0),
  }
}

const TOMBSTONE_MS = 24 * 60 * 60 * 1000
