// Whose token is whose, for the bench's upstream: every token is issued here, and looked up whole.
import { randomBytes } from 'node:crypto'

export interface Issued {
  readonly name: string
  readonly access: string
  readonly refresh: string
}

export interface Owners {
  issue(name: string): Issued
  /** Whose credential (`Bearer …`) this is; undefined when it was not issued here. */
  of(credential: string): string | undefined
}

const LIFE_SECONDS = 12 * 3600

export function createOwners(): Owners {
  const byCredential = new Map<string, string>()
  return {
    of: (credential) => byCredential.get(credential),
    issue(name) {
      const access = tokenFor(name, 'access')
      byCredential.set(`Bearer ${access}`, name)
      return { name, access, refresh: tokenFor(name, 'refresh') }
    },
  }
}

/** A JWT in every way but that nobody checks its signature. */
function tokenFor(name: string, type: string): string {
  const iat = Math.floor(Date.now() / 1000)
  const jti = randomBytes(16).toString('hex')
  const claims = { identity: name, type, jti, iat, exp: iat + LIFE_SECONDS }
  const parts = [{ alg: 'HS256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  return [...parts, randomBytes(32).toString('base64url')].join('.')
}
