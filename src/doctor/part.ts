// What every part of an examination is handed, and what it gives back.
import type { Config } from '../config/config.ts'
import type { Env } from '../config/sources.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Finding } from './finding.ts'
import type { ClockReading } from './judge-clock.ts'

export interface Examined {
  readonly config: Config
  readonly env: Env
  /** Absolute. */
  readonly cwd: string
  readonly clock: Clock
  readonly random: Random
}

/** What one part found, and the clocks that it met on the way. */
export interface Part {
  readonly findings: readonly Finding[]
  readonly clocks: readonly ClockReading[]
}

/** The longest for one question. */
export const ASK_MS = 3000
