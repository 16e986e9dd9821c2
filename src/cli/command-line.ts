// Ties the commands to the process they run in: its arguments, its streams, and what happens when it crashes.
import { type CrashReport, crashText } from './crash.ts'
import { type CommandIo, EXIT } from './io.ts'
import { runProgram } from './program.ts'

/** `args`: without the names of Node and of the program. */
export async function commandLine(args: readonly string[]): Promise<void> {
  const crash: CrashReport = { stack: process.env.COATCHECK__LOG__LEVEL === 'debug' }
  const die = (error: unknown) => {
    process.stderr.write(crashText(error, crash))
    process.exit(EXIT.failed)
  }
  process.on('uncaughtException', die)
  process.on('unhandledRejection', die)
  // A reader that left (`| head`) is no reason to stop.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') die(error)
    })
  }
  await runProgram(args, processIo(), crash)
}

function processIo(): CommandIo {
  return {
    env: process.env,
    cwd: process.cwd(),
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    exit: (code) => process.exit(code),
    isTty: process.stdout.isTTY === true && !process.env.NO_COLOR,
  }
}
