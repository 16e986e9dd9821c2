// A replay for the terminal: the sentence first, then what was different, in a few lines. Pure.
import { styleText } from 'node:util'
import type { Verdict } from '../run.ts'
import type { Survey } from './survey.ts'
import type { Counts, Difference } from './tally.ts'

export interface ReplayText {
  readonly verdict: Verdict
  readonly counts: Counts
  readonly differences: readonly Difference[]
  readonly survey: Survey
  readonly colour: boolean
  /** Reports that were written, by kind. */
  readonly files: ReadonlyArray<readonly [kind: string, file: string]>
}

type Style = Parameters<typeof styleText>[0]

const SHOWN = 20

/** Ends with a line break. */
export function replayText({
  verdict,
  counts,
  differences,
  survey,
  colour,
  files,
}: ReplayText): string {
  const paint = (style: Style, text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text
  const [word = '', ...rest] = verdict.sentence.split(': ')
  const tone = word === 'LEAK' ? 'red' : word === 'CLEAN' ? 'green' : 'yellow'
  const lines = ['', `${paint(['bold', tone], `${word}:`)} ${rest.join(': ')}`]
  if (differences.length > 0) {
    lines.push('', paint('bold', 'Not as it was recorded'))
    const { length } = String(Math.max(...differences.slice(0, SHOWN).map(({ n }) => n)))
    for (const { n, user, method, path, what } of differences.slice(0, SHOWN)) {
      const call = `${user} ${method} ${path}`
      lines.push(
        `  ${paint('dim', String(n + 1).padStart(length))}  ${call}  ${paint(tone, what.join(', '))}`,
      )
    }
    if (counts.different > SHOWN)
      lines.push(`  and ${counts.different - SHOWN} more (--json has all)`)
  }
  const notes = [
    ...(survey.cut ? ['the recording breaks off; it was replayed as far as it is whole'] : []),
    ...(counts.skipped > 0
      ? [`${counts.skipped} calls were left out: their bodies were not recorded whole`]
      : []),
    ...(counts.unfilled > 0
      ? [`${counts.unfilled} calls were sent without a secret that the recording left out`]
      : []),
    ...(counts.unanswered > 0 ? [`${counts.unanswered} calls got no answer`] : []),
  ]
  if (notes.length > 0) lines.push('', ...notes.map((note) => `  ${paint('yellow', '!')} ${note}`))
  if (files.length > 0)
    lines.push('', ...files.map(([kind, file]) => `  ${paint('dim', kind.padEnd(6))} ${file}`))
  return `${lines.join('\n')}\n`
}
