// What the figures were measured on, and how a process is kept on one core of it.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { thisMachine } from '../support/needs.ts'

/** The gateway has a core to itself; everything that plays the world shares the other. */
export const GATEWAY_CORE = 0
export const WORLD_CORE = 1

/** Path of a command; undefined when there is none. */
export function findCommand(name: string): string | undefined {
  return thisMachine.find(name)
}

export function canPin(): boolean {
  return cpus().length > 1 && findCommand('taskset') !== undefined
}

/** The command that runs `command` on one core; the command itself where that cannot be had. */
export function pinned(core: number, command: readonly [string, ...string[]]) {
  const pin = canPin() ? ['taskset', '-c', String(core)] : []
  return [...pin, ...command] as [string, ...string[]]
}

/** Keeps this very process off the gateway's core. */
export function pinSelf(core: number): void {
  if (canPin()) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)])
}

/** What everybody together has used of one core so far, CPU the host withheld included; interrupts are not anybody's. */
export function coreMicros(core: number): number {
  const line = readFileSync('/proc/stat', 'latin1').split('\n')[core + 1] ?? ''
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = line.split(' ').slice(1).map(Number)
  return (user + nice + system + steal) * TICK_MICROS
}

/** USER_HZ, which Linux has at 100 on every machine Node runs on. */
export const TICK_MICROS = 10_000

export function machineLine(): string {
  const [first] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${first?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${memory} GiB, Node ${process.version}`
}

/** One line for each thing that makes the figures less worth. */
export function machineWarnings(): string[] {
  const [load = 0] = loadavg()
  return [
    ...(canPin() ? [] : ['taskset is missing (util-linux), or one core is all: nothing is pinned']),
    ...(load > 0.5
      ? [`something else is running (load ${load.toFixed(1)}): believe the ratios`]
      : []),
  ]
}
