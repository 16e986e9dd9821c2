// Works on the store's jobs, in this process beside others that do the same: each job is one process's at a time, and
// another's when that one dies.
import type { Clock } from '../lib/clock.ts'
import type { ClaimedJob, SessionStore } from '../session/store.ts'

export interface Worker {
  /** There may be something to do. */
  wake(): void
  /** Takes nothing more; what is under way is broken off and given back. Resolves when nothing is. */
  close(): Promise<void>
}

export type JobResult =
  | { readonly kind: 'done' }
  /** Epoch ms. */
  | { readonly kind: 'again'; readonly at: number }

export interface WorkerOptions {
  readonly store: Pick<SessionStore, 'claim' | 'done' | 'retry'>
  readonly clock: Clock
  readonly queue: string
  /** Longer than `work` may take: after it somebody else takes the job over. */
  readonly leaseMs: number
  /** Rejects where the store is away, say: the job comes again when its lease lapses. */
  readonly work: (job: ClaimedJob, signal: AbortSignal) => Promise<JobResult>
  readonly failed: (error: unknown) => void
}

const AT_ONCE = 16
/** How late somebody else's job may be noticed. */
const LOOK_MS = 1000

export function openWorker(options: WorkerOptions): Worker {
  const { store, clock, queue, leaseMs, work, failed } = options
  const stop = new AbortController()
  const underWay = new Set<Promise<void>>()
  let claiming = false
  let again = false
  let cancel = clock.after(0, look)

  function look(): void {
    cancel()
    if (stop.signal.aborted) return
    cancel = clock.after(LOOK_MS, look)
    if (claiming) again = true
    else void claim()
  }

  async function claim(): Promise<void> {
    claiming = true
    try {
      do {
        again = false
        while (underWay.size < AT_ONCE && !stop.signal.aborted) {
          const job = await store.claim(queue, leaseMs)
          if (!job) break
          start(job)
        }
      } while (again)
    } catch (error) {
      failed(error)
    }
    claiming = false
  }

  function start(job: ClaimedJob): void {
    const run = attend(job)
      .catch(failed)
      .finally(() => {
        underWay.delete(run)
        look()
      })
    underWay.add(run)
  }

  async function attend(job: ClaimedJob): Promise<void> {
    const result = await work(job, stop.signal)
    if (result.kind === 'done') await store.done(job)
    else {
      await store.retry(job, result.at)
      const ms = result.at - clock.now()
      // Sooner than the next look.
      if (ms < LOOK_MS && !stop.signal.aborted) clock.after(Math.max(0, ms), look)
    }
  }

  return {
    wake: look,
    async close() {
      stop.abort(new Error('this process ends'))
      cancel()
      await Promise.all(underWay)
    },
  }
}
