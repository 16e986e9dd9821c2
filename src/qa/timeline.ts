// What happened within the last minute, for whoever watches: who called what and how it was answered, and nothing of
// what was sent.
import type { Clock } from '../lib/clock.ts'
import type { BenchEvent } from './timeline-events.ts'

export interface Timeline {
  add(event: BenchEvent): void
  /** Those of the last minute, oldest first. */
  recent(): BenchEvent[]
  /** The returned function ends it. */
  subscribe(listener: (event: BenchEvent) => void): () => void
}

export const KEPT_MS = 60_000
const MOST = 5000

export function createTimeline(clock: Clock): Timeline {
  const events: BenchEvent[] = []
  const listeners = new Set<(event: BenchEvent) => void>()

  function forgetOld(): void {
    const since = clock.now() - KEPT_MS
    const young = events.findIndex((event) => endOf(event) > since)
    const old = young === -1 ? events.length : young
    const many = Math.max(0, events.length - MOST)
    if (old > 0 || many > 0) events.splice(0, Math.max(old, many))
  }

  return {
    add(event) {
      events.push(event)
      forgetOld()
      for (const listener of listeners) listener(event)
    },
    recent() {
      forgetOld()
      return [...events]
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** Events are told when they are over, so they come in this order. */
function endOf(event: BenchEvent): number {
  return event.kind === 'call' ? event.at + event.ms : event.at
}
