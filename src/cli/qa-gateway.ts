// Which gateway a QA command asks: the one at --url, or that of the configuration it runs on.
import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { originIn } from '../config/addresses.ts'
import type { Config } from '../config/config.ts'
import { type Env, variable } from '../config/sources.ts'
import { connectingHost } from '../lib/listening-host.ts'
import { Secret } from '../lib/secret.ts'
import { type CommandIo, EXIT } from './io.ts'
import { configFrom, environment } from './options.ts'
import { type BenchCaller, type BenchPlace, benchCaller } from './qa-bench.ts'

export interface GatewayFlags {
  readonly url?: string
  readonly port?: string
  readonly config?: string
  readonly envFile?: string
}

export interface FoundGateway {
  readonly bench: BenchCaller
  /** Absent where none was needed to find it. */
  readonly config?: Config
}

const QA_OFF =
  'qa is off in this configuration: write qa: { personas: { alice: { password: … } } }, or say with --url which gateway is meant.'
const USUAL_PORT = '3000'
const TOKEN = 'COATCHECK_QA_TOKEN'

/** Adds `--url`, `--port`, `--config` and `--env-file`. */
export function gatewayFlags(command: Command): Command {
  return command
    .option('--url <url>', `the running gateway, without a configuration; its token: ${TOKEN}`)
    .option('--port <number>', `its port on this machine (the configuration's, or ${USUAL_PORT})`)
    .option('-c, --config <file>', 'configuration file (COATCHECK_CONFIG, ./coatcheck.yaml)')
    .option('--env-file <file>', 'variables, one NAME=value a line; the environment wins')
}

/** `undefined` after what is wrong was told on stderr and the exit code set. */
export async function findGateway(
  flags: GatewayFlags,
  io: CommandIo,
): Promise<FoundGateway | undefined> {
  const refuse = (why: string): undefined => {
    io.stderr(`${why}\n`)
    io.exit(EXIT.config)
  }
  const { url, port = USUAL_PORT } = flags
  const env = await environment(flags, io)
  if (env === undefined) return undefined
  const token = variable(env, TOKEN)
  if (url !== undefined) {
    const origin = originIn(url)
    if (origin) return { bench: benchCaller(placeAt(origin, token)) }
    return refuse(
      '--url takes an http(s) address without a user or a path, such as http://localhost:3000.',
    )
  }
  if (!(await isConfigured(flags, env, io.cwd))) {
    if (/^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535) {
      return { bench: benchCaller(placeAt(`http://localhost:${port}`, token)) }
    }
    return refuse('--port takes a whole number from 1 to 65535.')
  }
  const config = await configFrom(flags, io, { createKeys: false })
  if (config === undefined) return undefined
  if (!config.qa) return refuse(QA_OFF)
  return { bench: benchCaller(placeOf(config, token)), config }
}

/** Whether somebody wrote one down here. */
async function isConfigured({ config }: GatewayFlags, env: Env, cwd: string): Promise<boolean> {
  const named = ['COATCHECK_CONFIG', 'COATCHECK_UPSTREAM'].some((name) => variable(env, name))
  if (config !== undefined || named) return true
  if (Object.keys(env).some((name) => /^coatcheck__/i.test(name))) return true
  return access(resolve(cwd, 'coatcheck.yaml')).then(
    () => true,
    () => false,
  )
}

function placeAt(origin: string, token: string | undefined): BenchPlace {
  const { protocol, host, hostname, port } = new URL(origin)
  // Browsers know these names; the system's resolver need not.
  const name = hostname.endsWith('.localhost') ? 'localhost' : hostname
  return {
    at: `${protocol}//${name}${port === '' ? '' : `:${port}`}`,
    host,
    token: token === undefined ? undefined : new Secret(token),
    mend: {
      absent: 'start it, or say with --url or --port where it is',
      off: 'write qa and its personas into its configuration, and start it again',
      otherOrigin: 'give --url what browsers open',
      otherToken: `set ${TOKEN} to it`,
    },
  }
}

function placeOf({ listen, publicOrigin, qa }: Config, token: string | undefined): BenchPlace {
  const again = 'start it again with this configuration'
  return {
    at: `http://${connectingHost(listen.host)}:${listen.port}`,
    host: new URL(publicOrigin).host,
    token: token === undefined ? qa?.token : new Secret(token),
    mend: {
      absent:
        'start it with "coatcheck serve" and this configuration, or say with --url or --port where it is',
      off: again,
      otherOrigin: again,
      otherToken: `${again}, or set ${TOKEN}`,
    },
  }
}
