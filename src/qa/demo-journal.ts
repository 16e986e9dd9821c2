// Remembers the last calls that reached the demo upstream, and who each was for, without a secret.
import type { Clock } from '../lib/clock.ts'

export interface SeenCall {
  /** Epoch milliseconds. */
  readonly at: number
  readonly method: string
  /** The route's pattern; for an unknown path, the path. Never a query. */
  readonly path: string
  /** Username the call was for, by a token that proved good or a sign-in that worked. */
  readonly owner?: string
  /** The last four characters of the token that came along. */
  readonly token?: string
  /** Whether any Cookie header arrived. */
  readonly cookie: boolean
  /** Absent until answered. */
  readonly status?: number
  readonly ms?: number
}

export interface Arrival {
  readonly method: string
  readonly path: string
  readonly known: boolean
  readonly authorization: string | undefined
  readonly cookie: boolean
}

export interface Entry {
  belongsTo(owner: string): void
  answered(status: number): void
}

export interface DemoJournal {
  arrive(arrival: Arrival): Entry
  /** Newest first. */
  seen(): SeenCall[]
  /** How many calls of this kind have arrived; the path `*` counts the unknown ones. */
  count(method: string, path: string): number
}

export function createDemoJournal(clock: Clock): DemoJournal {
  const calls: Array<{ -readonly [Key in keyof SeenCall]: SeenCall[Key] }> = []
  const counts = new Map<string, number>()

  return {
    arrive({ method, path, known, authorization, cookie }) {
      const kind = `${method} ${known ? path : '*'}`
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      const token = fingerprint(authorization)
      const call: (typeof calls)[number] = { at: clock.now(), method, path, cookie }
      if (token !== undefined) call.token = token
      calls.push(call)
      if (calls.length > KEPT) calls.shift()
      return {
        belongsTo(owner) {
          call.owner = owner
        },
        answered(status) {
          call.status = status
          call.ms = clock.now() - call.at
        },
      }
    },
    seen: () => calls.toReversed(),
    count: (method, path) => counts.get(`${method} ${path}`) ?? 0,
  }
}

/** Too little of a token to be worth anything; nothing of one so short that it would be much. */
function fingerprint(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  return authorization.length >= 40 ? authorization.slice(-4) : '····'
}

const KEPT = 200
