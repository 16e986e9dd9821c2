// How long to wait before a worker that ended is replaced, and when to stop trying.
import type { Clock } from '../lib/clock.ts'

export interface Patience {
  /** Before the next try. */
  readonly delayMs: number
  /** One that had served ended. */
  ended(): void
  /** One that never served ended. */
  endedUnready(): void
  wasReady(): void
  /** `size`: how many there should be. */
  isOver(size: number): boolean
}

/** In a row, without one that served: some seconds. */
const MOST_UNREADY = 6
/** Of those that had served, within a minute; and one more for each that should be there. */
const MOST_ENDED = 30
const WINDOW_MS = 60_000
const FIRST_MS = 100

export function createPatience(clock: Clock): Patience {
  let unready = 0
  let endings: readonly number[] = []
  const recent = () => endings.filter((at) => at > clock.now() - WINDOW_MS)
  return {
    get delayMs() {
      return unready === 0 ? 0 : FIRST_MS * 2 ** (unready - 1)
    },
    ended() {
      endings = [...recent(), clock.now()]
    },
    endedUnready() {
      unready++
    },
    wasReady() {
      unready = 0
    },
    isOver: (size) => unready >= MOST_UNREADY || recent().length > MOST_ENDED + size,
  }
}
