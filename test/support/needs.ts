// What tests need beyond npm is there before they run: installed with apt-get where that is allowed, else named in one line.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface Need {
  /** Any one of these on the PATH is enough. */
  readonly commands: readonly string[]
  /** Debian packages that bring the first of them. */
  readonly packages: readonly string[]
  readonly purpose: string
}

export const chromium: Need = {
  commands: ['chromium', 'chromium-browser', 'google-chrome'],
  packages: ['chromium', 'fonts-liberation'],
  purpose: 'the browser tests',
}

export const redis: Need = {
  commands: ['redis-server', 'valkey-server'],
  packages: ['redis-server'],
  purpose: 'the tests of the Redis store',
}

const needs: readonly Need[] = [chromium, redis]

export interface Machine {
  /** Path of a command; `undefined` when there is none. */
  find(command: string): string | undefined
  readonly isRoot: boolean
  /** Runs a command to its end, its output shown; false when it failed. */
  run(command: string, args: readonly string[]): boolean
}

export const thisMachine: Machine = {
  find(command) {
    const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, command))
    return places.find(isExecutable)
  },
  isRoot: process.getuid?.() === 0,
  run(command, args) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    return spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env }).status === 0
  },
}

/** Path of the command that meets the need; `undefined` when there is none. */
export function findNeed(need: Need, machine: Machine = thisMachine): string | undefined {
  return need.commands.map((command) => machine.find(command)).find((path) => path !== undefined)
}

/** Installs what is missing where it may; one line for each need that is still not met. */
export function meetNeeds(machine: Machine, wanted: readonly Need[] = needs): string[] {
  const missing = wanted.filter((need) => !findNeed(need, machine))
  if (missing.length > 0 && machine.isRoot && machine.find('apt-get')) {
    const wait = ['-o', 'DPkg::Lock::Timeout=120']
    const packages = missing.flatMap((need) => need.packages)
    machine.run('apt-get', ['update', '-qq', ...wait])
    machine.run('apt-get', ['install', '-qq', '--no-install-recommends', ...wait, ...packages])
  }
  return missing
    .filter((need) => !findNeed(need, machine))
    .map(
      (need) =>
        `${need.purpose} need ${need.commands[0]}: apt-get install ${need.packages.join(' ')}`,
    )
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

if (import.meta.main) {
  const problems = meetNeeds(thisMachine)
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
}
