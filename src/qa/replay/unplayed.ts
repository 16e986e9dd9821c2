// Entries of a recording that are whole, and that no replay makes again: why, and what is said of them. Pure.
import { headerOf } from '../../lib/flat-headers.ts'
import { problemOf } from './owner.ts'
import { isEntry, type RecordedCall } from './recorded-call.ts'

export type Unplayed =
  /** A replay opens none. */
  | 'websocket'
  /** It was asked under a name that is not the gateway's. */
  | 'host'
  /** No method or address of HTTP. */
  | 'not-http'

/** In a call's place: the file breaks off there (`cut`), or an entry that no replay makes again. */
export type NoCall = { readonly cut: true } | { readonly cut: false; readonly unplayed: Unplayed }

/** `call`: what `recordedCall` makes of `entry`. Undefined for what can be made again, and for what is no entry. */
export function whyUnplayed(entry: unknown, call: RecordedCall | undefined): Unplayed | undefined {
  if (call === undefined) {
    if (!isEntry(entry)) return undefined
    return /^wss?:/i.test(entry.request.url) ? 'websocket' : 'not-http'
  }
  const { status, headers, answerHeaders } = call
  // Refused ones too: a page's plain request would be refused for something else.
  if (status === 101 || headerOf(headers, 'sec-websocket-key') !== undefined) return 'websocket'
  const problem = status === 421 ? problemOf({ headers: answerHeaders }) : undefined
  return problem === 'host_unknown' ? 'host' : undefined
}

/** How many of each kind; absent for none. */
export type UnplayedCounts = Readonly<Partial<Record<Unplayed, number>>>

export function unplayedNotes(counts: UnplayedCounts): string[] {
  const { websocket = 0, host = 0, 'not-http': other = 0 } = counts
  const were = (count: number) => (count === 1 ? 'was' : 'were')
  return [
    ...(websocket > 0
      ? [`${amount(websocket, 'WebSocket')} ${were(websocket)} left out: a replay opens none`]
      : []),
    ...(host > 0
      ? [
          `${amount(host, 'call')} ${were(host)} left out: asked under a name that is not the gateway's`,
        ]
      : []),
    ...(other > 0
      ? [`${amount(other, 'call')} ${were(other)} left out: not of HTTP, by method or address`]
      : []),
  ]
}

function amount(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
