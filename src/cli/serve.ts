// `coatcheck serve`: the gateway, until it is told to stop.
import type { Command } from 'commander'
import type { CrashReport } from './crash.ts'
import type { CommandIo } from './io.ts'
import { type ConfigFlags, configFlags, configFrom } from './options.ts'
import { startGateway } from './start.ts'

export function register(program: Command, io: CommandIo, crash: CrashReport): void {
  const command = program.command('serve').description('run the gateway')
  configFlags(command).action((flags: ConfigFlags) => serve(flags, io, crash))
}

async function serve(flags: ConfigFlags, io: CommandIo, crash: CrashReport): Promise<void> {
  const config = await configFrom(flags, io, { createKeys: true })
  if (config === undefined) return
  crash.stack = config.log.level === 'debug'
  if (config.workers === 1) return startGateway(config, io)
  const { startWorkers } = await import('./workers.ts')
  await startWorkers(config, flags, io)
}
