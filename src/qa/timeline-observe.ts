// What an observer is told of a call, with everything left out that could open a session.
import { PROBLEM_HEADER } from '../http/problem.ts'
import { headerOf } from '../lib/flat-headers.ts'
import type { CallSeen, Observer } from '../proxy/observe.ts'
import type { CookieReader } from '../session/reader.ts'
import type { StoreKey } from '../session/session.ts'
import type { TextRedactor } from './record/redact-text.ts'
import { NOBODY } from './run.ts'
import type { BenchSession } from './sessions-view.ts'
import type { Timeline } from './timeline.ts'
import type { CallEvent } from './timeline-events.ts'

export interface TimelineObserverOptions {
  readonly timeline: Timeline
  /** Tells whose call it was where the session had ended, or idled out. */
  readonly reader: CookieReader
  /** Of paths, as in a recording. */
  readonly texts: Pick<TextRedactor, 'url'>
  /** Undefined for a session that was not made here. */
  readonly madeFor: (storeKey: StoreKey) => BenchSession | undefined
  readonly madeAs: (ref: string) => BenchSession | undefined
  /** `used`: the gateway answered from the session. */
  readonly called: (storeKey: StoreKey, call: CallEvent, used: boolean) => void
}

export function createTimelineObserver(options: TimelineObserverOptions): Observer {
  const { timeline, reader, texts, madeFor, madeAs, called } = options

  function storeKeyOf({ session, requestHeaders }: CallSeen): StoreKey | undefined {
    if (session) return session.ticket.storeKey
    const cookie = reader.read(headerOf(requestHeaders, 'cookie'))
    return cookie.kind === 'ticket' ? cookie.opened.ticket.storeKey : undefined
  }

  function pathOf(url: string, who: string): string {
    const path = texts.url(url.split('?', 1)[0] ?? '', who)
    return path.replaceAll(SECRET, '…').slice(0, MOST)
  }

  const nameOf = (ref: string | undefined) =>
    ref === undefined ? undefined : madeAs(ref)?.persona.name

  return {
    bodyBytes: 0,
    call(seen) {
      const storeKey = storeKeyOf(seen)
      const made = storeKey && madeFor(storeKey)
      const problem = headerOf(seen.responseHeaders, PROBLEM_HEADER)
      const call: CallEvent = {
        kind: 'call',
        id: seen.requestId,
        at: seen.startedAt,
        ms: seen.endedAt - seen.startedAt,
        ...(made ? { persona: made.persona.name, ref: made.ref } : {}),
        method: seen.method,
        path: pathOf(seen.url, made?.persona.name ?? NOBODY),
        status: seen.status,
        ...(problem === undefined ? {} : { problem }),
        ...(seen.cut === undefined ? {} : { cut: seen.cut }),
      }
      timeline.add(call)
      if (made && storeKey) called(storeKey, call, seen.session !== undefined)
    },
    leak({ requestId: id, route, at, stopped, ...leak }) {
      const asker = nameOf(leak.asker)
      const owner = nameOf(leak.owner)
      timeline.add({
        kind: 'leak',
        id,
        at,
        route,
        stopped,
        ...(asker === undefined ? {} : { asker }),
        ...(owner === undefined ? {} : { owner }),
      })
    },
  }
}

const MOST = 200
/** Longer than any word, and than a UUID. */
const SECRET = /[A-Za-z0-9_.~+%-]{37,}/g
