// Jobs in this process's memory.
import { cacheKey } from '../../lib/cache-key.ts'
import type { ClaimedJob, NewJob } from '../store.ts'
import { createShelf } from './memory-shelf.ts'

interface Kept extends NewJob {
  readonly attempts: number
  /** Proof of the last claim, good until somebody else's. */
  readonly claim: string | undefined
  /** Nobody is given the job before. */
  readonly hiddenUntil: number
  readonly order: number
}

export function createMemoryJobs() {
  // A claim that outlasts the job's end may still be honoured with `done`.
  const shelf = createShelf<string, Kept>((job) => Math.max(job.endsAt, job.hiddenUntil))
  let added = 0

  function held(job: ClaimedJob, now: number): Kept | undefined {
    const found = shelf.get(nameOf(job), now)
    return found?.claim === job.claim ? found : undefined
  }

  return {
    enqueue(job: NewJob, now: number): boolean {
      if (shelf.get(nameOf(job), now)) return false
      added += 1
      const payload = new Uint8Array(job.payload)
      const fresh = { attempts: 0, claim: undefined, hiddenUntil: 0, order: added }
      shelf.set(nameOf(job), { ...job, ...fresh, payload })
      return true
    },

    claim(queue: string, claim: string, ms: number, now: number): ClaimedJob | undefined {
      let first: Kept | undefined
      for (const [, job] of shelf.entries(now)) {
        if (job.queue !== queue || Math.max(job.dueAt, job.hiddenUntil) > now) continue
        if (!first || compare(job, first) < 0) first = job
      }
      if (!first) return undefined
      const claimed = { ...first, claim, attempts: first.attempts + 1, hiddenUntil: now + ms }
      shelf.set(nameOf(first), claimed)
      const { order: _order, hiddenUntil: _hidden, ...job } = claimed
      return { ...job, payload: new Uint8Array(job.payload) }
    },

    done(job: ClaimedJob, now: number): boolean {
      const found = held(job, now)
      if (found) shelf.delete(nameOf(job))
      return found !== undefined
    },

    retry(job: ClaimedJob, dueAt: number, now: number): boolean {
      const found = held(job, now)
      if (found) shelf.set(nameOf(job), { ...found, dueAt, claim: undefined, hiddenUntil: 0 })
      return found !== undefined
    },

    shelf,
  }
}

function nameOf({ queue, id }: NewJob): string {
  return cacheKey(queue, id)
}

function compare(a: Kept, b: Kept): number {
  return a.dueAt - b.dueAt || a.order - b.order
}
