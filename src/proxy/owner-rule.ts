// Whose data an answer says it holds, by a route's own rule, against whose call it was. Pure.
import type { OwnerConfig } from '../config/config.ts'
import { codingsIn, decoded, isKnownCoding } from '../lib/content-coding.ts'
import { headerOf, headersOf } from '../lib/flat-headers.ts'
import { parseJson } from '../lib/parse-json.ts'
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
    return parseJson(text)
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
  const said = headerOf(raw, 'content-length')
  const length = said === undefined ? undefined : Number(said)
  if (length === 0) return 'says_nothing'
  const types = headersOf(raw, 'content-type')
  const isLikely = types.some(isJsonType) || (length !== undefined && !types.some(isOtherType))
  if (!isLikely) return 'not_json'
  return length === undefined || length <= CHECKED_BYTES ? 'readable' : 'too_long'
}

/** One JSON text; what comes as a sequence of them must not wait for its end. */
function isJsonType(value: string): boolean {
  return (
    /^(application|text)\/([^;,\s]+\+)?json\s*(;|$)/i.test(value) &&
    !/^application\/stream\+/i.test(value)
  )
}

/** Pages read JSON out of whatever they are given (Fetch, 5.3); nobody sends it as one of these. */
function isOtherType(value: string): boolean {
  return /^(image|audio|video|font|multipart)\/|^text\/event-stream\b|octet-stream/i.test(value)
}

/** As browsers take it: they pass over a name that they do not know. */
function codingIn(raw: readonly string[]): string {
  const header = headersOf(raw, 'content-encoding').join()
  return codingsIn(header).filter(isKnownCoding).join()
}

/** What it begins with, behind a byte order mark and white space (RFC 8259, 2 and 8.1). */
export function beginsAsJson(body: Buffer): boolean {
  let at = body.toString('latin1', 0, 3) === '\u00ef\u00bb\u00bf' ? 3 : 0
  while (BLANKS.has(body[at] ?? -1)) at++
  return /["[{\d-]/.test(String.fromCharCode(body[at] ?? 0))
}

const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d])

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value
  return typeof value === 'number' ? String(value) : undefined
}
