// What goes wrong: when a fault of the scenario is possible, and what it does.
import type { Monitor } from './monitor.ts'
import type { SimulatedProcess } from './process.ts'
import type { Fault } from './scenario.ts'
import type { SharedStore } from './shared-store.ts'

export interface FaultsOptions {
  readonly now: () => number
  readonly monitor: Monitor
  readonly shared: SharedStore
  readonly processes: readonly SimulatedProcess[]
  readonly sleepMs: number
  readonly killed: (process: SimulatedProcess) => void
}

/** `undefined` while it would change nothing. */
export type EffectOf = (fault: Fault) => (() => Promise<void> | void) | undefined

export function createFaults(options: FaultsOptions): EffectOf {
  const { now, monitor, shared, processes, sleepMs, killed } = options

  /** What an interrupted grant costs is no fault of ours. */
  function excuse({ granting }: SimulatedProcess) {
    monitor.troubled = true
    for (const handle of monitor.handles) if (granting.has(handle.line)) handle.excused += 1
  }

  return (fault) => {
    if (fault.do === 'failOver') {
      const { how } = fault
      if (!shared.canFailOver(how)) return undefined
      return async () => {
        monitor.troubled = true
        await shared.failOver(how)
        if (how === 'acknowledged') for (const handle of monitor.handles) handle.lossy = true
      }
    }
    if (fault.do === 'hang') {
      const hanging = processes
        .flatMap(({ mail }) => mail.pending())
        .find(({ state, patient }) => patient && state === 'arrived')
      return hanging && (() => hanging.lose())
    }
    const process = processes[fault.at % processes.length]
    if (!process?.alive) return undefined
    const busy = process.mail.pending().length > 0
    const { link } = process
    switch (fault.do) {
      case 'kill':
        if (!busy || processes.filter(({ alive }) => alive).length === 1) return undefined
        return () => {
          excuse(process)
          process.alive = false
          killed(process)
        }
      case 'stall':
        if (!busy || process.stalledUntil > now()) return undefined
        return () => {
          excuse(process)
          process.stalledUntil = now() + sleepMs
        }
      case 'freeze':
        return link.frozen ? undefined : () => link.freeze()
      case 'thaw':
        return link.frozen ? () => link.thaw() : undefined
    }
  }
}
