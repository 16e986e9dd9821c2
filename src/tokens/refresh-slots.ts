// At most so many at a time, in the order they came; who is waited for goes before all that nobody waits for.

export interface Slots {
  /** Takes a place in the queue. */
  enter(waitedFor: boolean): Place
}

export interface Place {
  /** Resolves when a slot is free for this place. */
  readonly turn: Promise<void>
  /** Somebody waits for it by now. */
  hurry(): void
  /** Gives the slot back. Whoever entered must leave, once its turn has come; a second time does nothing. */
  leave(): void
}

interface Waiting {
  begun: boolean
  readonly begin: () => void
}

export function createSlots(atOnce: number): Slots {
  const waitedFor: Waiting[] = []
  const others: Waiting[] = []
  let free = atOnce

  function next(): void {
    while (free > 0) {
      const waiting = waitedFor.shift() ?? others.shift()
      if (!waiting) return
      // Whoever was hurried stands in both queues.
      if (waiting.begun) continue
      waiting.begun = true
      free -= 1
      waiting.begin()
    }
  }

  return {
    enter(hurried) {
      const { promise: turn, resolve: begin } = Promise.withResolvers<void>()
      const waiting = { begun: false, begin }
      const queue = hurried ? waitedFor : others
      queue.push(waiting)
      next()
      let left = false
      return {
        turn,
        hurry() {
          if (!waiting.begun) waitedFor.push(waiting)
        },
        leave() {
          if (left) return
          left = true
          free += 1
          next()
        },
      }
    },
  }
}
