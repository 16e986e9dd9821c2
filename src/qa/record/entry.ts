// One call that passed → one line of a recording (HAR 1.2, and what a replay needs besides), with no secret in it.
import { STATUS_CODES } from 'node:http'
import type { OwnerConfig } from '../../config/config.ts'
import { headerOf } from '../../lib/flat-headers.ts'
import type { CallSeen } from '../../proxy/observe.ts'
import { NOBODY } from '../run.ts'
import { createEntryBodies, type WrittenBody } from './entry-bodies.ts'
import { createWho, ownerFactsOf, signInFacts } from './entry-facts.ts'
import { createHeaderRedactor } from './redact-headers.ts'
import { createTextRedactor } from './redact-text.ts'
import type { RedactedLine, RedactedPieces } from './redacted.ts'
import type { SecretBook } from './secret-book.ts'
import { createTypedFields } from './typed-fields.ts'

export interface EntryOptions {
  readonly book: SecretBook
  /** Fields, headers and parameters that are secrets besides those that say so themselves. */
  readonly redact: readonly string[]
  readonly bodyBytes: number
  readonly personas: { of(seen: CallSeen): string | undefined }
  /** By a route's pattern. */
  readonly owners: ReadonlyMap<string, OwnerConfig>
}

const EMPTY = '""'
const NO_BODY: WrittenBody = { about: { type: '""', cut: false }, json: EMPTY }
/** Addresses without a query that are remembered as harmless. */
const MOST_PATHS = 4096
/** Of longer ones no body is remembered. */
const LONGEST_URL = 1024

/** Each call as one line of JSON, without the line's end; what it learns of secrets on the way goes into `book`. */
export function createEntries(options: EntryOptions): (seen: CallSeen) => RedactedLine {
  const piecesOf = createEntryPieces(options)
  return (seen) => piecesOf(seen).map(String).join('') as RedactedLine
}

/** The same lines in pieces, so that a body that was written before need not be copied. Throws when `book` is full. */
export function createEntryPieces(options: EntryOptions): (seen: CallSeen) => RedactedPieces {
  const { book, redact, bodyBytes, personas, owners } = options
  const texts = createTextRedactor(book, redact)
  const ownerHeaders = [...owners.values()].flatMap((rule) =>
    'header' in rule ? [rule.header] : [],
  )
  const headers = createHeaderRedactor(texts, ownerHeaders, book)
  const bodyOf = createEntryBodies(book, texts, bodyBytes)
  const { signInOf, isNamedBySecret, isBeyond } = createTypedFields(book, texts)
  const whoOf = createWho()
  const isoOf = createIso()
  const plainPaths = new Set<string>()
  /** What was harmless before may be known as a secret. */
  let pathsLearned = 0
  const ownerFacts = ownerFactsOf(owners)

  function urlOf({ origin, url }: CallSeen, who: string): string {
    if (pathsLearned !== book.learned) plainPaths.clear()
    pathsLearned = book.learned
    if (plainPaths.has(url)) return origin + url
    const shown = texts.url(url, who)
    if (shown === url && url.length < 256 && !url.includes('?') && plainPaths.size < MOST_PATHS)
      plainPaths.add(url)
    return origin + shown
  }

  return (seen) => {
    const persona = isNamedBySecret(seen) ? undefined : personas.of(seen)
    const who = persona ?? NOBODY
    const session = seen.signIn?.begun ?? seen.session
    for (const one of [seen.session, seen.signIn?.begun]) if (one) book.remember(one, who)
    const signIn = seen.signIn && signInOf(seen, who)
    // What is typed at a sign-in may stand in its address.
    const url = urlOf(seen, who)
    const query = url.indexOf('?')
    if (book.full || (persona !== undefined && isBeyond(persona)))
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

/** Many calls begin in one millisecond. */
function createIso(): (epochMs: number) => string {
  let last = { at: Number.NaN, text: '' }
  return (at) => {
    if (at !== last.at) last = { at, text: new Date(at).toISOString() }
    return last.text
  }
}

function quoted(value: string | null): string {
  return JSON.stringify(value)
}

function queryOf(query: string): string {
  return JSON.stringify([...new URLSearchParams(query)].map(([name, value]) => ({ name, value })))
}
