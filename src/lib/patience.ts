// Gives up on what does not settle in time. Time in which this process itself stood still is hardly held against anybody.
import type { Clock } from './clock.ts'

export interface Patience {
  /**
   * Settles as `work` does, or rejects with `tooLate()` once the time is over; `afterwards` is told what came after
   * all. Costs no timer of its own.
   */
  wait<T>(work: Promise<T>, afterwards?: (value: T) => void): Promise<T>
  /** How many are being waited for. */
  readonly waiting: number
}

export interface PatienceOptions {
  readonly clock: Clock
  /** The longest wait; an eighth less at least. */
  readonly ms: number
  readonly tooLate: () => Error
}

interface Waiting {
  ticks: number
  giveUp(): void
}

const TICKS = 8
/** So many more, where the last tick came late: what has arrived meanwhile is heard first. */
const MORE_TICKS = 2

export function createPatience({ clock, ms, tooLate }: PatienceOptions): Patience {
  const tickMs = ms / TICKS
  const waiting = new Set<Waiting>()
  let ticking = false

  function tickLater(): void {
    ticking = true
    const dueAt = clock.now() + tickMs
    clock.after(tickMs, () => {
      const late = clock.now() - dueAt > tickMs / 2
      // A jump of the clock is one tick, however long: in between nobody could have answered.
      queueMicrotask(() => tick(late))
    })
  }

  function tick(late: boolean): void {
    for (const one of waiting) {
      one.ticks++
      if (one.ticks >= (late ? TICKS + MORE_TICKS : TICKS)) one.giveUp()
    }
    if (waiting.size > 0) tickLater()
    else ticking = false
  }

  return {
    wait(work, afterwards) {
      return new Promise((resolve, reject) => {
        let given = false
        const one = {
          ticks: 0,
          giveUp() {
            given = true
            waiting.delete(one)
            reject(tooLate())
          },
        }
        waiting.add(one)
        if (!ticking) tickLater()
        work.then(
          (value) => {
            waiting.delete(one)
            if (given) afterwards?.(value)
            else resolve(value)
          },
          (error: unknown) => {
            waiting.delete(one)
            reject(error)
          },
        )
      })
    },
    get waiting() {
      return waiting.size
    },
  }
}
