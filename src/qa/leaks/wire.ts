// One request and its whole answer, over a connection of the kind that was asked for.
import { type LookupOptions, lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Agent, Client, type Dispatcher } from 'undici'
import type { Clock } from '../../lib/clock.ts'
import { headerOf, headersOf } from '../../lib/flat-headers.ts'
import { type BodyBytes, bodyText, type Unread } from './read-body.ts'

/**
 * `own`: one of the few connections that this user keeps open, as a browser does. `fresh`: a connection of its own.
 * `shared`: the one connection that everybody shares, requests queued on it in order.
 */
export type Via = 'own' | 'fresh' | 'shared'

export interface WireCall {
  readonly user: string
  readonly via: Via
  readonly method: Dispatcher.HttpMethod
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** The connection is cut this long after the request began, unless the answer is there. */
  readonly leaveAfterMs?: number | undefined
}

export type WireAnswer =
  | {
      readonly kind: 'answer'
      readonly status: number
      /** Names in small letters and values in turn. */
      readonly headers: readonly string[]
      /** Unpacked, at most `mostBytes` of it. */
      readonly body: string
      readonly cut: boolean
      /** Why `body` is not all that was answered, as text; absent where it is. */
      readonly unread?: Unread
    }
  | { readonly kind: 'none'; readonly why: NoAnswer }

/** What kept an answer from coming; `nothing`: something else. */
export type NoAnswer =
  | 'refused'
  | 'unknown-host'
  | 'cut'
  | 'late'
  | 'untrusted'
  | 'not-http'
  | 'large-headers'
  | 'nothing'

export interface Wire {
  /** Never rejects. */
  send(call: WireCall): Promise<WireAnswer>
  close(): Promise<void>
}

export interface WireOptions {
  readonly origin: string
  readonly clock: Clock
  readonly requestMs: number
  /** Epoch ms: nothing is sent after it, and what is under way then is given up. */
  readonly until?: number
  /** That each user keeps open; default 4. */
  readonly connections?: number
  /** Of a body that are read; default `MOST_BYTES`. */
  readonly mostBytes?: number
}

/** 1 MiB. */
export const MOST_BYTES = 1_048_576
const CONNECTIONS = 4
/** A stream of events is listened to for so long. */
const STREAM_MS = 1_000
const STREAM = /^text\/event-stream\b/i
/** How many requests wait on the shared connection at once. */
const PIPELINED = 8

export function openWire(options: WireOptions): Wire {
  const { origin, clock, requestMs, connections = CONNECTIONS, mostBytes = MOST_BYTES } = options
  const { until = Infinity } = options
  const timeouts = { headersTimeout: requestMs, bodyTimeout: requestMs }
  const connect = { timeout: requestMs, lookup: lookupHere }
  const agents = new Map<string, Agent>()
  const shared = new Client(origin, { pipelining: PIPELINED, connect, ...timeouts })
  const agentOf = (user: string) => {
    const known = agents.get(user)
    if (known) return known
    const agent = new Agent({ connections, connect, ...timeouts })
    agents.set(user, agent)
    return agent
  }
  const own = (user: string, via: Via) => {
    if (via === 'shared') return shared
    // Nothing else ever uses it, so that leaving it cuts off nobody.
    return via === 'fresh' ? new Client(origin, { connect, ...timeouts }) : agentOf(user)
  }

  return {
    async send({ user, via, method, path, headers, body, leaveAfterMs }) {
      const withinMs = Math.min(requestMs, until - clock.now())
      if (withinMs <= 0) return { kind: 'none', why: 'late' }
      const dispatcher = own(user, via)
      const leaving = new AbortController()
      const stop =
        leaveAfterMs === undefined ? () => {} : clock.after(leaveAfterMs, () => leaving.abort())
      let isLate = false
      const giveUp = () => {
        isLate = true
        leaving.abort()
      }
      const late = clock.after(withinMs, giveUp)
      let enough = () => {}
      try {
        const answer = await dispatcher.request({
          origin,
          method,
          path,
          headers,
          body: body ?? null,
          responseHeaders: 'raw',
          signal: leaving.signal,
        })
        const told = smallNames(answer.headers as unknown as readonly (string | Buffer)[])
        // A stream of events is not expected to end.
        if (STREAM.test(headerOf(told, 'content-type') ?? '')) {
          enough = clock.after(STREAM_MS, giveUp)
        }
        const packed = await readBody(answer.body, mostBytes, () => isLate)
        const encoding = headersOf(told, 'content-encoding').join(',')
        const type = headerOf(told, 'content-type') ?? ''
        const read = await bodyText(packed, { encoding, type, most: mostBytes })
        const cut = read.unread === 'cut'
        return { kind: 'answer', status: answer.statusCode, headers: told, cut, ...read }
      } catch (error) {
        return { kind: 'none', why: whyNone(error, leaving.signal.aborted) }
      } finally {
        stop()
        late()
        enough()
        if (via === 'fresh') void dispatcher.destroy()
      }
    },
    async close() {
      const all = [shared, ...agents.values()]
      await Promise.all(all.map((one) => one.destroy()))
    },
  }
}

/** Names below `localhost` are this machine (RFC 6761, 6.3), which not every system knows. */
export const lookupHere: LookupFunction = (name, options, tell) => {
  lookup(name.endsWith('.localhost') ? 'localhost' : name, options as LookupOptions, tell)
}

async function readBody(
  stream: AsyncIterable<Buffer>,
  most: number,
  isLate: () => boolean,
): Promise<BodyBytes> {
  const chunks: Buffer[] = []
  let size = 0
  let isOpen = false
  try {
    for await (const chunk of stream) {
      chunks.push(chunk)
      size += chunk.length
      // Leaving the loop gives up the rest of the answer.
      if (size > most) break
    }
  } catch (error) {
    // Whatever came until then was answered.
    if (!isLate() && !/TIMEOUT/.test(codeOf(error))) throw error
    isOpen = true
  }
  const whole = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
  return { bytes: whole.subarray(0, most), isCut: size > most, isOpen }
}

function smallNames(flat: readonly (string | Buffer)[]): string[] {
  return flat.map((text, index) => {
    const plain = typeof text === 'string' ? text : text.toString('latin1')
    return index % 2 === 0 ? plain.toLowerCase() : plain
  })
}

export function whyNone(error: unknown, aborted: boolean): NoAnswer {
  const code = codeOf(error)
  if (code === 'ECONNREFUSED') return 'refused'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'unknown-host'
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return 'cut'
  if (/HEADERS?_OVERFLOW/.test(code)) return 'large-headers'
  if (/TIMEOUT/.test(code) || aborted) return 'late'
  if (/CERT|SELF_SIGNED|LEAF_SIGNATURE/.test(code)) return 'untrusted'
  const isOther = error instanceof Error && error.name === 'HTTPParserError'
  return isOther || /^HPE|^ERR_SSL|^EPROTO/.test(code) ? 'not-http' : 'nothing'
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  if (!(error instanceof Error)) return ''
  return 'code' in error ? String(error.code) : error.cause ? codeOf(error.cause) : ''
}
