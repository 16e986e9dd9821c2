// `coatcheck demo`: the gateway, an upstream to try it with and a page that shows both sides, on one's own machine.
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { builtPage } from '../built-page.ts'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problems.ts'
import { systemRandom } from '../lib/random.ts'
import { demoPassword, personas } from '../qa/personas.ts'
import { openUpstream } from './demo-upstream.ts'
import { freePort, isFree } from './free-port.ts'
import { type CommandIo, EXIT } from './io.ts'
import { startGateway } from './start.ts'

const USUAL_PORT = 3000
const PEOPLE = ['alice', 'bob'] as const

/** The same place in a checkout and in the published package. */
const CONFIG_FILE = fileURLToPath(new URL('../../config/demo.yaml', import.meta.url))

export interface DemoFlags {
  readonly port?: string
  readonly redis?: string
  readonly workers?: string
}

export function register(program: Command, io: CommandIo): void {
  program
    .command('demo')
    .description('try it: gateway, upstream and page, for this machine only')
    .option('--port <number>', `port of the page (${USUAL_PORT}, or the next free one; 0 for any)`)
    .option('--redis <address>', 'keep the sessions there: redis://127.0.0.1:6379')
    .option('--workers <number>', 'processes that serve (1); with more, without /qa')
    .action((flags: DemoFlags) => demo(flags, io))
}

async function demo(flags: DemoFlags, io: CommandIo): Promise<void> {
  const refuse = (why: string, code: number = EXIT.failed) => {
    io.stderr(`${why}\n`)
    io.exit(code)
  }
  if (io.env.NODE_ENV === 'production') {
    return refuse(
      'The demo hands out tokens to anybody, so it is refused with NODE_ENV=production: use "coatcheck serve".',
    )
  }
  const wanted = flags.port === undefined ? USUAL_PORT : Number(flags.port)
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65_535) {
    return refuse('--port takes a whole number from 0 to 65535.', EXIT.config)
  }
  const chosen = flags.port !== undefined && wanted !== 0
  if (chosen && !(await isFree(wanted))) {
    return refuse(
      `Port ${wanted} is in use: stop what listens there, or choose another with --port.`,
    )
  }
  const port = await freePort(wanted, systemRandom)
  if (port === undefined) {
    return refuse(`No port from ${wanted} on is free: choose one with --port.`)
  }

  const { redis, workers = '1' } = flags
  if (!/^[1-9]\d?$/.test(workers)) {
    return refuse('--workers takes a whole number from 1 to 99.', EXIT.config)
  }

  const page = await builtPage('demo')
  if ('why' in page) return refuse(page.why)
  const upstream = await openUpstream(io.cwd)
  if ('why' in upstream) return refuse(upstream.why)
  const { url, oneJarUrl, mailUrl, close } = upstream
  const env = {
    DEMO_UPSTREAM: url,
    DEMO_ONE_JAR: oneJarUrl,
    DEMO_MAIL: mailUrl,
    DEMO_PAGE: page.dir,
    COATCHECK__WORKERS: workers,
    ...(redis === undefined ? ON_DISK : { REDIS_URL: redis }),
    // Its tickets stay in one process.
    ...(workers === '1' ? bench() : {}),
  }
  const config = await configFor(port, env, io)
  if (config === undefined) {
    await close()
    return io.exit(EXIT.config)
  }
  const moved =
    wanted === 0 || port === wanted ? '' : `  Port ${wanted} is taken, so this is ${port}.\n`
  const footer = links(port, config.qa !== undefined) + moved
  if (config.workers === 1) return startGateway(config, io, { footer, closeAfter: close })
  const { startWorkers } = await import('./workers.ts')
  const args = ['--config', CONFIG_FILE, '--port', String(port)]
  const alone = { ...io, env }
  const asServe = { config: CONFIG_FILE, port: String(port) }
  await startWorkers(config, asServe, alone, { footer, closeAfter: close, child: { args, env } })
}

const ON_DISK = { COATCHECK__STORE__KIND: 'sqlite', COATCHECK__STORE__PATH: 'data/demo.db' }

/** The demo's people on the QA bench, as variables of the configuration. */
function bench(): Record<string, string> {
  return Object.fromEntries(
    personas.flatMap(({ username, color }) => {
      const path = `COATCHECK__QA__PERSONAS__${username.toUpperCase()}`
      return [
        [`${path}__PASSWORD`, demoPassword],
        [`${path}__COLOUR`, color],
      ]
    }),
  )
}

/** Nothing of the environment but what this command puts there: a demo is the same everywhere. */
async function configFor(
  port: number,
  env: Readonly<Record<string, string>>,
  io: CommandIo,
): Promise<Config | undefined> {
  const loaded = await loadConfig({
    env,
    cwd: io.cwd,
    configPath: CONFIG_FILE,
    overrides: { port: String(port) },
    random: systemRandom,
    announce: (line) => io.stderr(`${line}\n`),
  })
  if (loaded.ok) return loaded.config
  for (const problem of loaded.problems) {
    io.stderr(`${formatProblem(problem).replace(/^REDIS_URL store\.url/, '--redis')}\n`)
  }
  return undefined
}

function links(port: number, hasBench: boolean): string {
  const people = PEOPLE.map((name) => `http://${name}.localhost:${port}`).join('   ')
  const qa = hasBench
    ? `  For testers, all four of them in one place: http://localhost:${port}/qa\n`
    : ''
  return `\n  Open http://localhost:${port}, or two people side by side:\n  ${people}\n${qa}`
}
