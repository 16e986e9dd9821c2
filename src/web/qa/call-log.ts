// The calls of the last minute as lanes take them, from the events of the bench as they come. Pure but for what it gathers.

import type { CallOutcome, RunCall } from '../../qa/run.ts'
import type { BenchEvent, CallEvent, LeakEvent } from '../../qa/timeline-events.ts'

/** The lane of whoever is no persona's session; no persona has a capital letter. */
export const OTHERS = 'Others'

export interface SeenCall {
  readonly event: CallEvent
  readonly leak: LeakEvent | undefined
  /** The same object for as long as nothing more is known of it. */
  readonly run: RunCall
}

export interface CallLog {
  /** What it has already is not taken twice. */
  add(event: BenchEvent): void
  /** In the order in which they came to an end. */
  readonly calls: readonly SeenCall[]
  /** Calls that had ended before `moment` are forgotten. */
  forget(moment: number): void
  seenOf(run: RunCall): SeenCall | undefined
}

/** Epoch ms; a whole minute, so that the scale has round moments. */
export type Base = number

const MOST = 5000

export function createCallLog(base: Base): CallLog {
  const calls = new Map<string, SeenCall>()
  const leaks = new Map<string, LeakEvent>()
  let listed: readonly SeenCall[] | undefined
  let count = 0

  function see(event: CallEvent, n: number): void {
    const leak = leaks.get(event.id)
    calls.set(event.id, { event, leak, run: runCallOf(event, leak, n, base) })
    listed = undefined
  }

  function drop(ids: readonly string[]): void {
    for (const id of ids) calls.delete(id)
    if (ids.length > 0) listed = undefined
  }

  return {
    get calls() {
      listed ??= [...calls.values()]
      return listed
    },
    add(event) {
      if (event.kind === 'call' && !calls.has(event.id)) {
        see(event, count++)
        const [oldest] = calls.keys()
        if (calls.size > MOST && oldest !== undefined) drop([oldest])
      } else if (event.kind === 'leak' && !leaks.has(event.id)) {
        leaks.set(event.id, event)
        const call = calls.get(event.id)
        if (call) see(call.event, call.run.n)
      }
    },
    forget(moment) {
      const old = [...calls.values()].filter(({ event: { at, ms } }) => at + ms < moment)
      drop(old.map(({ event }) => event.id))
      for (const [id, { at }] of leaks) if (at < moment && !calls.has(id)) leaks.delete(id)
    },
    seenOf: (run) => [...calls.values()].find((seen) => seen.run === run || seen.run.n === run.n),
  }
}

function runCallOf(event: CallEvent, leak: LeakEvent | undefined, n: number, base: Base): RunCall {
  const { at, ms, method, path, status, persona } = event
  return {
    n,
    phase: '',
    user: leak?.asker ?? persona ?? OTHERS,
    method,
    path,
    startMs: at - base,
    endMs: at - base + ms,
    status,
    outcome: outcomeOf(event, leak),
    ...(leak?.owner === undefined ? {} : { owner: leak.owner }),
  }
}

/** Chooses the shape: nothing here was verified. */
function outcomeOf({ status, path, problem, cut }: CallEvent, leak?: LeakEvent): CallOutcome {
  if (leak) return 'foreign'
  if (status === 0 || cut !== undefined) return 'failed'
  if (isSessionRefused(problem)) return 'thrown_out'
  return path.startsWith('/auth/') ? 'plain' : 'own'
}

/** The gateway had no session to answer from. */
export function isSessionRefused(problem: string | undefined): boolean {
  return problem?.startsWith('session_') === true || problem === 'sign_in_pending'
}
