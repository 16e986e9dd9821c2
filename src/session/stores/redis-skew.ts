// How far the server's clock is ahead of this machine's, for what must lapse at one moment for everybody.
import type { Clock } from '../../lib/clock.ts'

export interface Skew {
  /** Add it to this machine's time; 0 while the two clocks agree as well as a measurement can tell. */
  readonly ms: number
  /** `time`: the answer to TIME, asked for at `sentAt`. */
  measure(sentAt: number, time: unknown): void
}

/** Less than that may as well be the way there and back. */
const NOTICEABLE_MS = 250

export function createSkew(timer: Clock): Skew {
  let ms = 0
  return {
    get ms() {
      return ms
    },
    measure(sentAt, time) {
      if (!Array.isArray(time)) return
      const [seconds, micros] = time.map((part: unknown) => Number(String(part)))
      if (seconds === undefined || micros === undefined) return
      const onServer = seconds * 1000 + Math.floor(micros / 1000)
      const ahead = Math.round(onServer - (sentAt + timer.now()) / 2)
      if (Math.abs(ahead - ms) > NOTICEABLE_MS) ms = ahead
    },
  }
}
