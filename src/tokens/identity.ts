// Says who a sign-in is for, from claims or from a profile. Pure.
import type { IdentityConfig } from '../config/config.ts'
import { isJsonObject } from './json.ts'
import type { Claims } from './jwt.ts'
import { plainText } from './plain-text.ts'
import { valueAt } from './pointer.ts'
import type { Identity } from './provider.ts'

export type ClaimsIdentity = Extract<IdentityConfig, { readonly claims: readonly string[] }>
export type CallIdentity = Exclude<IdentityConfig, ClaimsIdentity>

const MAX_SUB = 255
const MAX_NAME = 200

/** A non-empty string of at most 255 characters without control characters, or a whole number, as a string. */
export function subOf(value: unknown): string | undefined {
  if (Number.isSafeInteger(value)) return String(value)
  if (typeof value !== 'string' || value.trim() === '' || value.length > MAX_SUB) return undefined
  return /\p{Cc}/u.test(value) ? undefined : value
}

/**
 * From the first of `sources` that holds one of the configured claims; its other members become the claims.
 * A claim that begins with `/` is a JSON Pointer into the source.
 */
export function identityFromClaims(
  config: ClaimsIdentity,
  sources: readonly Claims[],
): Identity | undefined {
  for (const source of sources) {
    const sub = firstOf(config.claims, [source], subOf)
    if (sub === undefined) continue
    const name = firstOf(config.nameClaims, [source, ...sources], nameOf)
    return { sub, ...(name === undefined ? {} : { name }), claims: source }
  }
  return undefined
}

/** From the answer to a call with the access token. */
export function identityFromProfile(config: CallIdentity, profile: unknown): Identity | undefined {
  const sub = subOf(valueAt(profile, config.sub))
  if (sub === undefined) return undefined
  const name = config.name === undefined ? undefined : nameOf(valueAt(profile, config.name))
  const claims = isJsonObject(profile) ? profile : {}
  return { sub, ...(name === undefined ? {} : { name }), claims }
}

/** Where a sign-in answer tells about its user: at the top, or in a `user`. */
export function userPartsOf(document: unknown): Claims[] {
  const parts = ['', '/user', '/data/user'].map((pointer) => valueAt(document, pointer))
  return parts.filter(isJsonObject)
}

function nameOf(value: unknown): string | undefined {
  return plainText(value, MAX_NAME)
}

function firstOf(
  claims: readonly string[],
  sources: readonly Claims[],
  read: (value: unknown) => string | undefined,
): string | undefined {
  for (const source of sources) {
    for (const claim of claims) {
      const pointer = claim.startsWith('/') ? claim : undefined
      const value = pointer ? valueAt(source, pointer) : ownValue(source, claim)
      const found = read(value)
      if (found !== undefined) return found
    }
  }
  return undefined
}

function ownValue(source: Claims, claim: string): unknown {
  return Object.hasOwn(source, claim) ? source[claim] : undefined
}
