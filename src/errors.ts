// Every failure the gateway itself answers is one row of this table (RFC 9457).

/** code → HTTP status and title. The codes are part of the public contract. */
export const problems = {
  session_required: [401, 'Sign in to continue'],
  session_idle: [401, 'You were signed out after a time without activity'],
  session_ended: [401, 'Your session has ended'],
  sign_in_pending: [401, 'Your sign-in is not finished yet'],
  token_required: [401, 'This session holds no token for that service'],
  sign_in_refused: [401, 'The sign-in was refused'],
  csrf_refused: [403, 'This request did not come from our own pages'],
  forbidden: [403, 'Not allowed'],
  not_found: [404, 'Nothing is served here'],
  session_changed: [409, 'Somebody else is signed in by now'],
  host_unknown: [421, 'This host is not served here'],
  bad_request: [400, 'The request could not be understood'],
  too_large: [413, 'The request is too large'],
  unsupported_type: [415, 'This content type is not accepted here'],
  too_many_attempts: [429, 'Too many attempts'],
  too_many_connections: [429, 'Too many live connections are open'],
  upstream_unreachable: [502, 'The upstream could not be reached'],
  upstream_invalid: [502, 'The upstream sent an invalid answer'],
  sign_in_unreadable: [502, 'The sign-in answer could not be read'],
  store_unreachable: [503, 'Sessions cannot be reached at the moment; you are still signed in'],
  provider_unreachable: [503, 'The sign-in service cannot be reached at the moment'],
  upstream_timeout: [504, 'The upstream took too long'],
  leak_prevented: [500, 'An answer was held back'],
  internal: [500, 'Something went wrong'],
} as const satisfies Record<string, readonly [status: number, title: string]>

export type ProblemCode = keyof typeof problems

export interface ProblemOptions {
  /** Safe to show to anybody: no address, token, cookie or internal. */
  detail?: string
  /** Why a session ended. */
  reason?: string
  /** Replaces the table's status, where a provider's own status is passed on. */
  status?: number
  /** Whole seconds; sent as Retry-After. */
  retryAfter?: number
  /** Sent with the answer, Set-Cookie included. */
  headers?: Record<string, string | string[]>
  /** For the log only. */
  cause?: unknown
}

/** Thrown by whoever cannot go on; the HTTP boundary turns it into a problem body. */
export class ProblemError extends Error {
  readonly code: ProblemCode
  readonly options: ProblemOptions

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? problems[code][1], { cause: options.cause })
    this.name = 'ProblemError'
    this.code = code
    this.options = options
  }

  get statusCode(): number {
    return this.options.status ?? problems[this.code][0]
  }
}
