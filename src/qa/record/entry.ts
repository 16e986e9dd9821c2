// One call that passed → one line of a recording (HAR 1.2, and what a replay needs besides), with no secret in it.

import { STATUS_CODES } from 'node:http'
import type { OwnerConfig } from '../../config/config.ts'
import { decoded, IDENTITY } from '../../lib/content-coding.ts'
import type { CallSeen, SeenBody } from '../../proxy/observe.ts'
import type { OpenSession } from '../../session/session.ts'
import { isJsonObject, readJson } from '../../tokens/json.ts'
import { NOBODY } from '../run.ts'
import { createHeaderRedactor } from './redact-headers.ts'
import { createTextRedactor, labelOf } from './redact-text.ts'
import type { RedactedLine, RedactedPieces } from './redacted.ts'
import { RUN_LENGTH } from './runs.ts'
import type { SecretBook } from './secret-book.ts'
import { createWrittenBodies, type Written } from './written-bodies.ts'

export interface EntryOptions {
  readonly book: SecretBook
  /** Fields, headers and parameters that are secrets besides those that say so themselves. */
  readonly redact: readonly string[]
  readonly bodyBytes: number
  readonly personas: { of(seen: CallSeen): string | undefined }
  /** By a route's pattern. */
  readonly owners: ReadonlyMap<string, OwnerConfig>
}

/** Shorter passwords are looked for in the answer to them alone: they stand everywhere by chance. */
const LEAST_LATER = 6
const EMPTY = '""'
const NO_BODY: WrittenBody = { about: { type: '""', cut: false }, json: EMPTY }
/** Addresses without a query that are remembered as they are written. */
const MOST_PATHS = 4096
/** Of longer ones no body is remembered. */
const LONGEST_URL = 1024
/** Shorter ones are looked through as fast as they are compared. */
const LEAST_REMEMBERED = 512
/** Of bodies that are remembered as they came and as they are written. */
const MOST_BODY_BYTES = 16 * 1024 * 1024

/** `type`: as JSON. */
type WrittenBody = Written<{ readonly type: string; readonly cut: boolean }>

type Typed = ReadonlyArray<readonly [value: string, label: string]>

export function createEntries(options: EntryOptions): (seen: CallSeen) => RedactedLine {
  const piecesOf = createEntryPieces(options)
  return (seen) => piecesOf(seen).map(String).join('') as RedactedLine
}

