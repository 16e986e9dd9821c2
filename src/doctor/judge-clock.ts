// Do our clock and theirs agree? Deadlines, leases and tokens of several machines go by it.
import { type Finding, findingsOf } from './finding.ts'

export interface ClockReading {
  /** Whose clock. */
  readonly place: string
  /** Ours, around the question; epoch ms. */
  readonly sentAt: number
  readonly receivedAt: number
  /** Theirs was within this; epoch ms. */
  readonly from: number
  readonly to: number
}

const WARN_MS = 2000
const BAD_MS = 30_000

/** How far ours is certainly ahead of theirs; negative: behind; 0 where the wait for the answer explains it all. */
export function skewOf({ sentAt, receivedAt, from, to }: ClockReading): number {
  if (sentAt > to) return sentAt - to
  return receivedAt < from ? receivedAt - from : 0
}

/** One finding for each clock that differs; one for all, where none does. */
export function judgeClocks(readings: readonly ClockReading[]): Finding[] {
  const { ok, warning, problem, unjudged } = findingsOf('clock')
  if (readings.length === 0) return [unjudged('nobody answered whose clock could be compared')]
  const wrong = readings.flatMap((reading) => {
    const skew = skewOf(reading)
    const off = Math.abs(skew)
    if (off <= WARN_MS) return []
    const text = `this machine's clock is ${Math.round(off / 1000)} s ${skew > 0 ? 'ahead of' : 'behind'} that of ${reading.place}: let NTP set both`
    return [off > BAD_MS ? problem(text) : warning(text)]
  })
  if (wrong.length > 0) return wrong
  return [ok(`as that of ${readings.map(({ place }) => place).join(', ')}`)]
}
