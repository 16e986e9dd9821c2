// A run for the terminal: the sentence first, then how it came about, in a few lines.
import { printable } from '../../lib/printable.ts'
import { type Fact, factLines, headline, type Paint, painter, toneOf } from '../report/terminal.ts'
import type { Run } from '../run.ts'
import { againInWords } from './words.ts'

export interface TextOptions {
  readonly colour: boolean
  /** Reports that were written, by kind. */
  readonly files: readonly Fact[]
}

/** Ends with a line break. */
export function textReport(run: Run, { colour, files }: TextOptions): string {
  const paint = painter(colour)
  const { verdict } = run
  const tone = toneOf(verdict)
  const lines = ['', headline(verdict, paint)]
  if (verdict.explanation !== undefined) lines.push(paint('italic', printable(verdict.explanation)))
  if (verdict.history) {
    lines.push('', paint('bold', 'The shortest history that shows it'))
    lines.push(
      ...verdict.history.steps.map((step, index) => {
        const isLast = index === (verdict.history?.steps.length ?? 0) - 1
        const shown = printable(step).replaceAll(/(?<= → )[^;]+/g, (answer) =>
          isLast ? paint(tone, answer) : answer,
        )
        return `  ${index + 1}. ${shown}`
      }),
    )
    const again = againInWords(verdict.history)
    if (again !== '') lines.push(paint('dim', `  ${again}`))
  }
  if (verdict.withoutHistory !== undefined) lines.push('', printable(verdict.withoutHistory))
  if (verdict.notes && verdict.notes.length > 0) {
    lines.push('', paint('bold', 'Seen, and not counted'))
    lines.push(...verdict.notes.map((note) => `  ${printable(note)}`))
  }
  if (run.phases.length > 0) lines.push('', ...phaseTable(run, paint))
  lines.push('', ...factLines([...files, ['seed', `${run.seed}`]], paint))
  return `${lines.join('\n')}\n`
}

function phaseTable({ phases, calls }: Run, paint: Paint): string[] {
  const head = ['phase', 'answers', 'own', 'foreign', 'thrown out', 'failed', 'seconds']
  const rows = phases.map(({ name, title, startMs, endMs }) => {
    const mine = calls.filter(({ phase }) => phase === name)
    const count = (outcome: string) => `${mine.filter((call) => call.outcome === outcome).length}`
    const answers = `${mine.filter(({ status }) => status > 0).length}`
    const seconds = ((endMs - startMs) / 1000).toFixed(1)
    return [
      title,
      answers,
      count('own'),
      count('foreign'),
      count('thrown_out'),
      count('failed'),
      seconds,
    ]
  })
  const widths = head.map((text, at) =>
    Math.max(text.length, ...rows.map((row) => row[at]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    row.map((text, at) =>
      at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0),
    )
  return [
    `  ${paint('dim', line(head).join('  '))}`,
    ...rows.map((row) => {
      const cells = line(row)
      const bad = cells.map((cell, at) =>
        (at === 3 || at === 4) && row[at] !== '0' ? paint('red', cell) : cell,
      )
      return `  ${bad.join('  ')}`
    }),
  ]
}
