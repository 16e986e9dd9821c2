// `coatcheck doctor`: what will go wrong before it does. Reaches out, within five seconds; exit code 1 where there is a problem.
import { styleText } from 'node:util'
import type { Command } from 'commander'
import type { Finding, Level } from '../doctor/finding.ts'
import { systemClock } from '../lib/clock.ts'
import { systemRandom } from '../lib/random.ts'
import { type CommandIo, EXIT } from './io.ts'
import { type ConfigFlags, configFlags, configFrom, environment } from './options.ts'

export interface DoctorFlags extends ConfigFlags {
  readonly json?: boolean
}

export function register(program: Command, io: CommandIo): void {
  const command = program
    .command('doctor')
    .description('check what the configuration leans on: store, upstreams, keys, proxies')
    .option('--json', 'print the findings as JSON')
  configFlags(command).action((flags: DoctorFlags) => doctor(flags, io))
}

async function doctor(flags: DoctorFlags, io: CommandIo): Promise<void> {
  const env = await environment(flags, io)
  if (env === undefined) return
  const config = await configFrom(flags, io, { createKeys: false })
  if (config === undefined) return
  // The store's and the proxy's code is of no use to the other commands.
  const { examine } = await import('../doctor/examine.ts')
  const { cwd } = io
  const findings = await examine({ config, env, cwd, clock: systemClock, random: systemRandom })
  const isWell = !findings.some(({ level }) => level === 'problem')
  io.stdout(
    flags.json
      ? `${JSON.stringify({ ok: isWell, findings }, null, 2)}\n`
      : findingsText(findings, io.isTty),
  )
  // What did not answer in time is not waited for any longer.
  io.exit(isWell ? EXIT.ok : EXIT.failed)
}

const SHOWN = { ok: 'ok', warning: 'warning', problem: 'problem', unjudged: 'not judged' } as const
const COLOURS = { ok: 'green', warning: 'yellow', problem: 'red', unjudged: 'dim' } as const
const PLAIN = { validateStream: false } as const

/** One line each, and one for all. */
export function findingsText(findings: readonly Finding[], colour: boolean): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const lines = findings.map(({ check, level, text }) => {
    const shown = SHOWN[level].padEnd(SHOWN.unjudged.length)
    return `${colour ? styleText(COLOURS[level], shown, PLAIN) : shown}  ${check.padEnd(width)}  ${text}`
  })
  const count = (level: Level) => findings.filter((one) => one.level === level).length
  const sum = [
    `${count('ok')} ok`,
    ...(['warning', 'problem'] as const).flatMap((level) => {
      const many = count(level)
      return many === 0 ? [] : [`${many} ${level}${many === 1 ? '' : 's'}`]
    }),
    ...(count('unjudged') > 0 ? [`${count('unjudged')} not judged`] : []),
  ]
  return [...lines, '', sum.join(', ')].map((line) => `${line}\n`).join('')
}
