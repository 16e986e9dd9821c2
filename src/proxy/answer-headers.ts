// The upstream's headers as the browser gets them. Pure.
import { comesDown, isCacheName, isHandshakeName, namesIn, removeNamed } from './headers.ts'

export interface DownwardRules {
  /** `keep`: no session was used, the upstream's own caching stands. */
  readonly cache: 'keep' | 'no-store' | 'private'
  /** Upstream cookies that may reach the browser. */
  readonly cookies: readonly string[]
  /** An upstream's absolute Location as a path of ours; undefined when it points elsewhere. */
  readonly mapLocation: (location: string) => string | undefined
}

export interface AnswerHead {
  /** Names and values in turn, to be written as they are. */
  readonly headers: string[]
  /** Undefined when absent, or not a plain number. */
  contentLength: number | undefined
  /** Silence is nothing wrong with it. */
  eventStream: boolean
  /** The body is coded for the way in a manner nobody asked for: it cannot be passed on as what it is (RFC 9112, 7.4). */
  coded: boolean
}

/** `raw`: the upstream's header names and values in turn, as latin1. */
export function readAnswerHead(raw: readonly string[], rules: DownwardRules): AnswerHead {
  const down: string[] = []
  const head: AnswerHead = {
    headers: down,
    contentLength: undefined,
    eventStream: false,
    coded: false,
  }
  let listed: Set<string> | undefined
  let cacheControl: string | undefined
  let setsCookie = false
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    const lower = name.toLowerCase()
    if (!comesDown(lower)) {
      if (lower === 'connection') listed = namesIn(value, listed)
      else if (lower === 'set-cookie')
        setsCookie = keepCookie(down, value, rules.cookies) || setsCookie
      else if (lower === 'transfer-encoding') head.coded ||= !/^(chunked|identity)$/i.test(value)
    } else if (rules.cache !== 'keep' && isCacheName(lower)) {
      if (lower === 'cache-control')
        cacheControl = cacheControl === undefined ? value : `${cacheControl}, ${value}`
      else if (rules.cache === 'private' && lower === 'expires') down.push(name, value)
    } else if (lower === 'location') {
      down.push(name, rules.mapLocation(value) ?? value)
    } else {
      if (lower === 'content-length') {
        head.contentLength = /^\d{1,15}$/.test(value) ? Number(value) : undefined
      } else if (lower === 'content-type') {
        head.eventStream = /^text\/event-stream\b/i.test(value)
      }
      down.push(name, value)
    }
  }
  // Shared caches keep answers with cookies as readily as others (RFC 9111, 7.3).
  if (setsCookie && rules.cache === 'keep')
    return readAnswerHead(raw, { ...rules, cache: 'no-store' })
  if (listed) removeNamed(down, listed)
  if (rules.cache === 'no-store') down.push('cache-control', 'private, no-store')
  else if (rules.cache === 'private') {
    // The browser's own cache must not hand it to whoever signs in next.
    down.push('cache-control', privateCaching(cacheControl), 'vary', 'cookie')
  }
  return head
}

/** What an upstream may say with its 101, line by line: the same, without what belongs to this one connection or to a body. */
export function openingLines(raw: readonly string[], rules: DownwardRules): string[] {
  const { headers } = readAnswerHead(raw, rules)
  const lines: string[] = []
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string
    const own = isHandshakeName(name) || /^(content-length|date|cache-control|vary)$/i.test(name)
    if (!own) lines.push(`${name}: ${headers[i + 1]}`)
  }
  return lines
}

/** The upstream's lifetimes for this one browser; nothing that speaks to shared caches. */
function privateCaching(upstream: string | undefined): string {
  const kept = (upstream ?? '')
    .split(',')
    .map((directive) => directive.trim())
    .filter((directive) =>
      /^(max-age=\d+|no-cache|no-store|must-revalidate|no-transform|immutable|stale-while-revalidate=\d+|stale-if-error=\d+)$/i.test(
        directive,
      ),
    )
  return ['private', ...(kept.length > 0 ? kept : ['no-store'])].join(', ')
}

/** A named upstream cookie, without the Domain that a browser would refuse from us; false for any other. */
function keepCookie(down: string[], value: string, names: readonly string[]): boolean {
  const name = value.slice(0, Math.max(0, value.indexOf('='))).trim()
  if (!names.includes(name)) return false
  const parts = value.split(';').filter((part, i) => i === 0 || !/^\s*domain\s*=/i.test(part))
  down.push('set-cookie', parts.join(';'))
  return true
}

/** undici hands out Buffers in turn; header bytes are latin1 (RFC 9110, 5.5). */
export function latin1(raw: unknown): string[] {
  if (!Array.isArray(raw)) return []
  const text = new Array<string>(raw.length)
  for (let i = 0; i < raw.length; i++) {
    const part: Buffer | string = raw[i]
    text[i] = typeof part === 'string' ? part : part.toString('latin1')
  }
  return text
}
