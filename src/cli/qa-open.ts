// `coatcheck qa open NAME…`: a browser window for each persona, signed in, side by side.
import type { Command } from 'commander'
import { originIn } from '../config/addresses.ts'
import type { Config } from '../config/config.ts'
import { nearest } from '../config/near.ts'
import { printable } from '../lib/printable.ts'
import { isJsonObject } from '../tokens/json.ts'
import { type CommandIo, EXIT } from './io.ts'
import type { BenchAnswer, BenchCaller } from './qa-bench.ts'
import { findGateway, type GatewayFlags, gatewayFlags } from './qa-gateway.ts'
import { byLink, byTarget, type LetIn } from './qa-open-people.ts'
import { findChromium, loadPlaywright, openWindows } from './qa-windows.ts'

export interface OpenFlags extends GatewayFlags {
  readonly target?: string
  readonly signIn: string
  readonly headless?: boolean
  readonly browser?: string
}

export function register(qa: Command, io: CommandIo): void {
  const command = qa
    .command('open')
    .description('a browser window for each persona, signed in, side by side')
    .argument('<personas...>', 'names under qa.personas')
    .option('--target <url>', 'another deployment to sign in at, such as https://test.example.org')
    .option('--sign-in <path>', 'with --target: where its sign-in fields are posted', '/auth/login')
    .option('--browser <file>', 'the Chromium to use (the first one on the PATH)')
    .option('--headless', 'show no windows')
  gatewayFlags(command).action((names: string[], flags: OpenFlags) => open(names, flags, io))
}

async function open(names: readonly string[], flags: OpenFlags, io: CommandIo): Promise<void> {
  const refuse = (why: string, code: number = EXIT.failed) => {
    io.stderr(`${why}\n`)
    io.exit(code)
  }
  const target = flags.target === undefined ? undefined : originIn(flags.target)
  if (flags.target !== undefined && target === undefined) {
    return refuse(
      '--target takes an http(s) address without a user or a path, such as https://test.example.org.',
      EXIT.config,
    )
  }
  const found = await findGateway(flags, io)
  if (!found) return
  const { bench, config } = found
  if (target !== undefined && !config?.qa) return refuse(noPasswords(flags), EXIT.config)
  const known = await namesOf(bench, config)
  if (!known.ok) return refuse(known.why, known.asked ? EXIT.config : EXIT.failed)
  const unknown = names.find((name) => !known.body.includes(name))
  if (unknown !== undefined) return refuse(noPersona(unknown, known.body), EXIT.config)

  const playwright = await loadPlaywright()
  if (!playwright) return refuse('This needs one more package: npm install playwright-core')
  const executablePath = flags.browser ?? (await findChromium(io.env.PATH ?? ''))
  if (executablePath === undefined) {
    return refuse('No Chromium is on the PATH: install one, or name it with --browser.')
  }
  const sandbox = process.getuid?.() !== 0
  const { headless = false, signIn } = flags
  const { DISPLAY, WAYLAND_DISPLAY } = io.env
  if (!headless && process.platform === 'linux' && !DISPLAY && !WAYLAND_DISPLAY) {
    return refuse(NO_DISPLAY)
  }
  const windows = openWindows(playwright, { executablePath, headless, sandbox })
  const letIn: LetIn =
    target === undefined || !config?.qa
      ? byLink(bench)
      : byTarget(
          { origin: target, signIn, severalProviders: config.providers.length > 1 },
          config.qa.personas,
        )
  // From the first window on: none is left behind, whenever it is told to stop.
  const told = toldToStop()
  const showAll = async () => {
    for (const name of new Set(names)) {
      const window = await windows.open(name).catch(whyNoWindow)
      if (typeof window === 'string') {
        const perhaps = headless ? '' : DISPLAY_PERHAPS
        return `${executablePath} could not be started (${window}${perhaps}): name another with --browser.`
      }
      const why = await letIn(window)
      if (why !== undefined) return why
      io.stdout(`${name}  ${new URL(window.page.url()).origin}\n`)
    }
    await windows.tile()
    io.stdout(
      headless ? 'Ctrl+C ends it.\n' : 'Ctrl+C ends it, and so does closing every window.\n',
    )
    await windows.closed
    return undefined
  }
  let why: string | undefined
  try {
    why = await Promise.race([showAll(), told.stop])
  } finally {
    told.listenNoMore()
    await windows.close()
  }
  if (why === undefined) io.exit(EXIT.ok)
  else refuse(why)
}

const NO_DISPLAY = 'There is no display to show windows on: use --headless, or set DISPLAY to one.'
const DISPLAY_PERHAPS = '; if there is no display here, use --headless'

/** Of what Playwright says, the part that is not about itself. */
function whyNoWindow(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1)
  const why = line.replace(/^browserType\.\w+: /, '').replace(/^Failed to launch: Error: /, '')
  if (/has been closed$/.test(why)) return 'it ended at once'
  return printable(why).slice(0, 200)
}

function noPasswords({ url }: OpenFlags): string {
  const mend =
    url === undefined
      ? 'write qa.personas into a coatcheck.yaml, or name it with --config'
      : 'leave out --url, and write qa.personas there'
  return `--target signs in with the passwords of a configuration: ${mend}.`
}

/** Those of the configuration, or else whom the gateway knows. */
async function namesOf(
  bench: BenchCaller,
  config: Config | undefined,
): Promise<BenchAnswer<readonly string[]>> {
  if (config?.qa) return { ok: true, body: config.qa.personas.map(({ name }) => name) }
  const state = await bench.get('/qa/state', isState)
  return state.ok ? { ok: true, body: state.body.personas.map(({ name }) => name) } : state
}

function isState(body: unknown): body is { readonly personas: ReadonlyArray<{ name: string }> } {
  if (!isJsonObject(body) || !Array.isArray(body.personas)) return false
  return body.personas.every((one: unknown) => isJsonObject(one) && typeof one.name === 'string')
}

function noPersona(name: string, names: readonly string[]): string {
  const hint = nearest(name, names)
  const there = names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`
  return `No persona is called "${name}"${hint ? ` (did you mean ${hint})` : ''}: ${there}.`
}

function toldToStop() {
  const { promise: stop, resolve } = Promise.withResolvers<undefined>()
  const signals = ['SIGINT', 'SIGTERM'] as const
  const tell = () => resolve(undefined)
  for (const signal of signals) process.once(signal, tell)
  return {
    stop,
    listenNoMore() {
      for (const signal of signals) process.off(signal, tell)
    },
  }
}
