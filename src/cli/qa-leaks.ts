// `coatcheck qa leaks TARGET.yaml`: does anybody get what belongs to somebody else? Exit 0 no, 1 yes, 2 cannot tell.
import type { Command } from 'commander'
import { formatProblem } from '../config/problems.ts'
import { exitCodeOf, type Run } from '../qa/run.ts'
import { keepAwake } from './awake.ts'
import { crashText } from './crash.ts'
import { type CommandIo, EXIT } from './io.ts'
import { openLeaving } from './leaving.ts'
import { openProgressBar } from './qa-progress.ts'
import { homelessReport, type ReportMakers, writeReports } from './qa-reports.ts'

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
    .action(async (target: string, flags: LeaksFlags) => {
      try {
        await leaks(target, flags, io)
      } catch (error) {
        // Not as any other crash, by 1: in a build that is a leak that was found.
        io.stderr(crashText(error, { stack: false }))
        io.exit(EXIT.config)
      }
    })
}

const USUAL_FILE = 'target.yaml'

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
  const { json, junit, html } = flags
  const files = { json, junit, html }
  const homeless = await homelessReport(files, io.cwd)
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
  using _awake = keepAwake()
  using leaving = openLeaving()
  try {
    const run = await runLeaks({
      target: loaded.target,
      onProgress: bar.show,
      leaving: leaving.signal,
    })
    bar.close()
    const { textReport } = await import('../qa/leaks/report-text.ts')
    const { written, refused } = await writeReports(files, makersOf(run), io.cwd)
    io.stdout(textReport(run, { colour: io.isTty, files: written }))
    for (const line of refused) io.stderr(`${line}\n`)
    io.exit(refused.length > 0 ? EXIT.config : exitCodeOf(run.verdict))
  } finally {
    bar.close()
  }
}

const ADDRESS = /^https?:\/\/|^[\w.-]+:\d{1,5}(\/|$)/i

function makersOf(run: Run): ReportMakers {
  return {
    json: () => `${JSON.stringify(run)}\n`,
    junit: async () => (await import('../qa/leaks/report-junit.ts')).junitReport(run),
    html: async () => (await import('../qa/report/html.ts')).renderHtmlReport(run),
  }
}
