// A failure as a page meets it: a code to go by, words to show, and when to try again.
import type { ProblemCode } from '../errors.ts'

/** Besides the gateway's own codes, the two that only a browser can notice. */
export type Code = ProblemCode | 'gateway_unreachable' | 'cookie_blocked'

export interface Problem {
  readonly code: Code
  /** Of the answer; 0 when there was none. */
  readonly status: number
  /** One sentence that may be shown to anybody. */
  readonly message: string
  /** Why the session ended, where that is what happened. */
  readonly reason?: string
  /** Seconds. */
  readonly retryAfter?: number
  /** Finds the request in the gateway's log. */
  readonly requestId?: string
}

export class ProblemError extends Error implements Problem {
  /** The same as plain data. */
  readonly problem: Problem
  declare readonly code: Code
  declare readonly status: number
  declare readonly reason?: string
  declare readonly retryAfter?: number
  declare readonly requestId?: string

  constructor(problem: Problem, cause?: unknown) {
    super(problem.message, { cause })
    this.name = 'ProblemError'
    this.problem = problem
    Object.assign(this, problem)
  }
}

/** `undefined` for an answer of the upstream's: the gateway marks its own with one header. */
export async function problemIn(answer: Response): Promise<Problem | undefined> {
  const code = answer.headers.get('Coatcheck-Problem') as Code | null
  if (!code) return undefined
  const body = (await answer.json().catch(() => ({}))) as Readonly<Record<string, unknown>>
  const { title, detail, reason, instance } = body
  return {
    code,
    status: answer.status,
    message: detail ?? title ?? code,
    reason,
    retryAfter: Number(answer.headers.get('Retry-After')) || undefined,
    requestId: instance,
  } as Problem
}

/** No answer came, or one that something else than the gateway gave. */
export function unreachable(status = 0): Problem {
  return { code: 'gateway_unreachable', status, message: 'The gateway could not be reached' }
}
