// Whose data an answer says it holds, by a route's own rule, against whose call it was. Pure.
import type { OwnerConfig } from '../config/config.ts'
import { canDecode, decoded, IDENTITY } from '../lib/content-coding.ts'
import { headersOf } from '../lib/flat-headers.ts'
import type { OpenSession } from '../session/session.ts'
import { readJson } from '../tokens/json.ts'
import { valueAt } from '../tokens/pointer.ts'
import type { TokenSet } from '../tokens/token-set.ts'

/** Up to here an answer waits in memory until its owner has been read, and so many bytes of it are read as text. */
export const CHECKED_BYTES = 64 * 1024

/** A number may be more than a double holds: only such a text is read digit by digit, which takes ten times as long. */
const LONG_NUMBER = /\d{16}/

/** Why nobody can tell whose an answer is. */
export type Unchecked =
  /** It has no content, or is no success: it need not name anybody. */
  | 'says_nothing'
  | 'compressed'
  | 'not_json'
  | 'too_long'
  /** The header or field is not there, or empty. */
  | 'no_owner'
  /** The session does not say what should stand there. */
  | 'not_known'

/** Whether an answer of this status names its owner where a rule says. An error may name itself there. */
export function tellsOwner(status: number): boolean {
  return status >= 200 && status <= 299
}

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

/** Every value of the header that tells the owner: who reads it may take any. `lower`: its name in lower case. */
export function ownersInHeaders(raw: readonly string[], lower: string): string[] {
  return headersOf(raw, lower).filter((value) => value !== '')
}

/** The value that stands at `pointer` in a JSON body; undefined where there is none, or none that names anybody. */
export function ownerInBody(body: Buffer, pointer: string): string | undefined {
  // Browsers read past a byte order mark.
  const text = body.toString().replace(/^\ufeff/, '')
  return textOf(valueAt(LONG_NUMBER.test(text) ? readJson(text) : parsed(text), pointer))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The body as it reads; or why it cannot be read. `raw`: the headers it came with. */
export function plainBody(raw: readonly string[], body: Buffer): Buffer | Unchecked {
  if (body.length === 0) return 'says_nothing'
  return decoded(body, codingIn(raw), CHECKED_BYTES)
}

/** Whether the owner of such an answer can be read before any of it has gone on: JSON, small as far as is known. */
export function readable(
  method: string | undefined,
  status: number,
  raw: readonly string[],
): 'readable' | Unchecked {
  if (method === 'HEAD' || status === 101 || status === 204 || status === 304) return 'says_nothing'
  let length: number | undefined
  let json = false
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase()
    const value = raw[i + 1] as string
    if (name === 'content-length') length = Number(value)
    else if (name === 'content-type') json ||= isJsonType(value)
  }
  if (length === 0) return 'says_nothing'
  if (!json) return 'not_json'
  if (length !== undefined && !(length <= CHECKED_BYTES)) return 'too_long'
  return canDecode(codingIn(raw)) ? 'readable' : 'compressed'
}

/** One JSON text; what comes as a sequence of them must not wait for its end. */
function isJsonType(value: string): boolean {
  return (
    /^(application|text)\/([^;,\s]+\+)?json\s*(;|$)/i.test(value) &&
    !/^application\/stream\+/i.test(value)
  )
}

function codingIn(raw: readonly string[]): string {
  const values = headersOf(raw, 'content-encoding').map((value) => value.trim().toLowerCase())
  return values.filter((value) => value !== '' && value !== IDENTITY).join(', ') || IDENTITY
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value
  return typeof value === 'number' ? String(value) : undefined
}
