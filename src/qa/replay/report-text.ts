// A replay for the terminal: the sentence first, then what went astray and what was different, in a few lines. Pure.
import { styleText } from 'node:util'
import { SOMEBODY } from '../leaks/judge.ts'
import type { Run, RunCall } from '../run.ts'
import type { Survey } from './survey.ts'
import type { Counts, Difference } from './tally.ts'

export interface ReplayText {
  readonly run: Pick<Run, 'verdict' | 'calls'>
  readonly counts: Counts
  readonly differences: readonly Difference[]
  readonly survey: Pick<Survey, 'cut'>
  readonly colour: boolean
  /** Reports that were written, by kind. */
  readonly files: ReadonlyArray<readonly [kind: string, file: string]>
}

/** One call and what is to be said of it. */
interface Line extends Pick<RunCall, 'n' | 'user' | 'method' | 'path'> {
  readonly said: string
}

type Style = Parameters<typeof styleText>[0]
type Paint = (style: Style, text: string) => string

const SHOWN = 20
const TONES = { leak: 'red', clean: 'green', different: 'yellow', unjudged: 'yellow' } as const

/** Ends with a line break. */
export function replayText(told: ReplayText): string {
  const { run, counts, differences, files } = told
  const paint: Paint = (style, text) =>
    told.colour ? styleText(style, text, { validateStream: false }) : text
  const tone = TONES[run.verdict.outcome]
  const [word = '', ...rest] = run.verdict.sentence.split(': ')
  const of = (outcome: RunCall['outcome']) =>
    run.calls.filter((call) => call.outcome === outcome).toSorted((a, b) => a.n - b.n)
  const foreign = of('foreign').map((call) => ({ ...call, said: whose(call) }))
  const thrownOut = of('thrown_out').map((call) => ({ ...call, said: `${call.status}` }))
  const different = differences.map((one) => ({ ...one, said: one.what.join(', ') }))
  const notes = notesOf(told)
  return `${[
    '',
    `${paint(['bold', tone], `${word}:`)} ${rest.join(': ')}`,
    ...part('Belonged to someone else', foreign, counts.leaks, 'red', paint),
    ...part('Thrown out', thrownOut, counts.thrownOut, 'red', paint),
    ...part('Not as it was recorded', different, counts.different, 'yellow', paint),
    ...(notes.length > 0 ? [''] : []),
    ...notes.map((note) => `  ${paint('yellow', '!')} ${note}`),
    ...(files.length > 0 ? [''] : []),
    ...files.map(([kind, file]) => `  ${paint('dim', kind.padEnd(6))} ${file}`),
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
  const width = Math.max(...shown.map(({ n }) => String(n + 1).length))
  return [
    '',
    paint('bold', title),
    ...shown.map(({ n, user, method, path, said }) => {
      const nth = paint('dim', String(n + 1).padStart(width))
      return `  ${nth}  ${user} ${method} ${path}  ${paint(tone, said)}`
    }),
    ...(all > SHOWN ? [`  and ${all - SHOWN} more (--json has all)`] : []),
  ]
}

function whose({ owner = SOMEBODY, status }: RunCall): string {
  const said = owner === SOMEBODY ? "somebody else's" : `${owner}'s`
  return `→ ${said}${status === 200 ? '' : `, ${status}`}`
}

function notesOf({ counts, survey }: ReplayText): string[] {
  const { skipped, unfilled, unanswered } = counts
  return [
    ...(survey.cut ? ['the recording breaks off; it was replayed as far as it is whole'] : []),
    ...(skipped > 0
      ? [`${skipped} calls were left out: their bodies were not recorded whole`]
      : []),
    ...(unfilled > 0
      ? [`${unfilled} calls were sent without a secret that the recording left out`]
      : []),
    ...(unanswered > 0 ? [`${unanswered} calls got no answer`] : []),
  ]
}
