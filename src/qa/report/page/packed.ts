// A run as the report carries it: every text once, calls as rows of numbers. Pure; `unpack` undoes `pack`.
import type { Mark, Message, RecordedAnswer, Run, RunCall } from '../../run.ts'
import { OUTCOMES, visible } from './words.ts'

/** What the page leaves out, for it to say so. */
export interface LeftOut {
  /** Calls in the run, and those that are in the page. */
  readonly calls: number
  readonly shown: number
  /** Calls with their messages, of the shown. */
  readonly withMessages: number
  /** Foreign, thrown out or failed calls that had messages and lost them. */
  readonly troubleWithout: number
  /** Paths that were cut. */
  readonly cutPaths: number
}

/** A run of which some messages were left out. */
export interface Bounded extends Pick<Run, 'users' | 'phases' | 'calls'> {
  readonly left: LeftOut
}

export interface Packed {
  readonly v: 1
  readonly texts: readonly string[]
  readonly users: ReadonlyArray<readonly [name: number, colour: number]>
  readonly phases: ReadonlyArray<readonly [name: number, title: number, from: number, to: number]>
  readonly calls: readonly PackedCall[]
  readonly messages: readonly PackedMessages[]
  readonly replayed: readonly PackedReplayed[]
  readonly left: LeftOut
}

/** Texts by number; times in tenths of ms, the start since the row before; the owner 0 for nobody, else its text + 1. */
type PackedCall = readonly [
  n: number,
  phase: number,
  user: number,
  method: number,
  path: number,
  start: number,
  took: number,
  status: number,
  outcome: number,
  owner: number,
]

type PackedMessages = readonly [
  row: number,
  marks: readonly PackedMark[],
  request: PackedMessage | 0,
  response: PackedMessage | 0,
  /** Text + 1; 0 where it is not told. */
  found: number,
]

/** What a replay tells of a call besides. */
type PackedReplayed = readonly [
  row: number,
  mended: 0 | 1,
  differences: readonly number[],
  recorded: PackedRecorded | 0,
]

type PackedRecorded = readonly [
  status: number,
  outcome: number,
  owner: number,
  marks: readonly PackedMark[],
  response: PackedMessage | 0,
]

/** `header`: 0 where it is not told; a value never stands there. */
type PackedMark = readonly [
  owner: number,
  place: number,
  at: number,
  length: number,
  header: number,
]

type PackedMessage = readonly [headers: readonly number[], body: number, cut: 0 | 1]

const PLACES: ReadonlyArray<Mark['in']> = ['body', 'set-cookie', 'header']

export function pack({ users, phases, calls, left }: Bounded): Packed {
  const numbers = new Map<string, number>()
  const text = (raw: string): number => {
    const one = visible(raw)
    const known = numbers.get(one)
    if (known !== undefined) return known
    numbers.set(one, numbers.size)
    return numbers.size - 1
  }
  const message = (one: Message | undefined): PackedMessage | 0 =>
    one ? [one.headers.map(text), text(one.body), one.cut ? 1 : 0] : 0

  const packMarks = (marks: readonly Mark[]): PackedMark[] =>
    marks.map(({ owner, in: place, at, length, header = 0 }) => [
      text(owner),
      PLACES.indexOf(place),
      at,
      length,
      header,
    ])
  const packRecorded = (one: RecordedAnswer | undefined): PackedRecorded | 0 =>
    one
      ? [
          one.status,
          OUTCOMES.indexOf(one.outcome),
          one.owner === undefined ? 0 : text(one.owner) + 1,
          packMarks(one.marks ?? []),
          message(one.response),
        ]
      : 0

  const messages: PackedMessages[] = []
  const replayed: PackedReplayed[] = []
  let before = 0
  const rows = calls.map((call, row): PackedCall => {
    const { request, response, marks = [], found } = call
    if (request || response || marks.length > 0 || found !== undefined) {
      const what = found === undefined ? 0 : text(found) + 1
      messages.push([row, packMarks(marks), message(request), message(response), what])
    }
    const { differences, mended, recorded } = call
    if (differences || mended || recorded) {
      const told = (differences ?? []).map(text)
      replayed.push([row, mended ? 1 : 0, told, packRecorded(recorded)])
    }
    const start = tenths(call.startMs)
    const since = start - before
    before = start
    return [
      call.n,
      text(call.phase),
      text(call.user),
      text(call.method),
      text(call.path),
      since,
      tenths(call.endMs) - start,
      call.status,
      OUTCOMES.indexOf(call.outcome),
      call.owner === undefined ? 0 : text(call.owner) + 1,
    ]
  })
  return {
    v: 1,
    users: users.map(({ name, colour }) => [text(name), text(colour)]),
    phases: phases.map((one) => [text(one.name), text(one.title), one.startMs, one.endMs]),
    calls: rows,
    messages,
    replayed,
    left,
    texts: [...numbers.keys()],
  }
}

export function unpack({ texts, users, phases, calls, messages, replayed, left }: Packed): Bounded {
  const text = (number: number): string => texts[number] ?? ''
  const message = (one: PackedMessage | 0): Message | undefined =>
    one ? { headers: one[0].map(text), body: text(one[1]), cut: one[2] === 1 } : undefined

  const unpackMarks = (marks: readonly PackedMark[]) =>
    marks.map(
      ([owner, place, at, length, header]): Mark => ({
        owner: text(owner),
        in: PLACES[place] ?? 'body',
        ...(header > 0 && { header }),
        at,
        length,
      }),
    )
  const unpackRecorded = (one: PackedRecorded | 0): RecordedAnswer | undefined => {
    if (one === 0) return undefined
    const [status, outcome, owner, marks] = one
    const response = message(one[4])
    return {
      status,
      outcome: OUTCOMES[outcome] ?? 'failed',
      ...(owner > 0 && { owner: text(owner - 1) }),
      ...(marks.length > 0 && { marks: unpackMarks(marks) }),
      ...(response && { response }),
    }
  }

  const kept = new Map(messages.map((one) => [one[0], one]))
  const told = new Map(replayed.map((one) => [one[0], one]))
  let start = 0
  return {
    left,
    users: users.map(([name, colour]) => ({ name: text(name), colour: text(colour) })),
    phases: phases.map(([name, title, startMs, endMs]) => {
      return { name: text(name), title: text(title), startMs, endMs }
    }),
    calls: calls.map((one, row): RunCall => {
      start += one[5]
      const [, marks = [], request = 0, response = 0, found = 0] = kept.get(row) ?? []
      const [asked, answered] = [message(request), message(response)]
      const [, mended = 0, differences = [], was = 0] = told.get(row) ?? []
      const recorded = unpackRecorded(was)
      return {
        n: one[0],
        phase: text(one[1]),
        user: text(one[2]),
        method: text(one[3]),
        path: text(one[4]),
        startMs: start / 10,
        endMs: (start + one[6]) / 10,
        status: one[7],
        outcome: OUTCOMES[one[8]] ?? 'failed',
        ...(one[9] > 0 && { owner: text(one[9] - 1) }),
        ...(found > 0 && { found: text(found - 1) }),
        ...(marks.length > 0 && { marks: unpackMarks(marks) }),
        ...(asked && { request: asked }),
        ...(answered && { response: answered }),
        ...(differences.length > 0 && { differences: differences.map(text) }),
        ...(mended === 1 && { mended: true }),
        ...(recorded && { recorded }),
      }
    }),
  }
}

function tenths(ms: number): number {
  return Math.round(ms * 10)
}
