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
import type { RedactedLine } from './redacted.ts'
import { RUN_LENGTH } from './runs.ts'
import type { SecretBook } from './secret-book.ts'
import { plainSpellings } from './spellings.ts'

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
const NO_BODY = { type: '', cut: false, text: '' } as const
/** Addresses without a query that are remembered as they are written. */
const MOST_PATHS = 4096

export function createEntries(options: EntryOptions): (seen: CallSeen) => RedactedLine {
  const { book, redact, bodyBytes, personas, owners } = options
  const texts = createTextRedactor(book, redact)
  const ownerHeaders = [...owners.values()].flatMap((rule) =>
    'header' in rule ? [rule.header] : [],
  )
  const headers = createHeaderRedactor(texts, ownerHeaders)

  const whoOf = createWho()
  const isoOf = createIso()
  const plainPaths = new Set<string>()
  const plainTypes = new Set([''])
  const ownerFacts = new Map(
    [...owners].map(([route, rule]) => [route, `,"_owner":${JSON.stringify(ruleOf(rule))}`]),
  )

  function urlOf({ origin, url }: CallSeen, who: string): string {
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

  function bodyOf({ bytes, size }: SeenBody, flat: readonly string[], who: string) {
    const type = headerOf(flat, 'content-type') ?? ''
    const cut = size > bodyBytes
    const plain = plainOf(bytes, headerOf(flat, 'content-encoding'), { type, cut, bodyBytes })
    return { type: typeOf(type, who), cut, text: plain && texts.body(plain, type, who, cut) }
  }

  /** Of a sign-in nothing is kept but who it is for and where; what was typed is looked for in its answer too. */
  function signInOf(
    seen: CallSeen,
    who: string,
  ): { body: string; typed: Array<readonly [string, string]> } {
    const fields = readJson(seen.requestBody.bytes.toString())
    const typed: Array<readonly [value: string, label: string]> = []
    const shown: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(isJsonObject(fields) ? fields : {})) {
      const isAccount = sameAccount(value, seen.signIn?.account)
      const harmless = name === 'provider' || (isAccount && !texts.isSecretName(name))
      const begun = seen.signIn?.begun !== undefined
      const label = labelOf(who, begun ? name : `wrong_${name}`)
      shown[name] = harmless ? value : label
      // A password that is the account's name cannot be told from it anywhere else.
      if (harmless || isAccount || typeof value !== 'string') continue
      // What was refused is nobody's secret, and anybody may send it.
      if (value.length >= (begun ? LEAST_LATER : RUN_LENGTH)) book.add(value, label)
      if (value.length >= 4) typed.push([value, label])
    }
    return { body: JSON.stringify(shown), typed }
  }

  return (seen) => {
    const persona = personas.of(seen)
    const who = persona ?? NOBODY
    const session = seen.signIn?.begun ?? seen.session
    for (const one of [seen.session, seen.signIn?.begun]) if (one) book.remember(one, who)
    const url = urlOf(seen, who)
    const query = url.indexOf('?')
    const signIn = seen.signIn && signInOf(seen, who)
    const sent = signIn
      ? { type: 'application/json', cut: false, text: signIn.body }
      : seen.requestBody.size === 0
        ? NO_BODY
        : bodyOf(seen.requestBody, seen.requestHeaders, who)
    const got = bodyOf(seen.responseBody, seen.responseHeaders, who)
    for (const [value, label] of signIn?.typed ?? []) {
      for (const spelling of plainSpellings(value))
        got.text = got.text?.replaceAll(spelling, () => label)
    }
    const took = Math.max(0, seen.endedAt - seen.startedAt)
    const unkept = seen.requestBody.size > 0 && sent.text === undefined
    const facts =
      whoOf(persona, session) +
      (seen.signIn ? signInFacts(seen.session) : '') +
      (ownerFacts.get(seen.route) ?? '') +
      (sent.cut || unkept ? ',"_requestCut":true' : '') +
      (got.cut ? ',"_responseCut":true' : '') +
      (seen.cut === undefined ? '' : `,"_broken":${JSON.stringify(seen.cut)}`)
    const postData =
      seen.requestBody.size === 0
        ? ''
        : `,"postData":{"mimeType":${quoted(sent.type)},"text":${quoted(sent.text ?? '')}}`
    const text = got.text === undefined ? '' : `,"text":${quoted(got.text)}`
    const location = headerOf(seen.responseHeaders, 'location')
    const redirect = location === undefined ? '""' : quoted(texts.url(location, who))
    const asked = `"request":{"method":${quoted(seen.method)},"url":${quoted(url)},"httpVersion":"HTTP/1.1","cookies":[],"headers":${headers(seen.requestHeaders, who)},"queryString":${query < 0 ? '[]' : queryOf(url.slice(query + 1))}${postData},"headersSize":-1,"bodySize":${seen.requestBody.size}}`
    const answered = `"response":{"status":${seen.status},"statusText":"${STATUS_CODES[seen.status] ?? ''}","httpVersion":"HTTP/1.1","cookies":[],"headers":${headers(seen.responseHeaders, who)},"content":{"size":${seen.responseBody.size},"mimeType":${quoted(got.type)}${text}},"redirectURL":${redirect},"headersSize":-1,"bodySize":${seen.responseBody.size}}`
    const line = `{"startedDateTime":"${isoOf(seen.startedAt)}","time":${took},${asked},${answered},"cache":{},"timings":{"send":0,"wait":${took},"receive":0},"_order":{"n":${seen.began},"began":${seen.began},"ended":${seen.ended}}${facts}}`
    return line as RedactedLine
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
