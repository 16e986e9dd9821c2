// What was seen and not counted, in sentences, and what to set where that keeps a run from being judged. Pure.
import { type Doubt, isPrivate } from './doubts.ts'
import { isNobody } from './knowledge.ts'
import type { Observation } from './step.ts'
import type { Target } from './target.ts'
import { list, personName } from './words.ts'

/** So many people are named. */
const NAMED = 3

export function notesOf(
  seen: readonly Observation[],
  { target, doubts }: { target: Pick<Target, 'carry'>; doubts: readonly Doubt[] },
): string[] {
  const notes = doubts.map((doubt) => {
    const mend = `say ordinary: [${doubt.path}] if that is meant`
    return `${shownBy(doubt)}: not counted; ${mend}.`
  })
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

function shownBy({ asked, owner, kind, seenBy }: Doubt): string {
  const users = seenBy.filter((user) => !isNobody(user)).map(personName)
  const named = users.length > NAMED ? [...users.slice(0, NAMED), 'others'] : users
  const people = users.length < seenBy.length ? [...named, 'visitors'] : named
  return `${asked} showed ${personName(owner)}'s ${kind} to ${list(people)} from the first look on`
}
