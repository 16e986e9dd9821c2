// A recording lists calls as they ended; this gives them as they began. Pure.
import type { RecordedCall } from './recorded-call.ts'
import type { NoCall } from './unplayed.ts'

/** So many are looked ahead: a call that lasted longer than that begins late. */
export const WINDOW = 2000

export async function* inOrder(
  calls: AsyncIterable<RecordedCall | NoCall>,
): AsyncGenerator<RecordedCall> {
  const waiting: RecordedCall[] = []
  for await (const call of calls) {
    if ('cut' in call) continue
    insert(waiting, call)
    const first = waiting.length > WINDOW ? waiting.shift() : undefined
    if (first) yield first
  }
  yield* waiting
}

/** Most come nearly in order, so the place is looked for from the end. */
function insert(waiting: RecordedCall[], call: RecordedCall): void {
  let at = waiting.length
  while (at > 0 && (waiting[at - 1]?.began ?? 0) > call.began) at--
  waiting.splice(at, 0, call)
}