export function createEntryPieces(options: EntryOptions): (seen: CallSeen) => RedactedPieces {
  const { book, redact, bodyBytes, personas, owners } = options
  const texts = createTextRedactor(book, redact)
  const ownerHeaders = [...owners.values()].flatMap((rule) =>
    'header' in rule ? [rule.header] : [],
  )
  const headers = createHeaderRedactor(texts, ownerHeaders)

  const whoOf = createWho()
  const isoOf = createIso()
  const written = createWrittenBodies<WrittenBody['about']>(MOST_BODY_BYTES)
  const plainPaths = new Set<string>()
  /** What was harmless before may be known as a secret. */
  let pathsLearned = 0
  const plainTypes = new Set([''])
  const ownerFacts = new Map(
    [...owners].map(([route, rule]) => [route, `,"_owner":${JSON.stringify(ruleOf(rule))}`]),
  )

  function urlOf({ origin, url }: CallSeen, who: string): string {
    if (pathsLearned !== book.learned) plainPaths.clear()
    pathsLearned = book.learned
    if (plainPaths.has(url)) return origin + url
    const shown = texts.url(url, who)
    if (shown === url && url.length < 256 && !url.includes('?') && plainPaths.size < MOST_PATHS)
      plainPaths.add(url)
    return origin + shown
  }

  function typeOf(type: string, who: string): string {
    if (plainTypes.has(type)) return type
    const shown = texts.inside(type, who)
    if (shown === type && type.length < 128 && plainTypes.size < MOST_PATHS) plainTypes.add(type)
    return shown
  }

  function bodyOf(
    { bytes, size }: SeenBody,
    flat: readonly string[],
    who: string,
    key: string | undefined,
    typed: Typed = [],
  ): WrittenBody {
    const type = headerOf(flat, 'content-type') ?? ''
    const coding = headerOf(flat, 'content-encoding')
    const body = { bytes, size, type, coding }
    const again = bytes.length < LEAST_REMEMBERED ? undefined : key
    const before = again && written.find(again, body, book.learned)
    if (before) return before
    const cut = size > bodyBytes
    const plain = plainOf(bytes, coding, { type, cut, bodyBytes })
    const safe = plain && texts.body(plain, type, who, cut)
    const text = safe && book.replaceThese(safe, typed)
    const result: WrittenBody = {
      about: { type: quoted(typeOf(type, who)), cut },
      json: text === undefined ? undefined : quoted(text),
    }
    if (again) written.keep(again, body, book.learned, result)
    return result
  }

  /** Of a sign-in nothing is kept but who it is for and where; what was typed is looked for in its answer too. */
  function signInOf(seen: CallSeen, who: string): { body: string; typed: Typed } {
    const fields = readJson(seen.requestBody.bytes.toString())
    const typed: Array<readonly [value: string, label: string]> = []
    const shown: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(isJsonObject(fields) ? fields : {})) {
      const isAccount = sameAccount(value, seen.signIn?.account)
      const harmless = name === 'provider' || (isAccount && !texts.isSecretName(name))
      const begun = seen.signIn?.begun !== undefined
      const label = labelOf(who, begun ? name : `wrong_${name}`)
      shown[name] = harmless ? (begun ? value : known(value)) : label
      // A password that is the account's name cannot be told from it anywhere else.
      if (harmless || isAccount || typeof value !== 'string') continue
      // What was refused is nobody's secret, and anybody may send it.
      if (value.length >= (begun ? LEAST_LATER : RUN_LENGTH)) book.add(value, label)
      if (value.length >= 4) typed.push([value, label])
    }
    return { body: JSON.stringify(shown), typed }
  }

  const known = (value: unknown) => (typeof value === 'string' ? texts.text(value) : value)

  /** Somebody typed a password where the account belongs. */
  function isNamedBySecret({ signIn, requestBody }: CallSeen): boolean {
    if (!signIn || signIn.begun) return false
    const fields = readJson(requestBody.bytes.toString())
    return Object.values(isJsonObject(fields) ? fields : {}).some(
      (value) => sameAccount(value, signIn.account) && known(value) !== value,
    )
  }

  return (seen) => {
    const persona = isNamedBySecret(seen) ? undefined : personas.of(seen)
    const who = persona ?? NOBODY
    const session = seen.signIn?.begun ?? seen.session
    for (const one of [seen.session, seen.signIn?.begun]) if (one) book.remember(one, who)
    const url = urlOf(seen, who)
    const query = url.indexOf('?')
    const signIn = seen.signIn && signInOf(seen, who)
    if (book.full)
      throw new Error('more passwords were typed than can be looked for in what passes')
    // What is typed at a sign-in may stand in the answer to it.
    const keyed = !signIn && seen.url.length < LONGEST_URL
    const key = keyed ? `${seen.method} ${seen.url} ${who}` : undefined
    const sent: WrittenBody = signIn
      ? { about: { type: '"application/json"', cut: false }, json: quoted(signIn.body) }
      : seen.requestBody.size === 0
        ? NO_BODY
        : bodyOf(seen.requestBody, seen.requestHeaders, who, key && `>${key}`)
    const got = bodyOf(seen.responseBody, seen.responseHeaders, who, key, signIn?.typed)
    const took = Math.max(0, seen.endedAt - seen.startedAt)
    const unkept = seen.requestBody.size > 0 && sent.json === undefined
    const facts =
      whoOf(persona, session) +
      (seen.signIn ? signInFacts(seen.session) : '') +
      (ownerFacts.get(seen.route) ?? '') +
      (sent.about.cut || unkept ? ',"_requestCut":true' : '') +
      (got.about.cut ? ',"_responseCut":true' : '') +
      (seen.cut === undefined ? '' : `,"_broken":${JSON.stringify(seen.cut)}`)
    const location = headerOf(seen.responseHeaders, 'location')
    const redirect = location === undefined ? EMPTY : quoted(texts.url(location, who))
    const asked = `{"startedDateTime":"${isoOf(seen.startedAt)}","time":${took},"request":{"method":${quoted(seen.method)},"url":${quoted(url)},"httpVersion":"HTTP/1.1","cookies":[],"headers":${headers(seen.requestHeaders, who)},"queryString":${query < 0 ? '[]' : queryOf(url.slice(query + 1))}`
    const answered = `,"headersSize":-1,"bodySize":${seen.requestBody.size}},"response":{"status":${seen.status},"statusText":"${STATUS_CODES[seen.status] ?? ''}","httpVersion":"HTTP/1.1","cookies":[],"headers":${headers(seen.responseHeaders, who)},"content":{"size":${seen.responseBody.size},"mimeType":${got.about.type}`
    const end = `},"redirectURL":${redirect},"headersSize":-1,"bodySize":${seen.responseBody.size}},"cache":{},"timings":{"send":0,"wait":${took},"receive":0},"_order":{"n":${seen.began},"began":${seen.began},"ended":${seen.ended}}${facts}}`
    const pieces: Array<string | Buffer> = []
    if (seen.requestBody.size === 0) pieces.push(asked + answered)
    else {
      pieces.push(`${asked},"postData":{"mimeType":${sent.about.type},"text":`)
      pieces.push(sent.json ?? EMPTY, `}${answered}`)
    }
    if (got.json === undefined) pieces.push(end)
    else pieces.push(',"text":', got.json, end)
    return pieces as ReadonlyArray<string | Buffer> as RedactedPieces
  }
}

