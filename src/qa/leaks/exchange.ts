// One request of one user as a browser would send it, redirects within the service followed, cookies kept.
import { headersOf } from '../../lib/flat-headers.ts'
import { hopHeaders } from './hops.ts'
import type { Actor } from './stage.ts'
import { STRANGER } from './step.ts'
import { type Action, placeOf, type Target } from './target.ts'
import type { Via, Wire, WireAnswer } from './wire.ts'

export interface Outgoing {
  readonly method: Action['method']
  readonly path: string
  /** Of a sign-in or a sign-out. */
  readonly action?: Action | undefined
  readonly body?: string | undefined
  /** Absent: JSON rather than anything else. */
  readonly accept?: string | undefined
  /** Path of the page that it is sent from, if that is known. */
  readonly from?: string | undefined
  readonly leaveAfterMs?: number | undefined
}

export interface Exchanged {
  /** The last one; before its headers stand those of the redirects that led to it, by `hopHeaders`. */
  readonly answer: WireAnswer
  /** The headers of the last request. */
  readonly sent: Readonly<Record<string, string>>
}

export type Exchange = (actor: Actor, via: Via, outgoing: Outgoing) => Promise<Exchanged>

export interface ExchangeOptions {
  readonly target: Target
  readonly wire: Wire
  /** Waits for a request's turn, where a rate is set. */
  readonly turn: () => Promise<void>
}

const MOST_HOPS = 3

export function createExchange({ target, wire, turn }: ExchangeOptions): Exchange {
  const place = placeOf(target)

  const headersFor = (
    actor: Actor,
    path: string,
    { action, body, accept = 'application/json, */*;q=0.5', from }: Outgoing,
  ) => {
    const cookie = actor.name === STRANGER ? '' : actor.jar.header(place + path)
    const { carry } = target
    return {
      accept,
      ...(from === undefined ? {} : { referer: place + target.base + from }),
      ...(actor.nonce === '' ? {} : { 'user-agent': `coatcheck-qa/${actor.nonce}` }),
      // As a browser would: from a page of the service's own.
      ...(action && action.method !== 'GET' ? { origin: place } : {}),
      ...target.headers,
      ...action?.headers,
      ...(cookie === '' ? {} : { cookie }),
      ...(carry.kind === 'header' && actor.token !== undefined
        ? { [carry.name]: carry.before + actor.token }
        : {}),
      ...(body === undefined || !action?.body
        ? {}
        : { 'content-type': CONTENT_TYPES[action.body.format] }),
    }
  }

  return async (actor, via, first) => {
    let outgoing = first
    const before: string[] = []
    for (let hop = 0; ; hop++) {
      const { method, path, body, leaveAfterMs } = outgoing
      const headers: Record<string, string> = headersFor(actor, path, outgoing)
      await turn()
      const call = { user: actor.name, via, method, path: target.base + path, headers }
      const answer = await wire.send({ ...call, body, leaveAfterMs })
      if (answer.kind === 'none') return { answer, sent: headers }
      if (actor.name !== STRANGER)
        actor.jar.take(headersOf(answer.headers, 'set-cookie'), place + path)
      const next = hop < MOST_HOPS ? redirected(answer, target, path) : undefined
      if (next === undefined) {
        const all = before.length === 0 ? answer.headers : [...before, ...answer.headers]
        return { answer: { ...answer, headers: all }, sent: headers }
      }
      before.push(...hopHeaders(answer))
      // Only within the service itself; what comes after a form is a page (RFC 9110, 15.4.4), unless it is
      // said to be the same request once more (15.4.8, 15.4.9).
      const same = answer.status === 307 || answer.status === 308
      outgoing = same
        ? { ...outgoing, path: next }
        : { method: 'GET', path: next, accept: outgoing.accept }
    }
  }
}

const CONTENT_TYPES = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
} as const

/** The path to go on to; `undefined` where the answer is no redirect, or leads elsewhere. */
function redirected(
  { status, headers }: { status: number; headers: readonly string[] },
  { origin, base }: Target,
  path: string,
): string | undefined {
  const [location] = headersOf(headers, 'location')
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined
  const next = URL.parse(location, origin + base + path)
  if (next?.origin !== origin || !next.pathname.startsWith(base)) return undefined
  return next.pathname.slice(base.length) + next.search
}
