// What was seen and not counted, in sentences, and what to set where that keeps a run from being judged. Pure.
import { type Crowd, type Doubt, isPrivate, type PassedKind } from './doubts.ts'
import { isNobody } from './knowledge.ts'
import type { Observation } from './step.ts'
import type { Target } from './target.ts'
import { type Unmarked, whyUnmarked } from './unmarked.ts'
import { list, personName } from './words.ts'

const MANY: Readonly<Record<PassedKind, string>> = {
  name: 'names',
  id: 'ids',
  'mail address': 'mail addresses',
  profile: 'profiles',
  secret: 'secrets',
}
/** So many people are named. */
const NAMED = 3

export function notesOf(
  seen: readonly Observation[],
  {
    target,
    doubts = [],
    crowds = [],
    unmarked = [],
  }: {
    target: Pick<Target, 'carry'>
    doubts?: readonly Doubt[]
    crowds?: readonly Crowd[]
    unmarked?: readonly Unmarked[]
  },
): string[] {
  const notes = doubts.map((doubt) => {
    const mend = `say ordinary: [${doubt.path}] if that is meant`
    return `${shownBy(doubt)}: not counted; ${mend}.`
  })
  notes.push(...crowds.map(shownToEachOther))
  if (unmarked.length > 0) {
    const why = whyUnmarked(unmarked)
    notes.push(`${(why[0] ?? '').toUpperCase()}${why.slice(1)}`)
  }
  const still = seen.find(({ stillIn }) => stillIn)
  if (still && target.carry.kind === 'header') {
    notes.push(
      `What ${personName(still.step.user)} had carried was good after the sign-out: not counted, since a token may be good to its end.`,
    )
  }
  return notes
}

/** Private data in the answers of others: a leak, unless the service means it. */
export function whyDoubtful(doubts: readonly Doubt[]): string | undefined {
  const [first, ...more] = doubts.filter(({ kind }) => isPrivate(kind))
  if (!first) return undefined
  const paths = [...new Set([first, ...more].map(({ path }) => path))]
  const others = more.length === 0 ? '' : ` (and ${more.length} more like it)`
  const mend = `set ordinary: [${paths.join(', ')}] if that is meant; else it is a leak, such as an answer that is kept for whoever comes next.`
  return `${shownBy(first)}${others}, and not theirs to ${personName(first.owner)}; ${mend}`
}

function shownToEachOther({ path, asked, kind, people }: Crowd): string {
  const names = [...people].toSorted().map(personName)
  const named = names.length > NAMED ? [...names.slice(0, NAMED), 'others'] : names
  const what = MANY[kind]
  return `${asked} showed ${list(named)} each other's ${what} from the first look on: not counted; say ordinary: [${path}] if that is meant, as in a list of people. If it is not, everybody is given what is everybody's.`
}

function shownBy({ asked, owner, kind, seenBy }: Doubt): string {
  const users = seenBy.filter((user) => !isNobody(user)).map(personName)
  const named = users.length > NAMED ? [...users.slice(0, NAMED), 'others'] : users
  const people = users.length < seenBy.length ? [...named, 'visitors'] : named
  return `${asked} showed ${personName(owner)}'s ${kind} to ${list(people)} from the first look on`
}
