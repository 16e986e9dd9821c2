// `coatcheck qa record FILE`: the gateway as `serve` runs it, with its traffic written down, redacted.
import { access, constants } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { whyUnwritable } from '../config/file-errors.ts'
import { type CommandIo, EXIT } from './io.ts'
import { type ConfigFlags, configFlags, configFrom, environment } from './options.ts'

export interface RecordFlags extends ConfigFlags {
  readonly body?: string
  readonly limit?: string
  readonly redact?: readonly string[]
  readonly allow?: boolean
}

export function register(qa: Command, io: CommandIo): void {
  const command = qa
    .command('record')
    .description('run the gateway, and record its traffic without a secret in it')
    .argument('<file>', 'recording to write (HAR 1.2); one that is there is kept')
  configFlags(command)
    .option('--body <size>', 'the most that is kept of a body (16KiB)')
    .option('--limit <size>', 'the recording grows no larger (1GiB)')
    .option('--redact <name...>', 'a field, parameter or header that is a secret too')
    .option('--allow', 'record even with an https publicOrigin or NODE_ENV=production')
    .action((file: string, flags: RecordFlags) => record(file, flags, io))
}

async function record(file: string, flags: RecordFlags, io: CommandIo): Promise<void> {
  const refuse = (why: string) => {
    io.stderr(`${why}\n`)
    io.exit(EXIT.config)
  }
  const { parseSize } = await import('../config/durations.ts')
  const { whyRealPeople } = await import('../config/resolve-qa.ts')
  const { recordTo } = await import('../config/resolve-record.ts')
  for (const [flag, size] of [
    ['--body', flags.body],
    ['--limit', flags.limit],
  ] as const) {
    if (size !== undefined && !parseSize(size)) {
      return refuse(`${flag} takes a size with its unit, such as 64KiB.`)
    }
  }
  const path = resolve(io.cwd, file)
  try {
    // With the slash it must be a folder.
    await access(`${dirname(path)}/`, constants.W_OK)
  } catch (error) {
    return refuse(`${file} cannot be written: ${whyUnwritable(error, file)}.`)
  }
  const config = await configFrom(flags, io, { createKeys: true })
  if (config === undefined) return
  const env = await environment(flags, io)
  if (env === undefined) return
  const where = whyRealPeople(config.publicOrigin, env)
  if (where !== undefined && flags.allow !== true) {
    return refuse(
      `Recording is refused with ${where}: if you may write down what people do there, pass --allow.`,
    )
  }
  if (config.workers > 1) return refuse('Recording takes one process: write workers: 1.')
  const { startGateway } = await import('./start.ts')
  const { body, limit, redact } = flags
  const bounds = {
    ...(body === undefined ? {} : { body }),
    ...(limit === undefined ? {} : { limit }),
    ...(redact === undefined ? {} : { redact }),
  }
  await startGateway(config, io, { record: recordTo(path, bounds) })
}
