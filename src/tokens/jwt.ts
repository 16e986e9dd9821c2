// Reads what a JWT says about itself. Never verifies it: only for a token straight from its issuer. Pure.
import { isJsonObject, readJson } from './json.ts'

export type Claims = Readonly<Record<string, unknown>>

/** The claims of a signed JWT (RFC 7519, compact form, RFC 7515 section 7.1); `undefined` for anything else. */
export function jwtClaims(token: string): Claims | undefined {
  const parts = token.split('.', 4)
  const [, payload = ''] = parts
  if (parts.length !== 3 || !/^[A-Za-z0-9_-]+$/.test(payload)) return undefined
  const claims = readJson(Buffer.from(payload, 'base64url').toString())
  return isJsonObject(claims) ? claims : undefined
}
