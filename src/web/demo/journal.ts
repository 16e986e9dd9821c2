// The upstream's journal as the page reads it: whose calls came, in what order, and how many of a kind. Pure.

/** One call as `GET /demo/seen` tells it. */
export interface SeenCall {
  /** Epoch ms. */
  readonly at: number
  readonly method: string
  readonly path: string
  readonly owner?: string
  /** The last four characters of the token. */
  readonly token?: string
  readonly cookie: boolean
  readonly status?: number
  readonly ms?: number
}

/** Calls that look the same, one right after the other. */
export interface SeenRow extends SeenCall {
  readonly times: number
}

/** Newest first, as the calls are; the time is the newest one's, `ms` the longest. */
export function rowsOf(calls: readonly SeenCall[]): readonly SeenRow[] {
  const rows: SeenRow[] = []
  for (const call of calls) {
    const last = rows.at(-1)
    if (last && kindOf(last) === kindOf(call)) {
      const ms = Math.max(last.ms ?? 0, call.ms ?? 0)
      rows[rows.length - 1] = { ...last, times: last.times + 1, ms }
    } else {
      rows.push({ ...call, times: 1 })
    }
  }
  return rows
}

function kindOf({ method, path, owner, token, cookie, status }: SeenCall): string {
  return JSON.stringify([method, path, owner, token, cookie, status])
}

export interface Tally {
  /** Calls of this kind that the upstream answered well. */
  readonly answers: number
  readonly refreshes: number
}

/** What the upstream had of this person from `since` on. */
export function tally(
  calls: readonly SeenCall[],
  { owner, path, since }: { owner: string; path: string; since: number },
): Tally {
  const own = calls.filter((call) => call.owner === owner && call.at >= since)
  const good = own.filter(({ status }) => status === 200)
  return {
    answers: good.filter((call) => call.path === path).length,
    refreshes: own.filter((call) => call.path === '/refresh').length,
  }
}

export function isJournal(body: unknown): body is readonly SeenCall[] {
  return Array.isArray(body) && body.every((call) => typeof call?.path === 'string')
}
