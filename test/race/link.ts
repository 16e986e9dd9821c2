// The way of the store's events to one process: in order, each delivered when the scheduler says so.
import { ANY_RECORD } from '../../src/session/store.ts'

export interface Link {
  /** Told by the store. */
  push(message: string): void
  subscribe(listener: (message: string) => void): () => void
  /** What is on its way, oldest first. */
  readonly waiting: ReadonlyArray<{ readonly message: string; readonly sentAt: number }>
  deliver(): void
  /** From here on nothing arrives; after `thaw` everybody is told that something may have been missed. */
  freeze(): void
  thaw(): void
  readonly frozen: boolean
  /** Everything that was told before has arrived. */
  readonly provenAt: number
}

export function createLink(now: () => number): Link {
  const listeners = new Set<(message: string) => void>()
  let waiting: Array<{ message: string; sentAt: number }> = []
  let frozenAt: number | undefined
  return {
    push(message) {
      if (frozenAt === undefined) waiting.push({ message, sentAt: now() })
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    get waiting() {
      return waiting
    },
    deliver() {
      const next = waiting.shift()
      if (next) for (const listener of [...listeners]) listener(next.message)
    },
    freeze() {
      frozenAt = waiting[0]?.sentAt ?? now()
      waiting = []
    },
    thaw() {
      frozenAt = undefined
      waiting = [{ message: ANY_RECORD, sentAt: now() }]
    },
    get frozen() {
      return frozenAt !== undefined
    },
    get provenAt() {
      return frozenAt ?? waiting[0]?.sentAt ?? now()
    },
  }
}
