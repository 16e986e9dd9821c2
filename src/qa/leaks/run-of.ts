// A run as plain data, from what was observed: what reports are made from. Pure.
import { personas } from '../personas.ts'
import type { Run, RunCall, RunPhase, RunUser, Verdict } from '../run.ts'
import { type Observation, STRANGER, VISITOR } from './step.ts'
import type { Target } from './target.ts'
import { foundInWords } from './words.ts'

export interface RunFacts {
  readonly target: Target
  /** Epoch ms. */
  readonly startedAt: number
  readonly seen: readonly Observation[]
  readonly phases: readonly RunPhase[]
}

const COLOURS: readonly string[] = [
  'violet',
  'green',
  'orange',
  'blue',
  'crimson',
  'teal',
  'goldenrod',
  'slateblue',
]

/** Whoever never signed in stands among the users, in grey. */
export function runOf({ target, startedAt, seen, phases }: RunFacts, verdict: Verdict): Run {
  const calls = seen
    .toSorted((a, b) => a.startMs - b.startMs)
    .map((one, n): RunCall => {
      const {
        phase,
        method,
        path,
        startMs,
        endMs,
        status,
        outcome,
        owner,
        unread,
        marks,
        request,
        response,
      } = one
      const found = foundInWords(one)
      return {
        n,
        phase,
        user: one.step.user,
        method,
        path,
        startMs,
        endMs,
        status,
        outcome,
        ...(owner === undefined ? {} : { owner }),
        ...(found === undefined ? {} : { found }),
        ...(unread === undefined ? {} : { unread }),
        ...(marks.length === 0 ? {} : { marks }),
        ...(request ? { request } : {}),
        ...(response ? { response } : {}),
      }
    })
  const others = [VISITOR, STRANGER].filter((name) => calls.some(({ user }) => user === name))
  const users: RunUser[] = [
    ...target.users.map(({ name }, index) => ({ name, colour: colourOf(name, index) })),
    ...others.map((name): RunUser => ({ name, colour: 'gray', isNobody: true })),
  ]
  const { origin, seed } = target
  return {
    version: 1,
    kind: 'leaks',
    target: origin,
    seed,
    startedAt,
    users,
    phases,
    calls,
    verdict,
  }
}

/** `index`: of this user. */
export function colourOf(name: string, index: number): string {
  const known = personas.find(({ username }) => username === name)?.color
  return known ?? COLOURS[index % COLOURS.length] ?? 'gray'
}
