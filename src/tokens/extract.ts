// Finds tokens in an answer where the configuration says they stand, and takes them out of its body. Pure.
import type { TokenPlace } from '../config/config.ts'
import { type Answer, headerOf } from './answer.ts'
import { withoutStrings } from './json.ts'
import { valueAt } from './pointer.ts'

const MAX_TOKEN = 16 * 1024

/** Names that RFC 6749 section 5.1 and OpenID Connect Core section 3.1.3.3 give to tokens. */
const STANDARD_PLACES: readonly TokenPlace[] = ['/access_token', '/refresh_token', '/id_token'].map(
  (pointer) => ({ pointer }),
)

/** Below this length a token is taken out only where it stands alone: "1" is part of too much. */
const MIN_EMBEDDED = 16

/** The first place that gives a non-empty string; `undefined` when none does. */
export function tokenAt(places: readonly TokenPlace[], answer: Answer): string | undefined {
  for (const place of places) {
    const value = standsAt(place, answer)
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

/** The first place that gives a number or a non-empty string. */
export function expiryAt(places: readonly TokenPlace[], answer: Answer): unknown {
  return places
    .map((place) => standsAt(place, answer))
    .find((value) => typeof value === 'number' || (typeof value === 'string' && value !== ''))
}

/** True when a header can carry `token`: visible ASCII, spaces only inside, 16 KiB at most (RFC 9110 section 5.5). */
export function isUsableToken(token: string): boolean {
  return token.length <= MAX_TOKEN && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(token)
}

/**
 * The answer's body without a token: strings at `places`, and under the standard names at the top, wherever in the
 * body they are repeated, and `issued`. A body without any is returned byte for byte; one that holds a token and is
 * no JSON comes back empty.
 */
export function bodyWithoutTokens(
  answer: Answer,
  places: readonly TokenPlace[],
  issued: readonly string[],
): Uint8Array {
  const secrets = new Set(issued)
  for (const place of [...places, ...STANDARD_PLACES]) {
    const value = standsAt(place, answer)
    if (typeof value === 'string' && value !== '') secrets.add(value)
  }
  const list = [...secrets]
  const unwanted = (value: string): boolean =>
    secrets.has(value) ||
    list.some((token) => token.length >= MIN_EMBEDDED && value.includes(token))

  if (answer.document === undefined || answer.text === undefined) {
    const bytes = Buffer.from(answer.body)
    const held = list.some(
      (token) => bytes.includes(token) || bytes.includes(encodeURIComponent(token)),
    )
    return held ? new Uint8Array(0) : answer.body
  }
  let found = false
  const rest = withoutStrings(answer.text, (value) => {
    const picked = unwanted(value)
    found ||= picked
    return picked
  })
  if (rest === undefined) return new Uint8Array(0)
  return found ? Buffer.from(rest) : answer.body
}

/** A place in words, for hints: `/access_token`, `header Authorization`, `cookie sid`. */
export function describePlace(place: TokenPlace): string {
  if ('pointer' in place) return place.pointer === '' ? 'the whole body' : place.pointer
  return 'header' in place ? `header ${place.header}` : `cookie ${place.cookie}`
}

function standsAt(place: TokenPlace, answer: Answer): unknown {
  if ('pointer' in place) return valueAt(answer.document, place.pointer)
  if ('cookie' in place) return answer.cookies.get(place.cookie)
  return headerOf(answer.headers, place.header)?.replace(/^(?:Bearer|Token)(?: +|$)/i, '')
}
