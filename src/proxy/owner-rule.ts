// Whose data an answer says it holds, by a route's own rule, against whose call it was. Pure.
import type { OwnerConfig } from '../config/config.ts'
import type { OpenSession } from '../session/session.ts'
import { readJson } from '../tokens/json.ts'
import { valueAt } from '../tokens/pointer.ts'
import type { TokenSet } from '../tokens/token-set.ts'

/** Up to here, and of known length, an answer waits in memory until its owner has been read. */
export const CHECKED_BYTES = 64 * 1024

/** What the rule expects of this session's answers; undefined where nobody can tell. */
export function expectedOwner(
  { is }: OwnerConfig,
  { record, content }: OpenSession,
  tokens: TokenSet | undefined,
  provider: string | undefined,
): string | undefined {
  switch (is) {
    case 'sub':
      return tokens?.sub ?? (provider === record.provider ? record.sub : undefined)
    case 'name':
      return content.name
    default:
      return textOf(content.claims[is])
  }
}

/** The value of the header that tells the owner; undefined where it is missing. `lower`: its name in lower case. */
export function ownerInHeaders(raw: readonly string[], lower: string): string | undefined {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string
    if (name.length === lower.length && name.toLowerCase() === lower) return raw[i + 1]
  }
  return undefined
}

/** The value that stands at `pointer` in a JSON body; undefined where there is none, or none that names anybody. */
export function ownerInBody(body: Buffer, pointer: string): string | undefined {
  return textOf(valueAt(readJson(body.toString()), pointer))
}

/** Whether the owner of such an answer can be read before any of it has gone on: JSON, plain, small, of known length. */
export function isReadable(
  method: string | undefined,
  status: number,
  raw: readonly string[],
): boolean {
  if (method === 'HEAD' || status === 204 || status === 304) return false
  let length: string | undefined
  let json = false
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase()
    const value = raw[i + 1] as string
    if (name === 'content-length') length = value
    else if (name === 'content-encoding' && value.toLowerCase() !== 'identity') return false
    else if (name === 'content-type') json = /^application\/([\w.-]+\+)?json\b/i.test(value)
  }
  return json && length !== undefined && /^\d{1,5}$/.test(length) && within(Number(length))
}

function within(length: number): boolean {
  return length > 0 && length <= CHECKED_BYTES
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value
  return typeof value === 'number' ? String(value) : undefined
}
