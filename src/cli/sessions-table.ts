// Sessions as a table for a person: whose, on what, since when, how long.
import type { SessionFacts } from '../session/desk.ts'

const HEAD: readonly string[] = [
  'ref',
  'provider',
  'sub',
  'device',
  'state',
  'signed in',
  'last seen',
  'ends',
]

/** One line each, below a head; ends with a line break. `now`: epoch ms, by the clock that wrote the times. */
export function sessionsTable(sessions: readonly SessionFacts[], now: number): string {
  const rows = [HEAD, ...sessions.map((session) => row(session, now))]
  const widths = HEAD.map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  )
  return rows
    .map((cells) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}

function row(session: SessionFacts, now: number): string[] {
  const { ref, provider, sub, device, state, createdAt, seenAt, endsAt } = session
  return [
    ref,
    provider,
    plain(sub),
    plain(device),
    state,
    `${span(now - createdAt)} ago`,
    `${span(now - seenAt)} ago`,
    `in ${span(endsAt - now)}`,
  ]
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const

/** `2 d`, `3 h`, `12 min`, `40 s`: the largest unit that is there twice, rounded down. */
export function span(ms: number): string {
  const unit = UNITS.find(([, size]) => ms >= 2 * size)
  const [name, size] = unit ?? ['s', 1000]
  return `${Math.max(0, Math.floor(ms / size))} ${name}`
}

/** What others chose must not steer the terminal, nor fill it. */
export function plain(text: string): string {
  const visible = text.replaceAll(/[\p{C}\p{Z}]+/gu, ' ').trim()
  return visible.length > 40 ? `${visible.slice(0, 39)}…` : visible
}
