// What a tester asks a session to be, as changes to its one record. Pure.
import { YOUNG_MS } from '../tokens/authorize.ts'
import type { TokenSet } from '../tokens/token-set.ts'
import { type Change, idleEarlier, mapTokens, type Opened } from './clock.ts'

export const benchStates = [
  'fresh',
  'access-expired',
  'refresh-expired',
  'revoked-upstream',
  'idle',
  'ending',
] as const

export type BenchState = (typeof benchStates)[number]

/** What is left of a session that is `ending`. */
export const ENDING_MS = 60_000

/** `fresh` changes nothing: new tokens come from a sign-in. */
export function changeTo(state: BenchState, opened: Opened, now: number): Change {
  const { record, content } = opened
  const { sealed: _, ...facts } = record
  const withTokens = (change: (tokens: TokenSet) => TokenSet): Change => ({
    facts,
    content: { ...content, tokens: mapTokens(content, change) },
  })
  switch (state) {
    case 'fresh':
      return { facts, content }
    case 'access-expired':
      return withTokens((tokens) => ({ ...tokens, accessExpiresAt: now }))
    case 'refresh-expired':
      return withTokens((tokens) => ({ ...withBroken(tokens, 'refresh'), accessExpiresAt: now }))
    case 'revoked-upstream':
      return withTokens((tokens) => ({
        ...withBroken(withBroken(tokens, 'refresh'), 'access'),
        // Of a younger token the gateway would not believe its upstream that it has gone bad.
        issuedAt: Math.min(tokens.issuedAt, now - YOUNG_MS - 1),
      }))
    case 'idle':
      return {
        facts: { ...facts, ...idleEarlier(facts, Math.max(0, facts.idleAt - now)) },
        content,
      }
    case 'ending':
      return { facts: { ...facts, endsAt: Math.min(facts.endsAt, now + ENDING_MS) }, content }
  }
}

function withBroken(tokens: TokenSet, name: 'access' | 'refresh'): TokenSet {
  const token = tokens[name]
  return token === undefined ? tokens : { ...tokens, [name]: broken(token) }
}

/** The same but for one character, in the middle of what a JWT is signed with (RFC 7515, 7.1). */
export function broken(token: string): string {
  const from = token.lastIndexOf('.') + 1
  const at = from + Math.floor((token.length - from) / 2)
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
}