/** Who asked; worked out once for as long as a session's content is the same. */
function createWho(): (persona: string | undefined, session: OpenSession | undefined) => string {
  const known = new WeakMap<
    object,
    { readonly persona: string | undefined; readonly text: string }
  >()
  return (persona, session) => {
    const before = session && known.get(session.content)
    if (before && before.persona === persona) return before.text
    const { ref, sub } = session?.record ?? {}
    const facts = {
      _persona: persona ?? null,
      _session: ref ?? null,
      _sub: sub,
      _name: session?.content.name,
    }
    const text = `,${JSON.stringify(facts).slice(1, -1)}`
    if (session) known.set(session.content, { persona, text })
    return text
  }
}

/** Many calls begin in one millisecond. */
function createIso(): (epochMs: number) => string {
  let last = { at: Number.NaN, text: '' }
  return (at) => {
    if (at !== last.at) last = { at, text: new Date(at).toISOString() }
    return last.text
  }
}

function signInFacts(before: OpenSession | undefined): string {
  return `,"_signIn":true,"_before":${quoted(before?.record.ref ?? null)}`
}

function quoted(value: string | null): string {
  return JSON.stringify(value)
}

/** `account` comes normalised. */
function sameAccount(value: unknown, account: string | undefined): boolean {
  return account !== undefined && String(value).normalize('NFKC').trim().toLowerCase() === account
}

/** Undefined where it cannot be had as text. */
function plainOf(
  bytes: Buffer,
  coding: string | undefined,
  kept: { type: string; cut: boolean; bodyBytes: number },
): string | undefined {
  if (bytes.length === 0) return ''
  const { type, cut, bodyBytes } = kept
  const word = coding?.trim().toLowerCase()
  if (word === undefined || word === '' || word === IDENTITY) {
    return textOf(bytes.subarray(0, bodyBytes), type)
  }
  if (cut) return undefined
  const plain = decoded(bytes, word, bodyBytes)
  return typeof plain === 'string' ? undefined : textOf(plain, type)
}

/** Undefined where it is in a character set in which nothing could be found. */
function textOf(bytes: Buffer, type: string): string | undefined {
  const said = type.includes('charset') ? /charset\s*=\s*"?([\w-]+)/i.exec(type)?.[1] : undefined
  const marked = (bytes[0] ?? 0) >= 0xfe || bytes[0] === 0xef || bytes[0] === 0 || bytes[1] === 0
  if (!marked && (said === undefined || /^utf-?8$/i.test(said))) return bytes.toString()
  const text = decodedAs(charsetOf(bytes) ?? said ?? 'utf-8', bytes)
  return text?.includes('\0') ? undefined : text
}

/** By its mark, or by where an ASCII character has its other half. */
function charsetOf([first, second, third]: Buffer): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  if (first === 0) return 'utf-16be'
  return second === 0 ? 'utf-16le' : undefined
}

function decodedAs(charset: string, bytes: Buffer): string | undefined {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return undefined
  }
}

function queryOf(query: string): string {
  return JSON.stringify([...new URLSearchParams(query)].map(([name, value]) => ({ name, value })))
}

function ruleOf(rule: OwnerConfig): object {
  return 'header' in rule
    ? { header: rule.header, is: rule.is }
    : { field: rule.field, is: rule.is }
}

function headerOf(flat: readonly string[], lower: string): string | undefined {
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const name = flat[at] as string
    if (name.length === lower.length && name.toLowerCase() === lower) return flat[at + 1]
  }
  return undefined
}
