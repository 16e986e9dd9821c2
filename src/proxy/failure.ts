// What went wrong with an upstream, as one of our problems. Decided by error codes, never by their texts. Pure.
import type { ProblemCode } from '../errors.ts'

const TIMEOUTS: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
])

const INVALID: ReadonlySet<string> = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
  'ERR_INVALID_CHAR',
  'ERR_HTTP_INVALID_STATUS_CODE',
  'ERR_HTTP_INVALID_HEADER_VALUE',
  'ERR_ASSERTION',
  'INVALID_ANSWER',
])

export type UpstreamFailure = Extract<
  ProblemCode,
  'upstream_timeout' | 'upstream_invalid' | 'upstream_unreachable' | 'bad_request'
>

export function upstreamFailure(error: unknown): UpstreamFailure {
  const code = errorCode(error)
  if (TIMEOUTS.has(code)) return 'upstream_timeout'
  if (INVALID.has(code) || code.startsWith('HPE_')) return 'upstream_invalid'
  // Our own client refused to write what the browser sent: nothing reached the upstream.
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') {
    return 'bad_request'
  }
  return 'upstream_unreachable'
}

/** A code for the log: never a message, which may carry an address. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'UNKNOWN'
  const { code, name, cause, errors } = error as Record<string, unknown>
  if (typeof code === 'string') return code
  // undici's parser names its errors and leaves their code empty.
  if (name === 'HTTPParserError') return 'HPE_INVALID'
  if (Array.isArray(errors) && errors.length > 0) return errorCode(errors[0])
  return cause === undefined ? 'UNKNOWN' : errorCode(cause)
}
