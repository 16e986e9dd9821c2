// What the store does by itself, in small steps and at its own pace: it writes touches and sweeps away what has ended.
import type { Clock } from '../../lib/clock.ts'
import type { StoreKey } from '../session.ts'
import type { Touch } from './sqlite-sessions.ts'

export interface Chores {
  /** Remembers a touch until the next round of writing. */
  touch(key: StoreKey, times: { seenAt: number; idleAt: number }): void
  /** Ends all rounds; resolves when the touches so far are written, or cannot be. */
  close(): Promise<void>
}

export interface ChoresOptions {
  readonly clock: Clock
  readonly writeTouches: (touches: readonly Touch[]) => Promise<void>
  /** Resolves true while there may be more to sweep. */
  readonly sweepSome: () => Promise<boolean>
  /** Told once of each outage. */
  readonly onError: (error: unknown) => void
}

const TOUCH_EVERY_MS = 1000
const SWEEP_EVERY_MS = 10_000
const TOUCHES_AT_ONCE = 100

export function createChores(options: ChoresOptions): Chores {
  const { clock, writeTouches, sweepSome, onError } = options
  let touches = new Map<StoreKey, { seenAt: number; idleAt: number }>()
  let closed = false
  let failing = false

  function touch(key: StoreKey, { seenAt, idleAt }: { seenAt: number; idleAt: number }): void {
    const known = touches.get(key)
    touches.set(key, {
      seenAt: Math.max(seenAt, known?.seenAt ?? seenAt),
      idleAt: Math.max(idleAt, known?.idleAt ?? idleAt),
    })
  }

  async function write(): Promise<void> {
    const all = [...touches]
    touches = new Map()
    let written = 0
    try {
      while (written < all.length) {
        const some = all.slice(written, written + TOUCHES_AT_ONCE)
        await writeTouches(some.map(([key, { seenAt, idleAt }]) => [key, seenAt, idleAt]))
        written += some.length
      }
    } catch (error) {
      for (const [key, times] of all.slice(written)) touch(key, times)
      throw error
    }
  }

  async function sweep(): Promise<void> {
    while (!closed && (await sweepSome()));
  }

  /** Does `work` every `ms`, counted from when it was done last. Returns what stops it. */
  function repeat(ms: number, work: () => Promise<void>): () => Promise<void> {
    let cancel = () => {}
    let underWay = Promise.resolve()
    const wait = () => {
      cancel = clock.after(ms, () => {
        underWay = attempt(work)
        void underWay.then(() => closed || wait())
      })
    }
    wait()
    return () => {
      cancel()
      return underWay
    }
  }

  async function attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      failing = false
    } catch (error) {
      if (!failing) onError(error)
      failing = true
    }
  }

  const stops = [repeat(TOUCH_EVERY_MS, write), repeat(SWEEP_EVERY_MS, sweep)]

  return {
    touch,
    async close() {
      closed = true
      await Promise.all(stops.map((stop) => stop()))
      await attempt(write)
    },
  }
}
