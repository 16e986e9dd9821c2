// What one provider issued for one session. Pure.
import type { StoreKey } from '../session/session.ts'

export interface TokenSet {
  /** Store key of the session these tokens were unsealed for: the brand that the guard compares. Never sealed. */
  readonly owner: StoreKey
  readonly access: string
  /** Absent when nobody could tell. */
  readonly accessExpiresAt?: number
  readonly refresh?: string
  readonly refreshExpiresAt?: number
  readonly id?: string
  readonly issuedAt: number
  /** Who they were issued for, as their own provider names them; absent when it did not tell. */
  readonly sub?: string
}

/** A token set before it belongs to a session. */
export type IssuedTokens = Omit<TokenSet, 'owner'>

/** Hands tokens to the one session they were issued for. */
export function brandTokens(tokens: IssuedTokens, owner: StoreKey): TokenSet {
  return { ...tokens, owner }
}
