// The flags that commands share, and the configuration they lead to.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { whyUnreadable } from '../config/file-errors.ts'
import { loadConfig } from '../config/load.ts'
import { type ConfigProblem, formatProblem } from '../config/problems.ts'
import type { Env } from '../config/sources.ts'
import { systemRandom } from '../lib/random.ts'
import { type CommandIo, EXIT } from './io.ts'

export interface ConfigFlags {
  readonly config?: string
  readonly envFile?: string
  readonly upstream?: string
  readonly signIn?: string
  readonly port?: string
}

/** Adds `--config`, `--upstream`, `--sign-in`, `--port` and `--env-file`. */
export function configFlags(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file (COATCHECK_CONFIG, ./coatcheck.yaml)')
    .option('--upstream <address>', 'short for one route: prefix /api to this address')
    .option('--sign-in <path>', "the upstream's own sign-in endpoint (/login)")
    .option('--port <number>', 'port to listen on')
    .option('--env-file <file>', 'variables, one NAME=value a line; the environment wins')
}

/** `undefined` after everything wrong was told on stderr and the exit code set to 2. */
export async function configFrom(
  flags: ConfigFlags,
  io: CommandIo,
  { createKeys }: { createKeys: boolean },
): Promise<Config | undefined> {
  const env = await environment(flags, io)
  if (env === undefined) return undefined
  const { upstream, signIn, port } = flags
  const loaded = await loadConfig({
    env,
    cwd: io.cwd,
    configPath: flags.config,
    overrides: {
      ...(upstream === undefined ? {} : { upstream }),
      ...(signIn === undefined ? {} : { signIn }),
      ...(port === undefined ? {} : { port }),
    },
    random: systemRandom,
    createKeys,
    announce: (line) => io.stderr(`${line}\n`),
  })
  if (loaded.ok) return loaded.config
  for (const problem of loaded.problems) {
    io.stderr(`${formatProblem(withGuess(problem, flags))}\n`)
  }
  io.exit(EXIT.config)
  return undefined
}

/** What lacks only its beginning is said back whole: unlike a file's, a flag's value was typed in plain sight. */
function withGuess(problem: ConfigProblem, { upstream = '', signIn = '' }: ConfigFlags) {
  if (problem.place === '--sign-in' && /^\w[\w.~-]*(\/[\w.~-]+)*$/.test(signIn)) {
    return { ...problem, hint: `/${signIn}` }
  }
  if (problem.place === '--upstream' && /^[\w.-]+(:\d+)?(\/[\w./~-]*)?$/.test(upstream)) {
    return { ...problem, hint: `http://${upstream}` }
  }
  return problem
}

/** Variables as the configuration sees them; `undefined` after a refusal as that of `configFrom`. */
export async function environment(
  { envFile }: ConfigFlags,
  io: CommandIo,
): Promise<Env | undefined> {
  if (envFile === undefined) return io.env
  try {
    return { ...parseEnv(await readFile(resolve(io.cwd, envFile), 'utf8')), ...io.env }
  } catch (error) {
    io.stderr(`${envFile}: the variables cannot be read: ${whyUnreadable(error)}\n`)
    io.exit(EXIT.config)
    return undefined
  }
}
