// Content as bytes and back. What comes back is branded with the store key it was unsealed for. Pure.
import { brandTokens, type IssuedTokens } from '../tokens/token-set.ts'
import type { SessionContent, StoreKey } from './session.ts'

export function encodeContent(content: SessionContent): Uint8Array {
  const tokens: Record<string, IssuedTokens> = {}
  for (const [provider, { owner, ...issued }] of Object.entries(content.tokens)) {
    tokens[provider] = issued
  }
  return Buffer.from(JSON.stringify({ name: content.name, claims: content.claims, tokens }))
}

/** `bytes` must have been unsealed: only we could have written them. */
export function decodeContent(bytes: Buffer, owner: StoreKey): SessionContent {
  const { name, claims, tokens } = JSON.parse(bytes.toString('utf8'))
  const branded = Object.entries<IssuedTokens>(tokens).map(
    ([provider, issued]) => [provider, brandTokens(issued, owner)] as const,
  )
  return {
    ...(name === undefined ? {} : { name }),
    claims,
    tokens: Object.fromEntries(branded),
  }
}
