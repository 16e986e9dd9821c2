// What a foreign answer is laid beside: what its owner got when asking the same, nearest in time. Pure.
import type { RunCall } from '../../run.ts'

/** `undefined` where nothing of the owner's own was kept. */
export type FindCounterpart = (call: RunCall) => RunCall | undefined

/** Takes foreign answers to their owner's own, and thrown out users to what they themselves had got. */
export function counterparts(calls: readonly RunCall[]): FindCounterpart {
  const own = new Map<string, RunCall[]>()
  for (const call of calls) {
    if (call.outcome !== 'own' || call.response === undefined) continue
    for (const key of [call.user, keyOf(call.user, call)]) {
      const list = own.get(key)
      if (list) list.push(call)
      else own.set(key, [call])
    }
  }
  return (call) => {
    const user = call.outcome === 'foreign' ? call.owner : call.user
    if (user === undefined || !(call.outcome === 'foreign' || call.outcome === 'thrown_out')) {
      return undefined
    }
    return nearest(own.get(keyOf(user, call)) ?? own.get(user) ?? [], call.startMs)
  }
}

function keyOf(user: string, { method, path }: RunCall): string {
  return `${user}\n${method} ${path}`
}

/** `calls` are by `startMs`. */
function nearest(calls: readonly RunCall[], ms: number): RunCall | undefined {
  let [from, to] = [0, calls.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((calls[middle]?.startMs ?? 0) < ms) from = middle + 1
    else to = middle
  }
  const [before, after] = [calls[from - 1], calls[from]]
  if (before === undefined || after === undefined) return before ?? after
  return ms - before.startMs <= after.startMs - ms ? before : after
}
