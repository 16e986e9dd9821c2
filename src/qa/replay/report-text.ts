// A replay for the terminal: the sentence first, then what went astray and what was different, in a few lines. Pure.
import { printable } from '../../lib/printable.ts'
import {
  type Fact,
  factLines,
  headline,
  type Paint,
  painter,
  type Style,
} from '../report/terminal.ts'
import { type Run, type RunCall, SOMEBODY } from '../run.ts'
import type { Survey } from './survey.ts'
import type { Counts, Difference } from './tally.ts'
import { unplayedNotes } from './unplayed.ts'

export interface ReplayText {
  readonly run: Pick<Run, 'verdict' | 'calls'>
  readonly counts: Counts
  readonly differences: readonly Difference[]
  readonly survey: Pick<Survey, 'cut' | 'unfilled' | 'unplayed'>
  readonly colour: boolean
  /** Reports that were written, by kind. */
  readonly files: readonly Fact[]
}

/** One call and what is to be said of it. */
interface Line extends Pick<RunCall, 'n' | 'user' | 'method' | 'path'> {
  readonly said: string
}

const SHOWN = 20

/** Ends with a line break. */
export function replayText(told: ReplayText): string {
  const { run, counts, differences, files } = told
  const paint = painter(told.colour)
  const of = (outcome: RunCall['outcome']) => run.calls.filter((call) => call.outcome === outcome)
  const foreign = of('foreign').map((call) => ({ ...call, said: whose(call) }))
  const thrownOut = of('thrown_out').map((call) => ({ ...call, said: `${call.status}` }))
  const different = differences
    .toSorted((a, b) => a.n - b.n)
    .map((one) => ({ ...one, said: one.what.join(', ') }))
  const mended = run.calls.flatMap((call) =>
    call.mended ? [{ ...call, said: `${thenOf(call)}, right now` }] : [],
  )
  const notes = notesOf(told)
  return `${[
    '',
    headline(run.verdict, paint),
    ...part('Belonged to someone else', foreign, counts.leaks, 'red', paint),
    ...part('Thrown out', thrownOut, counts.thrownOut, 'red', paint),
    ...part('Not as it was recorded', different, counts.different, 'yellow', paint),
    ...part('Wrong when it was recorded', mended, counts.mended, 'green', paint),
    ...(notes.length > 0 ? [''] : []),
    ...notes.map((note) => `  ${paint('yellow', '!')} ${printable(note)}`),
    ...(files.length > 0 ? [''] : []),
    ...factLines(files, paint),
  ].join('\n')}\n`
}

/** `all`: how many there are, shown or not. */
function part(
  title: string,
  lines: readonly Line[],
  all: number,
  tone: Style,
  paint: Paint,
): string[] {
  if (lines.length === 0) return []
  const shown = lines.slice(0, SHOWN)
  const width = Math.max(...shown.map(({ n }) => String(n).length))
  return [
    '',
    paint('bold', title),
    ...shown.map(({ n, user, method, path, said }) => {
      const nth = paint('dim', String(n).padStart(width))
      const call = printable(`${user} ${method} ${path}`)
      return `  ${nth}  ${call}  ${paint(tone, printable(said))}`
    }),
    ...(all > SHOWN ? [`  and ${all - SHOWN} more (--json has all)`] : []),
  ]
}

function thenOf({ recorded }: RunCall): string {
  if (recorded?.outcome === 'thrown_out') return `${recorded.status} then`
  const { owner = SOMEBODY } = recorded ?? {}
  return owner === SOMEBODY ? "somebody else's then" : `${owner}'s then`
}

function whose({ owner = SOMEBODY, status }: RunCall): string {
  const said = owner === SOMEBODY ? "somebody else's" : `${owner}'s`
  return `→ ${said}${status === 200 ? '' : `, ${status}`}`
}

function notesOf({ counts, survey }: ReplayText): string[] {
  const { skipped, unfilled, unanswered, left } = counts
  const first = survey.unfilled === undefined ? '' : `; the first is ${survey.unfilled}`
  return [
    ...(survey.cut ? ['the recording breaks off; it was replayed as far as it is whole'] : []),
    ...unplayedNotes(survey.unplayed),
    ...(skipped > 0
      ? [`${skipped} calls were left out: their bodies were not recorded whole`]
      : []),
    ...(unfilled > 0
      ? [`${unfilled} calls were sent without a secret that the recording left out${first}`]
      : []),
    ...(unanswered > 0 ? [`${unanswered} calls got no answer`] : []),
    ...(left > 0
      ? [`${left} calls were left before their answers, as when they were recorded`]
      : []),
  ]
}
