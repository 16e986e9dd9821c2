// `coatcheck qa replay FILE --target URL`: does it happen again? Exit 0 no, 1 yes or not as recorded, 2 cannot tell.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { whyUnreadable } from '../config/file-errors.ts'
import { printable } from '../lib/printable.ts'
import type { Survey } from '../qa/replay/survey.ts'
import { exitCodeOf } from '../qa/run.ts'
import { keepAwake } from './awake.ts'
import { type CommandIo, EXIT } from './io.ts'
import { addHost } from './qa-leaks.ts'
import { openProgressBar } from './qa-progress.ts'
import { askedOf, type ReplayFlags } from './qa-replay-flags.ts'
import { passwordsFor } from './qa-replay-passwords.ts'
import { homelessReport, writeReports } from './qa-reports.ts'

export function register(qa: Command, io: CommandIo): void {
  qa.command('replay')
    .description('play a recording back, everybody signed in anew, and show what is different')
    .argument('<file>', 'recording; "coatcheck qa record" writes one')
    .requiredOption('--target <url>', 'origin of the gateway to play it to')
    .option(
      '--passwords <file>',
      'CSV with name and password of each persona; or COATCHECK_QA_PASSWORD_<NAME>',
    )
    .option('-c, --config <file>', 'configuration file whose personas have the passwords')
    .option(
      '--speed <pace>',
      'order: without pauses; recorded: with them; fastest: everybody at once',
      'order',
    )
    .option('--reorder <seed>', 'in an order of its own, the same for the same number')
    .option('--owner <place>', 'header, or JSON Pointer, that says whose an answer is; or none')
    .option('--is <what>', 'what that must equal: sub, name or a claim (sub)')
    .option('--owner-path <paths>', 'where that holds, comma-separated, and beneath (everywhere)')
    .option('--compare <pointers>', 'JSON Pointers, comma-separated, whose values must be the same')
    .option('--json <file>', 'write the whole run as JSON')
    .option('--html <file>', 'write one HTML page to look at and to hand over')
    .option('--allow-host <host>', 'a host besides this machine that may be tried', addHost, [])
    .action((file: string, flags: ReplayFlags) => replay(file, flags, io))
}

async function replay(file: string, flags: ReplayFlags, io: CommandIo): Promise<void> {
  const refuse = (why: string) => {
    // Names and answers of strangers stand in it.
    io.stderr(`${why.split('\n').map(printable).join('\n')}\n`)
    io.exit(EXIT.config)
  }
  const { json, html } = flags
  const reports = { json, html }
  const homeless = await homelessReport(reports, io.cwd)
  if (homeless !== undefined) return refuse(homeless)
  const asked = await askedOf(flags)
  if (typeof asked === 'string') return refuse(asked)
  const path = resolve(io.cwd, file)
  const survey = await surveyed(path)
  if (typeof survey === 'string') return refuse(`${file} ${survey}`)
  const known = await passwordsFor(survey, flags, io)
  if (typeof known === 'string') return refuse(known)

  const { runReplay } = await import('../qa/replay/run-replay.ts')
  const bar = openProgressBar(process.stderr, io.env)
  const show = (done: number, total: number, leaks: number) =>
    bar.show({ title: 'replaying', done, total, leaks })
  using _awake = keepAwake()
  try {
    const done = await runReplay({ ...asked, file: path, survey, ...known, onProgress: show })
    bar.close()
    if (!done.ok) {
      const end = /[.?!]$/.test(done.why) ? '' : '.'
      return refuse(`COULD NOT JUDGE: ${done.why}${end}`)
    }
    const { run, counts, differences } = done
    const { replayText } = await import('../qa/replay/report-text.ts')
    const makers = {
      json: () => `${JSON.stringify({ ...run, counts, differences, unplayed: survey.unplayed })}\n`,
      html: async () => (await import('../qa/report/html.ts')).renderHtmlReport(run),
    }
    const { written, refused } = await writeReports(reports, makers, io.cwd)
    io.stdout(replayText({ run, counts, differences, survey, colour: io.isTty, files: written }))
    for (const line of refused) io.stderr(`${line}\n`)
    io.exit(refused.length > 0 ? EXIT.config : exitCodeOf(run.verdict))
  } finally {
    bar.close()
  }
}

/** A sentence, but for the file's name, where it cannot be played. */
async function surveyed(path: string): Promise<Survey | string> {
  const { BadRecording, readRecording } = await import('../qa/replay/recording.ts')
  const { surveyOf } = await import('../qa/replay/survey.ts')
  const { unplayedNotes } = await import('../qa/replay/unplayed.ts')
  try {
    const survey = await surveyOf(readRecording(path))
    if (survey.calls === 0) {
      const [why] = unplayedNotes(survey.unplayed)
      return `holds no call${why === undefined ? ': nothing passed while it was recorded' : ` to make again: ${why}`}.`
    }
    if (survey.personas.length === 0) {
      return 'names no persona (_persona) in any of its entries: record it with "coatcheck qa record".'
    }
    return survey
  } catch (error) {
    if (error instanceof BadRecording) return `${error.message}.`
    return `cannot be read: ${whyUnreadable(error)}.`
  }
}
