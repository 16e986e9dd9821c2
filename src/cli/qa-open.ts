// `coatcheck qa open NAME…`: a browser window for each persona, signed in, side by side.
import type { Command } from 'commander'
import type { APIResponse } from 'playwright-core'
import type { Config, PersonaConfig } from '../config/config.ts'
import { nearest } from '../config/near.ts'
import { type CommandIo, EXIT } from './io.ts'
import { configFrom } from './options.ts'
import { type BenchCaller, benchCaller } from './qa-bench.ts'
import { QA_OFF } from './qa-session.ts'
import { findChromium, loadPlaywright, openWindows, type PersonWindow } from './qa-windows.ts'

export interface OpenFlags {
  readonly config?: string
  readonly envFile?: string
  readonly target?: string
  readonly signIn: string
  readonly headless?: boolean
  readonly browser?: string
}

export function register(qa: Command, io: CommandIo): void {
  qa.command('open')
    .description('a browser window for each persona, signed in, side by side')
    .argument('<personas...>', 'names under qa.personas')
    .option('--target <url>', 'another deployment to sign in at, such as https://test.example.org')
    .option('--sign-in <path>', 'with --target: where its sign-in fields are posted', '/auth/login')
    .option('--browser <file>', 'the Chromium to use (the first one on the PATH)')
    .option('--headless', 'show no windows')
    .option('-c, --config <file>', 'configuration file (COATCHECK_CONFIG, ./coatcheck.yaml)')
    .option('--env-file <file>', 'variables, one NAME=value a line; the environment wins')
    .action((names: string[], flags: OpenFlags) => open(names, flags, io))
}

async function open(names: readonly string[], flags: OpenFlags, io: CommandIo): Promise<void> {
  const refuse = (why: string, code: number = EXIT.failed) => {
    io.stderr(`${why.trimEnd()}\n`)
    io.exit(code)
  }
  const { config: file, envFile, headless = false } = flags
  const config = await configFrom(
    {
      ...(file === undefined ? {} : { config: file }),
      ...(envFile === undefined ? {} : { envFile }),
    },
    io,
    { createKeys: false },
  )
  if (config === undefined) return
  const bench = benchCaller(config)
  if (!bench || !config.qa) return refuse(QA_OFF, EXIT.config)
  const { personas } = config.qa
  const wanted = [...new Set(names)].map(
    (name) => personas.find((one) => one.name === name) ?? name,
  )
  const unknown = wanted.find((one) => typeof one === 'string')
  if (typeof unknown === 'string') return refuse(noPersona(unknown, personas), EXIT.config)
  const target = flags.target === undefined ? undefined : originIn(flags.target)
  if (flags.target !== undefined && target === undefined) {
    return refuse(
      '--target takes an http(s) address, such as https://test.example.org.',
      EXIT.config,
    )
  }

  const playwright = await loadPlaywright()
  if (!playwright) return refuse('This needs one more package: npm install playwright-core')
  const executablePath = flags.browser ?? (await findChromium(io.env.PATH ?? ''))
  if (executablePath === undefined) {
    return refuse('No Chromium is on the PATH: install one, or name it with --browser.')
  }
  const sandbox = process.getuid?.() !== 0
  const windows = openWindows(playwright, { executablePath, headless, sandbox })
  // From the first window on: none is left behind, whenever it is told to stop.
  const told = toldToStop()
  const showAll = async () => {
    for (const persona of wanted.filter((one) => typeof one !== 'string')) {
      const window = await windows.open(persona.name)
      const why = await (target === undefined
        ? byLink(window, bench)
        : byTarget(window, persona, target, flags.signIn, config))
      if (why !== undefined) return why
      io.stdout(`${persona.name}  ${new URL(window.page.url()).origin}\n`)
    }
    await windows.tile()
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

/** Through the running gateway's one-time link. Resolves to what is wrong, if anything. */
async function byLink({ name, page }: PersonWindow, bench: BenchCaller) {
  const link = await bench.post<{ url: string }>('/qa/open', { persona: name })
  if (!link.ok) return link.why
  await page.goto(link.body.url)
  return undefined
}

/** By the target's own sign-in, as its frontend would. */
async function byTarget(
  { name, context, page }: PersonWindow,
  persona: PersonaConfig,
  target: string,
  signIn: string,
  { providers }: Config,
) {
  const fields: object = JSON.parse(persona.fields.reveal())
  const own = signIn === '/auth/login' && providers.length > 1
  let answer: APIResponse
  try {
    answer = await context.request.post(new URL(signIn, target).href, {
      data: own ? { provider: persona.provider, ...fields } : fields,
      headers: { 'x-csrf': '1', origin: target },
    })
  } catch {
    return `${target} did not answer.`
  }
  if (!answer.ok()) {
    const said = saidIn(await answer.text())
    return `${name} cannot sign in at ${target}${signIn} (${answer.status()})${said}.`
  }
  if ((await context.cookies(target)).length === 0) {
    return `${target}${signIn} let ${name} in and set no cookie: a window could not stay signed in.`
  }
  await page.goto(target)
  return undefined
}

/** The other side's own words, where they are a sentence. */
function saidIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body !== 'object' || body === null) return ''
    const { detail, message } = body as Record<string, unknown>
    const said = detail ?? message
    return typeof said === 'string' ? `: ${said.slice(0, 300).replace(/\.$/, '')}` : ''
  } catch {
    return ''
  }
}

function originIn(text: string): string | undefined {
  const url = URL.parse(text)
  return url && /^https?:$/.test(url.protocol) && url.username === '' ? url.origin : undefined
}

function noPersona(name: string, personas: readonly PersonaConfig[]): string {
  const names = personas.map((persona) => persona.name)
  const hint = nearest(name, names)
  return `No persona is called "${name}"${hint ? ` (did you mean ${hint})` : ''}: there are ${names.join(', ')}.`
}
