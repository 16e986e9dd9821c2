// Asks about many things, few at a time: each once for however often it was marked, and again when whoever answers is back.
import { StoreUnreachableError } from '../session/store.ts'

export interface Looks<T> {
  /** Marks them. What is being looked at already is looked at once more. */
  soon(things: Iterable<T | undefined>): void
  forget(thing: T): void
  /** Goes on where nobody answered. */
  retry(): void
  close(): void
}

export interface LooksOptions<T> {
  /** Rejects with StoreUnreachableError: asked again after `retry`. */
  readonly look: (thing: T) => Promise<void>
  readonly unreachable: (thing: T) => void
  readonly failed: (error: unknown) => void
}

const AT_ONCE = 32

export function createLooks<T>({ look, unreachable, failed }: LooksOptions<T>): Looks<T> {
  const marked = new Set<T>()
  const underWay = new Set<T>()
  let resting = false
  let closed = false

  function go(): void {
    for (const thing of marked) {
      if (closed || resting || underWay.size >= AT_ONCE) return
      if (!underWay.has(thing)) void lookAt(thing)
    }
  }

  async function lookAt(thing: T): Promise<void> {
    marked.delete(thing)
    underWay.add(thing)
    try {
      await look(thing)
    } catch (error) {
      if (error instanceof StoreUnreachableError) {
        resting = true
        marked.add(thing)
        unreachable(thing)
      } else failed(error)
    } finally {
      underWay.delete(thing)
      go()
    }
  }

  return {
    soon(things) {
      for (const thing of things) if (thing !== undefined) marked.add(thing)
      go()
    },
    forget: (thing) => void marked.delete(thing),
    retry() {
      resting = false
      go()
    },
    close() {
      closed = true
      marked.clear()
    },
  }
}
