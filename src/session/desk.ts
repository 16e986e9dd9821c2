// What operators ask about sessions, and what they end: facts only, never what opens a session. Question and answer are
// plain data, so that one process may ask another.
import type { Clock } from '../lib/clock.ts'
import { type EndReason, type SessionState, type StoreKey, stateOf } from './session.ts'
import { type SessionFilter, type SessionStore, StoreUnreachableError } from './store.ts'

export type DeskRequest =
  | {
      readonly do: 'list'
      readonly who: SessionFilter
      /** `next` of the page before. */
      readonly after?: string
      readonly limit: number
    }
  | { readonly do: 'end'; readonly who: SessionFilter | { readonly ref: string } }

export type DeskAnswer =
  | {
      readonly kind: 'listed'
      /** Live ones, oldest first. */
      readonly sessions: readonly SessionFacts[]
      /** Absent on the last page. */
      readonly next?: string
      /** Epoch ms here: what the times are to be compared with. */
      readonly now: number
    }
  | {
      readonly kind: 'ended'
      readonly count: number
      /** The first hundred of them. */
      readonly sessions: readonly EndedSession[]
    }
  /** Of what was to end, some may have. */
  | { readonly kind: 'unreachable' }

/** Times are epoch milliseconds. */
export interface SessionFacts {
  readonly ref: string
  readonly provider: string
  readonly sub: string
  readonly device: string
  readonly createdAt: number
  readonly seenAt: number
  readonly idleAt: number
  readonly endsAt: number
  readonly state: SessionState
}

export type EndedSession = Pick<SessionFacts, 'ref' | 'provider' | 'sub'>

/** Never rejects for a store that is away. */
export type Desk = (request: DeskRequest) => Promise<DeskAnswer>

export interface DeskOptions {
  readonly store: SessionStore
  readonly clock: Clock
  /** Told once of each time that something ended. */
  readonly onEnded: (count: number, sessions: readonly EndedSession[]) => void
}

/** Shown to the browser as the reason. */
const REASON: EndReason = 'revoked'
const MOST_NAMED = 100
const PAGE = 500

export function createDesk({ store, clock, onEnded }: DeskOptions): Desk {
  /** What they leave behind still says whose they were. */
  async function namesOf(keys: readonly StoreKey[]): Promise<EndedSession[]> {
    const left = await Promise.all(keys.slice(0, MOST_NAMED).map((key) => store.get(key)))
    return left.flatMap((record) => record ?? []).map(nameOf)
  }

  async function endByRef(ref: string): Promise<EndedSession[]> {
    let after: string | undefined
    do {
      const page = await store.list(
        { all: true },
        { limit: PAGE, ...(after === undefined ? {} : { after }) },
      )
      const found = page.sessions.find(({ record }) => record.ref === ref)
      if (found) {
        const ended = await store.delete(found.key, REASON, clock.now())
        return ended ? [nameOf(ended)] : []
      }
      after = page.next
    } while (after !== undefined)
    return []
  }

  async function end(who: SessionFilter | { readonly ref: string }): Promise<DeskAnswer> {
    if ('ref' in who) {
      const sessions = await endByRef(who.ref)
      if (sessions.length > 0) onEnded(sessions.length, sessions)
      return { kind: 'ended', count: sessions.length, sessions }
    }
    const keys = await store.deleteBy(who, REASON, clock.now())
    if (keys.length === 0) return { kind: 'ended', count: 0, sessions: [] }
    // They have ended, and that is told, whatever becomes of the names.
    const sessions = await namesOf(keys).catch(() => [])
    onEnded(keys.length, sessions)
    return { kind: 'ended', count: keys.length, sessions }
  }

  async function list({ who, after, limit }: DeskRequest & { do: 'list' }): Promise<DeskAnswer> {
    const { sessions, next } = await store.list(who, {
      limit,
      ...(after === undefined ? {} : { after }),
    })
    const now = clock.now()
    const facts = sessions.map(({ record }) => ({
      ...nameOf(record),
      device: record.device,
      createdAt: record.createdAt,
      seenAt: record.seenAt,
      idleAt: record.idleAt,
      endsAt: record.endsAt,
      state: stateOf(record, now),
    }))
    return { kind: 'listed', sessions: facts, ...(next === undefined ? {} : { next }), now }
  }

  return async (request) => {
    try {
      return request.do === 'list' ? await list(request) : await end(request.who)
    } catch (error) {
      if (error instanceof StoreUnreachableError) return { kind: 'unreachable' }
      throw error
    }
  }
}

function nameOf({ ref, provider, sub }: EndedSession): EndedSession {
  return { ref, provider, sub }
}
