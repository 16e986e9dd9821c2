// `coatcheck validate`: is this configuration usable? Reaches out to nobody and writes nothing.
import type { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { printConfig } from '../config/print.ts'
import type { CommandIo } from './io.ts'
import { type ConfigFlags, configFlags, configFrom } from './options.ts'

export function register(program: Command, io: CommandIo): void {
  const command = program
    .command('validate')
    .description('check the configuration, offline')
    .option('--print', 'show the effective configuration, secrets masked')
  configFlags(command).action((flags: ValidateFlags) => validate(flags, io))
}

export interface ValidateFlags extends ConfigFlags {
  readonly print?: boolean
}

export async function validate(flags: ValidateFlags, io: CommandIo): Promise<void> {
  const config = await configFrom(flags, io, { createKeys: false })
  if (config === undefined) return
  if (flags.print) {
    io.stdout(printConfig(config))
    return
  }
  io.stdout(`${config.source} ok: ${summary(config)}\n`)
  for (const warning of config.warnings) io.stdout(`! ${warning}\n`)
}

function summary({ publicOrigin, providers, routes, store }: Config): string {
  const amount = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`
  return [
    publicOrigin,
    amount(routes.length, 'route'),
    amount(providers.length, 'provider'),
    `sessions in ${store.kind}`,
  ].join(', ')
}
