// A command run in this process, as the shell would see it.
import { runProgram } from '../../src/cli/program.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunIn {
  /** The working directory. */
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

export async function runIn({ cwd, env = {} }: RunIn, ...args: string[]): Promise<Ran> {
  const ran = { code: 0, stdout: '', stderr: '' }
  await runProgram(
    args,
    {
      env,
      cwd,
      stdout: (text) => {
        ran.stdout += text
      },
      stderr: (text) => {
        ran.stderr += text
      },
      exit: (code) => {
        ran.code = code
      },
      isTty: false,
    },
    { stack: false },
  )
  return ran
}
