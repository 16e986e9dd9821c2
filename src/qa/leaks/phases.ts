// What happens in each phase: who signs in, who asks for what, in which order. The same dice plan the same. Pure.
import type { Dice } from './dice.ts'
import { type Batch, STRANGER, type Step, VISITOR } from './step.ts'
import type { Target } from './target.ts'
import type { Via } from './wire.ts'

export interface Phase {
  readonly name: string
  readonly title: string
  /** Users who are signed in before `plan`, one after the other or all at once. */
  readonly batches: readonly Batch[]
  /** So many of the batches at least, or this has not been tried. */
  readonly least: number
}

type Settings = Pick<Target, 'whoami' | 'reads' | 'mix' | 'requests' | 'signOut' | 'restart'> & {
  readonly names: readonly string[]
  /** There is time for little: what shows most comes first. */
  readonly inHurry?: boolean
}

/** How many sign in at the same moment where that is not what is tried. */
const SIGN_INS = 4
/** At least so many requests are under way at once, so that two users already meet. */
const WIDTH = 6
/** So many ask at one path at the same moment, and nothing else. */
const MOST_TOGETHER = 16
/** So many sign out in turn, while so many others are asked. */
const MOST_LEAVERS = 8
const MOST_WITNESSES = 8
/** So often each path is asked with nothing else under way: what is right there all the same tells a race. */
const ALONE = 32

/** All but the first, in which everybody's first answers are looked at one by one. */
export function laterPhases(settings: Settings, dice: Dice): Phase[] {
  const { names, signOut, restart } = settings
  const phases: Phase[] = [simultaneous(settings, dice), steady(settings, dice)]
  if (signOut) phases.push(oneLeaves(settings, dice))
  if (restart !== undefined) {
    const everybody = asks(settings, names)
    const again = [...everybody, ...everybody, ...everybody]
    const batches = [...signIns(names), everybody, [{ do: 'restart', user: STRANGER } as const]]
    phases.push({
      name: 'restart',
      title: 'Restart',
      batches: [...batches, ...inBatches(again, 1)],
      least: batches.length + names.length,
    })
  }
  phases.push(reuse(settings, dice))
  return phases
}

function simultaneous(settings: Settings, dice: Dice): Phase {
  const { names, requests } = settings
  const together = names.map((user): Step => ({ do: 'sign-in', user }))
  const wanted = times(requests, () => dice.shuffle(asks(settings, names))).flat()
  return {
    name: 'simultaneous-sign-in',
    title: 'Simultaneous sign-ins',
    batches: [dice.shuffle(together), ...inBatches(wanted, widthFor(names))],
    least: 2,
  }
}

function steady(settings: Settings, dice: Dice): Phase {
  const { names, requests, whoami, reads, mix, inHurry } = settings
  const kinds = [
    ...times(mix.whoami, () => 'whoami' as const),
    ...times(reads.length > 0 ? mix.reads : 0, () => 'read' as const),
    ...times(mix.visitors, () => 'visitor' as const),
  ]
  const one = (user: string): Step => {
    const kind = dice.pick(kinds) ?? 'whoami'
    const path =
      kind === 'read' || dice.roll(4) === 0 ? (dice.pick(reads) ?? whoami.path) : whoami.path
    if (kind === 'visitor') return { do: 'ask', user: STRANGER, path, via: 'own' }
    const via: Via = dice.roll(10) === 0 ? 'fresh' : 'own'
    return { do: 'ask', user, path: kind === 'read' ? path : whoami.path, via }
  }
  const wanted = times(requests, () => dice.shuffle(names).map(one)).flat()
  const alone = [whoami.path, ...reads].flatMap((path) =>
    times(ALONE, (): Step => ({ do: 'ask', user: dice.pick(names) ?? '', path, via: 'own' })),
  )
  const paths = [...reads, whoami.path]
  // All at one path is what two must do to meet there.
  const together = (inHurry ? paths : []).map((path) =>
    dice
      .shuffle(names)
      .slice(0, MOST_TOGETHER)
      .map((user): Step => ({ do: 'ask', user, path, via: 'own' })),
  )
  const entering = signIns(dice.shuffle(names))
  return {
    name: 'steady',
    title: 'Steady mixed load',
    batches: [
      ...entering,
      ...together,
      ...inBatches(wanted, widthFor(names)),
      ...inBatches(alone, 1),
    ],
    least: entering.length + paths.length,
  }
}

/** Each in turn, and in again, so that it is once everybody but the one who leaves: whose leaving shows it hangs on them. */
function oneLeaves(settings: Settings, dice: Dice): Phase {
  const { names } = settings
  const turns = dice.shuffle(names).slice(0, MOST_LEAVERS)
  const left = turns.flatMap((leaver): Batch[] => {
    const rest = dice.shuffle(names.filter((name) => name !== leaver)).slice(0, MOST_WITNESSES)
    const after = times(2, () => dice.shuffle(asks(settings, rest))).flat()
    return [
      [{ do: 'sign-out', user: leaver }],
      ...inBatches([...after, ...asks(settings, [leaver])], 1),
      [{ do: 'sign-in', user: leaver }],
    ]
  })
  const before = [...signIns(names), asks(settings, names)]
  return {
    name: 'sign-out',
    title: 'One signs out',
    batches: [...before, ...left],
    // One has left, and one who stayed was asked.
    least: before.length + 2,
  }
}

function reuse(settings: Settings, dice: Dice): Phase {
  const { names, requests, whoami } = settings
  const shared = () => dice.shuffle(asks(settings, names, 'shared'))
  const queued = times(requests, shared).flat()
  const rounds = Math.max(2, Math.min(6, requests))
  const broken = times(rounds, () => {
    const [leaver = '', ...others] = dice.shuffle(names)
    const next = dice.pick(others) ?? leaver
    return [
      [{ do: 'leave', user: leaver, path: whoami.path }],
      asks(settings, [next], 'shared'),
      asks(settings, dice.shuffle(names).slice(0, WIDTH), 'shared'),
    ] satisfies Batch[]
  }).flat()
  const entering = signIns(names)
  return {
    name: 'reuse',
    title: 'One connection for all, some leave early',
    batches: [...entering, ...inBatches(queued, widthFor(names)), ...broken],
    least: entering.length + 1,
  }
}

/** `users` sign in, a few at the same moment. */
export function signIns(users: readonly string[]): Batch[] {
  return inBatches(
    users.map((user): Step => ({ do: 'sign-in', user })),
    SIGN_INS,
  )
}

/** Each asks who he or she is. */
export function asks({ whoami }: Settings, users: readonly string[], via: Via = 'own'): Step[] {
  return users.map((user) => ({ do: 'ask', user, path: whoami.path, via }))
}

/** Somebody who never signed in asks too. */
export function visits({ whoami, reads }: Settings): Step[] {
  return [whoami.path, ...reads].map((path) => ({ do: 'ask', user: STRANGER, path, via: 'own' }))
}

/** What a session that was known before the sign-in is good for after it. */
export function fixation({ whoami }: Settings, user: string): Batch[] {
  const ask = (who: string): Step => ({ do: 'ask', user: who, path: whoami.path, via: 'own' })
  return [
    [ask(VISITOR)],
    [{ do: 'sign-in', user, holding: VISITOR }],
    [ask(VISITOR)],
    [ask(STRANGER)],
  ]
}

function widthFor(names: readonly string[]): number {
  return Math.max(WIDTH, names.length)
}

function inBatches(steps: readonly Step[], width: number): Batch[] {
  return times(Math.ceil(steps.length / width), (at) => steps.slice(at * width, (at + 1) * width))
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}
