// Decides when a token expires, from what its issuer said and what the token says itself. Pure.

const SECOND = 1000
const MINUTE = 60 * SECOND
const TEN_YEARS = 10 * 365.25 * 24 * 60 * MINUTE
/** Numbers above are no UNIX seconds before the year 5138: they are milliseconds. */
const SECONDS_END = 1e11

/**
 * Epoch ms; absent when nobody could tell. `told` is the answer's own value: seconds from now, UNIX seconds or
 * milliseconds, each as number or text, or an ISO 8601 date-time (UTC where it names no offset). `exp` is the JWT's
 * claim (RFC 7519 section 4.1.4). Moments in the past, or more than ten years ahead, are not believed; where both are
 * plausible and a minute or more apart, the JWT's holds.
 */
export function expiryOf(told: unknown, exp: unknown, now: number): number | undefined {
  const plausible = (at: number | undefined): number | undefined =>
    at !== undefined && at > now && at <= now + TEN_YEARS ? Math.floor(at) : undefined
  const said = plausible(momentOf(told, now))
  const claimed = plausible(typeof exp === 'number' ? exp * SECOND : undefined)
  if (said === undefined || claimed === undefined) return said ?? claimed
  return Math.abs(said - claimed) > MINUTE ? claimed : said
}

/**
 * How long before expiry a token with a life of `lifeMs` is renewed, in ms: half a minute, and at most a quarter of
 * a short life, so that no token spends its time being renewed.
 */
export function refreshAheadMs(lifeMs: number): number {
  return Math.max(0, Math.min(30 * SECOND, Math.floor(lifeMs / 4)))
}

/** Retry-After (RFC 9110 section 10.2.3) in whole seconds from `now`, a day at most; absent when there is none. */
export function retryAfterSeconds(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - now) / SECOND
  return Number.isNaN(seconds) ? undefined : Math.min(86_400, Math.max(0, Math.ceil(seconds)))
}

function momentOf(told: unknown, now: number): number | undefined {
  if (typeof told === 'string' && /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(told)) {
    const iso = told.trim().replace(' ', 'T')
    // Without an offset Date.parse would read the machine's own time zone.
    const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(iso) ? iso : `${iso}Z`)
    return Number.isNaN(at) ? undefined : at
  }
  const number = typeof told === 'string' && /^\d+(?:\.\d+)?$/.test(told) ? Number(told) : told
  if (typeof number !== 'number' || !(number > 0)) return undefined
  if (number * SECOND <= TEN_YEARS) return now + number * SECOND
  return number < SECONDS_END ? number * SECOND : number
}
