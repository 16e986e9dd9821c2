// What the command line asks of the bench.
import { parseArgs } from 'node:util'
import { workloads } from './workloads.ts'

export interface Options {
  readonly workloads: readonly string[]
  /** Undefined: all that can take part. */
  readonly contestants: readonly string[] | undefined
  readonly rounds: number
  /** How long each contestant is measured in each round. */
  readonly ms: number
  /** How often a measurement that somebody else disturbed is taken again. */
  readonly patience: number
  readonly json: boolean
  /** Fail when a target is missed. */
  readonly gate: boolean
  /** Where to write a CPU profile of the one contestant under each workload. */
  readonly profile: string | undefined
  readonly only: 'rounds' | 'session-step' | 'scale' | 'redis-scale' | 'websocket'
}

export const USAGE = `npm run bench -- [options]
  --only get,post,download   workloads; default all
  --contestants bare,...     who takes part; default all that can
  --rounds 5                 rounds; medians of these are told
  --ms 1200                  length of one measurement
  --patience 3               times a disturbed measurement is taken again; the least disturbed counts
  --json                     figures as JSON
  --gate                     exit 1 when a target is missed
  --profile FOLDER           with one contestant: CPU profiles and a summary of each, no table
  --session-step             only the step from cookie to token
  --scale                    only memory and start with 100,000 live sessions
  --redis-scale              only what 100,000 sessions cost in Redis
  --websocket                only echoes over WebSockets, and what an idle one costs`

/** Throws one sentence for what it cannot read. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      contestants: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      ms: { type: 'string', default: '1200' },
      patience: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
      gate: { type: 'boolean', default: false },
      profile: { type: 'string' },
      'session-step': { type: 'boolean', default: false },
      scale: { type: 'boolean', default: false },
      'redis-scale': { type: 'boolean', default: false },
      websocket: { type: 'boolean', default: false },
    },
  })
  const alone = (['session-step', 'scale', 'redis-scale', 'websocket'] as const).find(
    (name) => values[name],
  )
  const names = values.only?.split(',') ?? workloads.map(({ name }) => name)
  return {
    workloads: names.map(workloadName),
    contestants: values.contestants?.split(','),
    rounds: positive('--rounds', values.rounds),
    ms: positive('--ms', values.ms),
    patience: natural('--patience', values.patience),
    json: values.json,
    gate: values.gate,
    profile: values.profile,
    only: alone ?? 'rounds',
  }
}

function workloadName(name: string): string {
  const known = workloads.find((one) => one.name === name)
  if (!known)
    throw new Error(`--only ${name}: there are ${workloads.map((w) => w.name).join(', ')}`)
  return known.name
}

function natural(flag: string, text: string): number {
  return text === '0' ? 0 : positive(flag, text)
}

function positive(flag: string, text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`${flag} ${text}: not a whole number`)
  return number
}
