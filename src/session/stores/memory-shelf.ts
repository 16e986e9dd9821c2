// A map whose entries end by themselves: past their end they are not there, and memory is won back bit by bit.

export interface Shelf<Key, Value> {
  /** `undefined` when absent or past its end. */
  get(key: Key, now: number): Value | undefined
  set(key: Key, value: Value): void
  delete(key: Key): void
  /** Those that have not ended, in the order they were first set. */
  entries(now: number): Generator<[Key, Value]>
  /** Looks at the next `count` entries and drops those that have ended. */
  sweep(now: number, count: number): void
  /** Entries in memory, ended ones included. */
  readonly size: number
}

/** `endsAt`: from this moment on the entry is gone. */
export function createShelf<Key, Value>(endsAt: (value: Value) => number): Shelf<Key, Value> {
  const kept = new Map<Key, Value>()
  let sweeping = kept.entries()
  return {
    get(key, now) {
      const value = kept.get(key)
      return value !== undefined && endsAt(value) > now ? value : undefined
    },
    set: (key, value) => void kept.set(key, value),
    delete: (key) => void kept.delete(key),
    *entries(now) {
      for (const entry of kept) if (endsAt(entry[1]) > now) yield entry
    },
    sweep(now, count) {
      for (let looked = 0; looked < count; looked += 1) {
        const next = sweeping.next()
        if (next.done) {
          sweeping = kept.entries()
          return
        }
        const [key, value] = next.value
        if (endsAt(value) <= now) kept.delete(key)
      }
    },
    get size() {
      return kept.size
    },
  }
}
