// `coatcheck qa leaks TARGET.yaml`: does anybody get what belongs to somebody else? Exit 0 no, 1 yes, 2 cannot tell.
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
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
  readonly allowHost?: readonly string[]
}

export function register(qa: Command, io: CommandIo): void {
  qa.command('leaks')
    .description('sign several users in at a service, and find answers that belong to others')
    .argument('<target>', 'target file; "coatcheck qa init URL" writes one')
    .option('--json <file>', 'write the whole run as JSON')
    .option('--junit <file>', 'write a JUnit report')
    .option('--html <file>', 'write one HTML page to look at and to hand over')
    .option('--seed <number>', 'ask the same things in the same order as another run did')
    .option('--allow-host <host...>', 'a host besides this machine that may be tried')
    .action((target: string, flags: LeaksFlags) => leaks(target, flags, io))
}

const CODES = {
  clean: EXIT.ok,
  leak: EXIT.failed,
  different: EXIT.failed,
  unjudged: EXIT.config,
} as const

async function leaks(file: string, flags: LeaksFlags, io: CommandIo): Promise<void> {
  const seed = flags.seed === undefined ? undefined : Number(flags.seed)
  if (seed !== undefined && (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff)) {
    io.stderr('--seed takes a whole number from 0 to 4294967295.\n')
    return io.exit(EXIT.config)
  }
  const { loadTarget } = await import('../qa/leaks/load-target.ts')
  const { allowHost = [] } = flags
  const loaded = await loadTarget({ file, cwd: io.cwd, env: io.env, allowHosts: allowHost, seed })
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

async function writeReports(run: Run, flags: LeaksFlags, io: CommandIo) {
  const makers = {
    json: async () => `${JSON.stringify(run)}\n`,
    junit: async () => (await import('../qa/leaks/report-junit.ts')).junitReport(run),
    html: async () => (await import('../qa/report/html.ts')).renderHtmlReport(run),
  } as const
  const written: Array<readonly [kind: string, file: string]> = []
  const refused: string[] = []
  for (const kind of ['json', 'junit', 'html'] as const) {
    const file = flags[kind]
    if (file === undefined) continue
    const text = await makers[kind]()
    try {
      await writeFile(resolve(io.cwd, file), text)
      written.push([kind, file])
    } catch (error) {
      refused.push(`--${kind}: ${file} cannot be written: ${whyUnreadable(error)}`)
    }
  }
  return { written, refused }
}
