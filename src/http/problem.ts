// One shape for every failure the gateway answers itself (RFC 9457); the header tells a frontend our 401 from the upstream's.
import { type ProblemCode, type ProblemOptions, problems } from '../errors.ts'

export interface ProblemAnswer {
  readonly status: number
  readonly headers: Record<string, string | string[]>
  readonly body: string
}

export const PROBLEM_HEADER = 'coatcheck-problem'

/** `instance` is the request id. `base` are the headers that every answer of ours carries. */
export function problemAnswer(
  code: ProblemCode,
  options: ProblemOptions,
  instance: string,
  base: Record<string, string>,
): ProblemAnswer {
  const [tableStatus, title] = problems[code]
  const status = options.status ?? tableStatus
  const body = JSON.stringify({
    type: `urn:coatcheck:problem:${code}`,
    title,
    status,
    detail: options.detail,
    instance,
    code,
    reason: options.reason,
  })
  return {
    status,
    headers: {
      ...base,
      'content-type': 'application/problem+json',
      'content-length': String(Buffer.byteLength(body)),
      [PROBLEM_HEADER]: code,
      ...(options.retryAfter === undefined ? {} : { 'retry-after': String(options.retryAfter) }),
      ...options.headers,
    },
    body,
  }
}
