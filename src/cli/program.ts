// All commands of `coatcheck`, and what is common to them: help, version, misspelt words, errors in one line.
import { Command, CommanderError } from 'commander'
import { type CrashReport, crashText } from './crash.ts'
import { type CommandIo, EXIT } from './io.ts'
import { packageVersion } from './version.ts'

interface CommandFile {
  register(
    program: Command,
    io: CommandIo,
    crash: CrashReport,
    args: readonly string[],
  ): void | Promise<void>
}

/** In the order of the help. */
const commands: ReadonlyMap<string, () => Promise<CommandFile>> = new Map([
  ['serve', (): Promise<CommandFile> => import('./serve.ts')],
  ['demo', () => import('./demo.ts')],
  ['validate', () => import('./validate.ts')],
  ['routes', () => import('./routes.ts')],
  ['keygen', () => import('./keygen.ts')],
  ['doctor', () => import('./doctor.ts')],
  ['sessions', () => import('./sessions.ts')],
  ['qa', () => import('./qa.ts')],
  ['worker', () => import('./worker.ts')],
])

/** Never rejects; `io.exit` is told of every outcome but success. */
export async function runProgram(
  args: readonly string[],
  io: CommandIo,
  crash: CrashReport,
): Promise<void> {
  const program = new Command('coatcheck')
    .description("A gateway that keeps each user's upstream token on the server.")
    .version(packageVersion(), '-v, --version', 'print the version')
    .configureOutput({
      writeOut: (text) => io.stdout(text),
      writeErr: (text) => io.stderr(text),
    })
    .exitOverride()
  // Each command brings its own code: only the one that is meant is loaded, all where that has to be found out.
  const meant = commands.get(args[0] ?? '')
  try {
    for (const load of meant ? [meant] : commands.values()) {
      const { register } = await load()
      await register(program, io, crash, args)
    }
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      io.exit(error.exitCode === 0 ? EXIT.ok : EXIT.config)
      return
    }
    io.stderr(crashText(error, crash))
    io.exit(EXIT.failed)
  }
}
