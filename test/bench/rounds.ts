// The contestants take turns, round after round, so that whatever else the machine does meets them all alike.
import type { Arena, Entered } from './arena.ts'
import type { Usage } from './contestant.ts'
import type { Start } from './load.ts'
import { coreMicros, GATEWAY_CORE } from './machine.ts'
import type { Stretch } from './run.ts'
import type { Workload } from './workloads.ts'

/** One contestant in one round. */
export interface Figure {
  /** The contestant's own, per answer; undefined where there is no contestant's process. */
  readonly cpuMicros: number | undefined
  readonly rps: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly rssBytes: number | undefined
  /** How much of its core the contestant used: below 0.95 somebody else was the narrow place, and `rps` says little. */
  readonly share: number | undefined
  /** How much of its core somebody else used meanwhile. */
  readonly disturbance: number
}

export interface Series {
  readonly contestant: string
  readonly title: string
  readonly workload: Workload
  readonly figures: readonly Figure[]
}

export interface RoundsOptions {
  readonly rounds: number
  readonly ms: number
  readonly patience: number
}

const DISTURBED = 0.05

const CONNECTIONS = 50
/** Long enough for the optimising compiler to have made up its mind. */
const FIRST_WARM_UP_MS = 3000

export async function runRounds(
  arena: Arena,
  workload: Workload,
  { rounds, ms, patience }: RoundsOptions,
): Promise<Series[]> {
  const figures = new Map<Entered, Figure[]>()
  for (const entered of arena.entered) {
    figures.set(entered, [])
    await measure(arena, entered, workload, FIRST_WARM_UP_MS)
  }
  for (let round = 0; round < rounds; round++) {
    for (const entered of arena.entered) {
      const figure = await measureInPeace(arena, entered, workload, ms, patience)
      figures.get(entered)?.push(figure)
    }
  }
  return arena.entered.map((entered) => ({
    contestant: entered.contestant.name,
    title: entered.contestant.title,
    workload,
    figures: figures.get(entered) ?? [],
  }))
}

/** The least disturbed of at most `patience + 1` measurements, the first that was left alone. */
async function measureInPeace(
  arena: Arena,
  entered: Entered,
  workload: Workload,
  ms: number,
  patience: number,
): Promise<Figure> {
  let best = await measure(arena, entered, workload, ms)
  for (let i = 0; i < patience && entered.child && best.disturbance > DISTURBED; i++) {
    const again = await measure(arena, entered, workload, ms)
    if (again.disturbance < best.disturbance) best = again
  }
  return best
}

export async function measure(
  { load }: Arena,
  { contestant, child }: Entered,
  workload: Workload,
  ms: number,
): Promise<Figure> {
  const start: Start = {
    contestant: contestant.name,
    workload,
    connections: CONNECTIONS,
    warmUp: CONNECTIONS * (workload.receives > 64 * 1024 ? 2 : 20),
  }
  await load.call('start', start)
  const before = await child?.call<Usage>('usage')
  const coreBefore = coreMicros(GATEWAY_CORE)
  const stretch = await load.call<Stretch>('measure', ms)
  const coreUsed = coreMicros(GATEWAY_CORE) - coreBefore
  const after = await child?.call<Usage>('usage')
  await load.call('stop')
  const cpu = before && after ? after.cpuMicros - before.cpuMicros : undefined
  return {
    cpuMicros: cpu === undefined ? undefined : cpu / stretch.answers,
    rps: (stretch.answers * 1e6) / stretch.wallMicros,
    p50Ms: stretch.p50Micros / 1000,
    p99Ms: stretch.p99Micros / 1000,
    rssBytes: after?.rssBytes,
    share: cpu === undefined ? undefined : cpu / stretch.wallMicros,
    disturbance: cpu === undefined ? 0 : Math.max(0, coreUsed - cpu) / stretch.wallMicros,
  }
}
