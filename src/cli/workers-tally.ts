// What all workers have counted, those that have gone included: no sum ever goes down.
import {
  countersOf,
  type MetricsSnapshot,
  type MetricsText,
  mergedMetrics,
  sumOfMetrics,
} from '../http/metrics.ts'
import type { Worker } from './workers-child.ts'

export interface Tally {
  add(worker: Pick<Worker, 'metrics' | 'ended'>): void
  text(): Promise<MetricsText>
}

export function createTally(): Tally {
  const counted = new Set<Pick<Worker, 'metrics' | 'ended'>>()
  let gone: MetricsSnapshot = []
  return {
    add(worker) {
      counted.add(worker)
      void worker.ended.then(async () => {
        const last = countersOf(await worker.metrics())
        counted.delete(worker)
        gone = mergedMetrics([gone, last])
      })
    },
    async text() {
      const asked = [...counted]
      const snapshots = await Promise.all(asked.map((worker) => worker.metrics()))
      // Whoever ended meanwhile is among the gone.
      const present = snapshots.filter((_, index) => {
        const worker = asked[index]
        return worker !== undefined && counted.has(worker)
      })
      return sumOfMetrics([gone, ...present])
    },
  }
}
