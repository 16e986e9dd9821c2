// `coatcheck qa sample`: a broken service to try the leak finder on, and the target file for it.
import { type Command, Option } from 'commander'
import { systemRandom } from '../lib/random.ts'
import { type SampleName, samples, sampleTarget } from '../qa/samples/sample.ts'
import { type CommandIo, EXIT } from './io.ts'

const USUAL_PORT = 5000

export interface SampleFlags {
  readonly bug: SampleName
  readonly port: string
}

export function register(qa: Command, io: CommandIo): void {
  const bug = new Option('--bug <name>', 'what is wrong with it').choices(Object.keys(samples))
  qa.command('sample')
    .description('serve a broken service to try "qa leaks" on; prints its target file')
    .addOption(bug.makeOptionMandatory())
    .option('--port <number>', 'port on this machine; 0 for any', `${USUAL_PORT}`)
    .action((flags: SampleFlags) => sample(flags, io))
}

async function sample({ bug, port: wanted }: SampleFlags, io: CommandIo): Promise<void> {
  const port = Number(wanted)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    io.stderr('--port takes a whole number from 0 to 65535.\n')
    return io.exit(EXIT.config)
  }
  const open = await samples[bug]()
  try {
    const service = await open({ random: systemRandom, port })
    const { port: taken } = new URL(service.url)
    // All of it is one target file: what is said besides stands in its comments.
    const says = bug === 'none' ? 'A sound sample service' : `A broken sample service (${bug})`
    io.stdout(`# ${says} on http://localhost:${taken}, until Ctrl+C.\n`)
    io.stdout('# Save this as target.yaml and run: coatcheck qa leaks target.yaml\n')
    io.stdout(sampleTarget(bug, `http://localhost:${taken}`))
    let closing = false
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (closing) return
        closing = true
        void service[Symbol.asyncDispose]().then(() => io.exit(EXIT.ok))
      })
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    const why = code === 'EACCES' ? 'is not for this user to open' : 'is in use'
    io.stderr(`Port ${port} ${why}: choose another with --port.\n`)
    io.exit(EXIT.failed)
  }
}
