// Figures as Markdown. Pure.
import { leastOf, medianOf, ratioOf } from './figures.ts'
import type { Series } from './rounds.ts'
import { type Limit, SATURATED, type Verdict } from './targets.ts'

export function roundsTable(series: readonly Series[]): string {
  const [first] = series
  const bare = series.find((one) => one.contestant === 'bare')
  const rows = series.map((one) => {
    const share = medianOf(one, 'share')
    return [
      `${one.contestant} (${one.title})`,
      number(medianOf(one, 'cpuMicros'), 1),
      number(leastOf(one, 'cpuMicros'), 1),
      number(bare && ratioOf(one, bare, 'cpuMicros'), 2),
      number(medianOf(one, 'rps'), 0),
      number(bare && ratioOf(one, bare, 'rps'), 2),
      number(medianOf(one, 'p50Ms'), 2),
      number(medianOf(one, 'p99Ms'), 2),
      number(share && share * 100, 0) + (share !== undefined && share < SATURATED ? ' *' : ''),
      number((medianOf(one, 'disturbance') ?? 0) * 100, 0),
      number(mebi(one.figures[0]?.rssBytes), 0),
      number(mebi(one.figures.at(-1)?.rssBytes), 0),
    ]
  })
  const head = [
    first?.workload.title ?? '',
    'CPU µs',
    'least',
    '÷ bare',
    'req/s',
    '× bare',
    'p50 ms',
    'p99 ms',
    'core %',
    'others %',
    'RSS MiB, first round',
    'last',
  ]
  return markdownTable(head, rows)
}

export function verdictLines(verdicts: readonly Verdict[]): string {
  const words = { met: 'met', missed: 'MISSED', idle: 'not judged, a core was idle' }
  return verdicts
    .map(({ text, ratio, outcome }) => `- ${text}: ${ratio.toFixed(2)}, ${words[outcome]}`)
    .join('\n')
}

export function limitsTable(limits: readonly Limit[]): string {
  const rows = limits.map(({ text, value, unit, digits, atMost }) => [
    text,
    `${value.toFixed(digits)} ${unit}`,
    atMost === Infinity ? '–' : `${atMost} ${unit}`,
    atMost === Infinity ? '' : value <= atMost ? 'met' : 'MISSED',
  ])
  return markdownTable(['', 'measured', 'at most', ''], rows)
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]) {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return [head, rule, ...rows].map(line).join('\n')
}

export function number(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits)
}

export function mebi(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / 2 ** 20
}
