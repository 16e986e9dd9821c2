// `npm run bench`: what a proxied request costs through Coatcheck and through others, side by side on this machine.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openArena } from './arena.ts'
import { startChild } from './child.ts'
import { chooseContestants } from './contestants.ts'
import { GATEWAY_CORE, machineLine, machineWarnings, pinSelf, WORLD_CORE } from './machine.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { profileTables } from './profile.ts'
import { measureRedisScale } from './redis-scale.ts'
import { measure, runRounds, type Series } from './rounds.ts'
import { measureScale } from './scale.ts'
import { limitsTable, roundsTable, verdictLines } from './table.ts'
import {
  judgeTargets,
  type Limit,
  redisTargets,
  scaleTargets,
  sessionStepTargets,
  webSocketTargets,
} from './targets.ts'
import { measureWebSockets } from './websocket.ts'
import { workloads } from './workloads.ts'

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    console.log(USAGE)
    return
  }
  const options = readOptions(args)
  pinSelf(WORLD_CORE)
  if (options.profile !== undefined) return profile(options, options.profile)
  if (options.only === 'session-step') return sessionStep(options)
  if (options.only === 'scale') return scale(options)
  if (options.only === 'redis-scale') return redisScale(options)
  if (options.only === 'websocket') return webSockets(options)
  return rounds(options)
}

async function sessionStep({ json, gate }: Options): Promise<void> {
  await using child = startChild({ file: 'session-step.ts', core: GATEWAY_CORE })
  const micros = await child.call<number>('measure')
  tell(json, { sessionStepMicros: micros }, sessionStepTargets(micros), gate)
}

async function scale({ json, gate }: Options): Promise<void> {
  const figures = await measureScale()
  tell(json, figures, scaleTargets(figures), gate)
}

async function redisScale({ json, gate }: Options): Promise<void> {
  const figures = await measureRedisScale()
  tell(json, figures, redisTargets(figures), gate)
}

async function webSockets({ json, gate, rounds, ms }: Options): Promise<void> {
  const figures = await measureWebSockets({ rounds, ms })
  tell(json, figures, webSocketTargets(figures), gate)
}

function tell(json: boolean, figures: object, limits: readonly Limit[], gate: boolean): void {
  const machine = machineLine()
  const notes = machineWarnings()
  if (json) console.log(JSON.stringify({ machine, notes, figures, limits }, null, 2))
  else {
    console.log(`${machine}\n`)
    for (const note of notes) console.log(`! ${note}\n`)
    console.log(limitsTable(limits))
  }
  if (gate && limits.some(({ value, atMost }) => value > atMost)) process.exitCode = 1
}

async function rounds(options: Options): Promise<void> {
  const { taking, warnings } = chooseContestants(options.contestants)
  const notes = [...machineWarnings(), ...warnings]
  await using arena = await openArena(taking)
  const all: Series[] = []
  const say = (text: string) => options.json || console.log(text)
  say(`${machineLine()}\n${options.rounds} rounds of ${options.ms} ms, medians\n`)
  for (const note of notes) say(`! ${note}\n`)
  for (const workload of workloads.filter(({ name }) => options.workloads.includes(name))) {
    const series = await runRounds(arena, workload, options)
    all.push(...series)
    say(`${roundsTable(series)}\n`)
  }
  const verdicts = judgeTargets(all)
  if (verdicts.length > 0) say(verdictLines(verdicts))
  if (options.json) {
    console.log(JSON.stringify({ machine: machineLine(), notes, series: all, verdicts }, null, 2))
  }
  if (options.gate && verdicts.some(({ outcome }) => outcome === 'missed')) process.exitCode = 1
}

async function profile(options: Options, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const { taking } = chooseContestants(options.contestants ?? ['coatcheck'])
  await using arena = await openArena(taking)
  console.log(`${machineLine()}\n`)
  for (const workload of workloads.filter(({ name }) => options.workloads.includes(name))) {
    for (const entered of arena.entered) {
      const { contestant, child } = entered
      if (!child) continue
      await measure(arena, entered, workload, 3000)
      await child.call('profile')
      const figure = await measure(arena, entered, workload, 5000)
      const path = join(folder, `${contestant.name}-${workload.name}.cpuprofile`)
      await child.call('profiled', path)
      const answers = figure.rps * 5
      console.log(`## ${contestant.name}, ${workload.title}\n\n${profileTables(path, answers)}\n`)
    }
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
