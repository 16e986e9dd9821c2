// Plays a recording to a target in a process of its own, and tells its parent what was kept and how its memory grew.
import { memoryUsage } from 'node:process'
import { replay } from './replay.ts'

export interface ReplayGrowth {
  readonly calls: number
  readonly answers: number
  readonly different: number
  /** Calls that are kept for the report. */
  readonly kept: number
  /** Bytes of the heap after a full collection, when so many calls had been made as was asked. */
  readonly heaps: readonly number[]
}

const [file = '', target = '', ...marks] = process.argv.slice(2)
const heaps: number[] = []
const { counts, run } = await replay(file, target, {
  pace: { kind: 'fastest' },
  onProgress(done) {
    if (!marks.includes(String(done))) return
    globalThis.gc?.()
    heaps.push(memoryUsage().heapUsed)
  },
})
const { calls, answers, different } = counts
process.send?.({ calls, answers, different, kept: run.calls.length, heaps } satisfies ReplayGrowth)
