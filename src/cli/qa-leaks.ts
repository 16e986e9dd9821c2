// `coatcheck qa leaks TARGET.yaml`: does anybody get what belongs to somebody else? Exit 0 no, 1 yes, 2 cannot tell.
import { stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { whyUnreadable } from '../config/file-errors.ts'
import { formatProblem } from '../config/problems.ts'
import type { Run } from '../qa/run.ts'
import { type CommandIo, EXIT } from './io.ts'
import { openProgressBar } from './qa-progress.ts'

export interface LeaksFlags {
  readonly json?: string
  readonly junit?: string
  readonly html?: string
  readonly seed?: string
  readonly allowHost: readonly string[]
}

/** Not `<host...>`, which would take the target file for one more host. */
export function addHost(host: string, before: readonly string[]): string[] {
  return [...before, host]
}

export function register(qa: Command, io: CommandIo): void {
  qa.command('leaks')
    .description('sign several users in at a service, and find answers that belong to others')
    .argument('[target]', 'target file; "coatcheck qa init URL" writes one', USUAL_FILE)
    .option('--json <file>', 'write the whole run as JSON')
    .option('--junit <file>', 'write a JUnit report')
    .option('--html <file>', 'write one HTML page to look at and to hand over')
    .option('--seed <number>', 'ask the same things in the same order as another run did')
    .option('--allow-host <host>', 'a host besides this machine that may be tried', addHost, [])
    .action((target: string, flags: LeaksFlags) => leaks(target, flags, io))
}

const USUAL_FILE = 'target.yaml'

const CODES = {
  clean: EXIT.ok,
  leak: EXIT.failed,
  different: EXIT.failed,
  unjudged: EXIT.config,
} as const

async function leaks(file: string, flags: LeaksFlags, io: CommandIo): Promise<void> {
  const refuse = (why: string) => {
    io.stderr(`${why}\n`)
    io.exit(EXIT.config)
  }
  if (ADDRESS.test(file)) {
    const url = /^https?:/i.test(file) ? file : `http://${file}`
    return refuse(
      `${file} is an address, and leaks takes a target file: write one first with "coatcheck qa init ${url}".`,
    )
  }
  const homeless = await homelessReport(flags, io)
  if (homeless !== undefined) return refuse(homeless)
  const seed = flags.seed === undefined ? undefined : Number(flags.seed)
  if (seed !== undefined && (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff)) {
    return refuse('--seed takes a whole number from 0 to 4294967295.')
  }
  const { loadTarget } = await import('../qa/leaks/load-target.ts')
  const { allowHost: allowHosts } = flags
  const loaded = await loadTarget({ file, cwd: io.cwd, env: io.env, allowHosts, seed })
  if (!loaded.ok) {
    for (const problem of loaded.problems) io.stderr(`${formatProblem(problem)}\n`)
    return io.exit(EXIT.config)
  }
  const { runLeaks } = await import('../qa/leaks/run-leaks.ts')
  const bar = openProgressBar(process.stderr, io.env)
  // What waits for its turn holds nothing open by itself.
  const alive = setInterval(() => {}, 1_000)
  try {
    const run = await runLeaks({ target: loaded.target, onProgress: bar.show })
    bar.close()
    const { textReport } = await import('../qa/leaks/report-text.ts')
    const { written, refused } = await writeReports(run, flags, io)
    io.stdout(textReport(run, { colour: io.isTty, files: written }))
    for (const line of refused) io.stderr(`${line}\n`)
    io.exit(refused.length > 0 ? EXIT.config : CODES[run.verdict.outcome])
  } finally {
    bar.close()
    clearInterval(alive)
  }
}

const ADDRESS = /^https?:\/\/|^[\w.-]+:\d{1,5}(\/|$)/i
const REPORTS = ['json', 'junit', 'html'] as const

/** Before the run, which may take half a minute: a report with nowhere to go, and what to do. */
async function homelessReport(flags: LeaksFlags, io: CommandIo): Promise<string | undefined> {
  for (const kind of REPORTS) {
    const file = flags[kind]
    if (file === undefined) continue
    const folder = dirname(resolve(io.cwd, file))
    const there = await stat(folder).catch(() => undefined)
    if (!there?.isDirectory()) {
      return `--${kind}: there is no folder for ${file}: make it first, or choose another.`
    }
  }
  return undefined
}

async function writeReports(run: Run, flags: LeaksFlags, io: CommandIo) {
  const makers = {
    json: async () => `${JSON.stringify(run)}\n`,
    junit: async () => (await import('../qa/leaks/report-junit.ts')).junitReport(run),
    html: async () => (await import('../qa/report/html.ts')).renderHtmlReport(run),
  } as const
  const written: Array<readonly [kind: string, file: string]> = []
  const refused: string[] = []
  for (const kind of REPORTS) {
    const file = flags[kind]
    if (file === undefined) continue
    const text = await makers[kind]()
    try {
      await writeFile(resolve(io.cwd, file), text)
      written.push([kind, file])
    } catch (error) {
      refused.push(`--${kind}: ${file} cannot be written: ${whyUnreadable(error)}.`)
    }
  }
  return { written, refused }
}
