// What of a run goes into its report: every call, and the messages that show what went wrong, within bounds. Pure.
import type { Message, Run, RunCall } from '../../run.ts'
import { counterparts } from './counterparts.ts'
import type { Bounded } from './packed.ts'
import { kindOf } from './words.ts'

export interface Bounds {
  /** Bytes of messages, each text counted once. */
  readonly messages: number
  /** Calls; own and plain ones go first when there are more. */
  readonly calls: number
  /** Characters of a path. */
  readonly path: number
}

export function bound(run: Run, bounds: Bounds): Bounded {
  const shown = thin(run.calls, bounds.calls)
  const kept = chooseMessages(shown, bounds.messages)
  let [cutPaths, withMessages, troubleWithout] = [0, 0, 0]
  const calls = shown.map((whole): RunCall => {
    const call = { ...whole, ...shortened(whole, bounds.path) }
    if (call.path !== whole.path) cutPaths++
    if (!hasMessages(call)) return call
    if (kept.has(whole)) {
      withMessages++
      return call
    }
    if (isTrouble(call)) troubleWithout++
    const { request: _, response: __, marks: ___, recorded, ...rest } = call
    if (recorded === undefined) return rest
    const { response: ____, marks: _____, ...was } = recorded
    return { ...rest, recorded: was }
  })
  const left = {
    calls: run.calls.length,
    shown: calls.length,
    withMessages,
    troubleWithout,
    cutPaths,
  }
  return { users: run.users, phases: run.phases, calls, left }
}

/** So many differences of one call are told. */
const MOST_TOLD = 4

function shortened({ path, differences }: RunCall, most: number) {
  if (differences === undefined) return { path: cut(path, most) }
  const told = differences.slice(0, MOST_TOLD).map((one) => cut(one, most))
  const more = differences.length - told.length
  if (more > 0) told.push(`and ${more} more`)
  return { path: cut(path, most), differences: told }
}

/** What the report is looked at for. */
function isTrouble(call: RunCall): boolean {
  const kind = kindOf(call)
  return kind !== 'own' && kind !== 'plain'
}

function hasMessages({ request, response }: RunCall): boolean {
  return request !== undefined || response !== undefined
}

/** Keeps all trouble that there is room for, and of the rest an even share. */
function thin(calls: readonly RunCall[], most: number): readonly RunCall[] {
  if (calls.length <= most) return calls
  const trouble = calls.filter(isTrouble).length
  const [ofTrouble, ofRest] = [Math.min(trouble, most), Math.max(0, most - trouble)]
  const rest = calls.length - trouble
  let [seenTrouble, seenRest] = [0, 0]
  return calls.filter((call) => {
    if (isTrouble(call)) return isPicked(seenTrouble++, ofTrouble, trouble)
    return isPicked(seenRest++, ofRest, rest)
  })
}

/** Whether the nth of `all` is among `some` evenly picked ones. */
function isPicked(n: number, some: number, all: number): boolean {
  return Math.floor(((n + 1) * some) / all) > Math.floor((n * some) / all)
}

/** The most telling first, and of each kind one before any second. */
function chooseMessages(calls: readonly RunCall[], budget: number): ReadonlySet<RunCall> {
  const beside = counterparts(calls)
  const seen = new Map<string, number>()
  const ranked = calls.filter(hasMessages).map((call) => {
    const kind = sortOf(call)
    const nth = seen.get(kind) ?? 0
    seen.set(kind, nth + 1)
    return { call, nth, urgency: URGENCY[kindOf(call)] }
  })
  const wanted = ranked
    .filter(({ call, nth }) => isTrouble(call) || nth === 0)
    .sort((a, b) => a.urgency - b.urgency || a.nth - b.nth || a.call.n - b.call.n)

  const kept = new Set<RunCall>()
  const texts = new Set<string>()
  let used = 0
  const keep = (call: RunCall): void => {
    if (kept.has(call)) return
    const fresh = new Set([call.request, call.response, call.recorded?.response].flatMap(textsOf))
    let cost = 24
    for (const text of fresh) if (!texts.has(text)) cost += Buffer.byteLength(text) + 8
    if (used + cost > budget) return
    used += cost
    kept.add(call)
    for (const text of fresh) texts.add(text)
  }
  for (const { call } of wanted) {
    keep(call)
    const other = beside(call)
    if (other && kept.has(call)) keep(other)
  }
  return kept
}

const URGENCY = {
  foreign: 0,
  thrown_out: 1,
  different: 2,
  failed: 3,
  mended: 3,
  own: 4,
  plain: 4,
} as const

function sortOf(call: RunCall): string {
  const { phase, user, owner = '', method, path } = call
  const kind = kindOf(call)
  if (kind === 'different' || kind === 'mended') return [kind, user, method, path].join()
  return (isTrouble(call) ? [kind, phase, user, owner] : [kind, user, method, path]).join()
}

function textsOf(message: Message | undefined): readonly string[] {
  return message ? [...message.headers, message.body] : []
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}
