// One call to a provider: bounded in time and size, not redirected, not retried, its failure told without a secret.
import type { Dispatcher } from 'undici'
import type { Clock } from '../../lib/clock.ts'
import { hostPort } from '../../lib/host-port.ts'
import { type Answer, createAnswer, headerOf } from '../answer.ts'
import { cookiesOf } from './set-cookie.ts'

export interface ProviderCall {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export type ProviderReply =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'unreachable'; readonly cause: Error; readonly timedOut: boolean }

export interface ProviderHttp {
  /** Resolves whatever happens; `cause` holds neither headers nor bodies. Ends at once when `signal` aborts. */
  readonly call: (call: ProviderCall, signal: AbortSignal) => Promise<ProviderReply>
  /** Runs `work` with a signal that aborts after `ms`, and when `outer` does. */
  readonly within: <T>(
    ms: number,
    outer: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ) => Promise<T>
}

const BODY_LIMIT = 256 * 1024

export function createProviderHttp(dispatcher: Dispatcher, clock: Clock): ProviderHttp {
  return {
    async call(call, signal) {
      const { promise: aborted, reject } = Promise.withResolvers<never>()
      const abort = (): void => reject(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      try {
        signal.throwIfAborted()
        // A race, because undici looks at the signal only once a connection stands.
        const answer = await Promise.race([ask(dispatcher, clock, call, signal), aborted])
        return { kind: 'answered', answer }
      } catch (error) {
        const cause = plainCause(error, call.url)
        return { kind: 'unreachable', cause, timedOut: isTimeOut(error) }
      } finally {
        signal.removeEventListener('abort', abort)
      }
    },
    async within(ms, outer, work) {
      const limit = new AbortController()
      const abort = (): void => limit.abort(outer?.reason)
      const cancel = clock.after(ms, () => {
        limit.abort(new DOMException(`no answer within ${ms} ms`, 'TimeoutError'))
      })
      outer?.addEventListener('abort', abort, { once: true })
      try {
        if (outer?.aborted) abort()
        return await work(limit.signal)
      } finally {
        cancel()
        outer?.removeEventListener('abort', abort)
      }
    },
  }
}

async function ask(
  dispatcher: Dispatcher,
  clock: Clock,
  { method, url, headers, body }: ProviderCall,
  signal: AbortSignal,
): Promise<Answer> {
  const reply = await dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method,
    headers: {
      accept: 'application/json, */*;q=0.1',
      'accept-encoding': 'identity',
      'user-agent': 'coatcheck',
      ...headers,
    },
    body: body ?? null,
    signal,
  })
  const coding = headerOf(reply.headers, 'content-encoding') ?? 'identity'
  const bytes = await readBounded(reply.body)
  const read =
    bytes === undefined
      ? { unread: 'its body is longer than 256 KiB' }
      : coding.toLowerCase() === 'identity'
        ? { body: bytes }
        : { unread: 'its body is compressed although that was not asked for' }
  const cookies = cookiesOf(reply.headers['set-cookie'], clock.now())
  return createAnswer(reply.statusCode, reply.headers, cookies, read)
}

async function readBounded(body: Dispatcher.ResponseData['body']): Promise<Buffer | undefined> {
  // Leaving the loop early destroys the stream, which then reports that as an error to nobody.
  body.on('error', () => {})
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_LIMIT) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

const TIME_OUTS: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
])

function isTimeOut(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error.name === 'TimeoutError' || TIME_OUTS.has(codeOf(error) ?? '')
}

/** Why a call came to nothing, for the log: `host` is whom it was for. */
export function callFailure(message: string, url: URL, code?: string): Error {
  return Object.assign(new Error(message), {
    host: hostPort(url),
    ...(code === undefined ? {} : { code }),
  })
}

/** A parser's error carries the bytes it stumbled over, and those may be a token: only code and sentence go on. */
function plainCause(error: unknown, url: URL): Error {
  if (!(error instanceof Error)) return callFailure('the call was given up', url)
  const code = codeOf(error)
  return callFailure(error.message || code || error.name, url, code)
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
