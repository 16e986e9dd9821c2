// A history in plain words: "Alice signs in", "Alice asks GET /user → Bob's profile". Pure.
import { type History, SOMEBODY } from '../run.ts'
import { hasCookie, onOneConnection } from './evidence.ts'
import { isNobody } from './knowledge.ts'
import type { Sight } from './sight.ts'
import { asked, type Observation, VISITOR } from './step.ts'
import type { Target } from './target.ts'

/** One line for each batch. */
export function stepsInWords(seen: readonly Observation[], { whoami }: Target): string[] {
  const batches = Map.groupBy(seen, ({ batch }) => batch)
  const isOneConnection = onOneConnection(seen).length > 1
  let isOpen = false
  const connection = ({ step }: Observation) => {
    if (!isOneConnection || step.do !== 'ask' || step.via !== 'shared') return ''
    const again = isOpen
    isOpen = true
    return again ? ' on the same connection' : ' on one connection'
  }
  let met = false
  const subject = (name: string) => {
    if (!isNobody(name)) return personName(name)
    if (name !== VISITOR) return 'Somebody without a session'
    const again = met
    met = true
    return again ? 'The visitor' : 'A visitor'
  }
  return [...batches]
    .toSorted(([a], [b]) => a - b)
    .map(([, all]) => {
      if (all.length > 1 && all.every((one) => one.step.do === 'sign-in' && !isForeign(one))) {
        return `${list(all.map(({ step }) => subject(step.user)))} sign in at the same time`
      }
      const words = all.map((one) =>
        inWords(one, subject(one.step.user), whoami.path, connection(one)),
      )
      return all.length > 1 ? `At the same time: ${words.join('; ')}` : words.join()
    })
}

function inWords(one: Observation, who: string, whoami: string, connection: string): string {
  const { step } = one
  switch (step.do) {
    case 'sign-in': {
      const given = step.holding === undefined ? '' : ' in the browser where the visitor had been'
      return `${who} signs in${given}${isForeign(one) ? ` → ${foreignThing(one, 'data')}` : ''}`
    }
    case 'sign-out':
      return `${who} signs out${isForeign(one) ? ` → ${foreignThing(one, 'data')}` : ''}`
    case 'restart':
      return 'The service is restarted'
    case 'leave':
      return `${who} asks ${asked(one)} and leaves before the answer`
    case 'ask': {
      const via = { own: '', fresh: ' on another connection', shared: connection }[step.via]
      return `${who} asks ${asked(one)}${via} → ${seenBy(one, step.path === whoami)}`
    }
  }
}

function seenBy(one: Observation, isWhoami: boolean): string {
  const thing = isWhoami ? 'profile' : 'data'
  switch (one.outcome) {
    case 'own':
      return `${personName(one.step.user)}'s own ${thing}`
    case 'foreign':
      return foreignThing(one, thing)
    case 'thrown_out':
      return `${one.status}, thrown out`
    case 'failed':
      return one.status === 0 ? 'no answer' : `${one.status}`
    case 'plain':
      return `${one.status}`
  }
}

function isForeign({ outcome }: Observation): boolean {
  return outcome === 'foreign'
}

function foreignThing(one: Observation, thing: string): string {
  const { owner = SOMEBODY, sight } = one
  const whose = owner === SOMEBODY ? 'Somebody else' : personName(owner)
  if (hasCookie(one)) return `${whose}'s cookie`
  return `${whose}'s ${sight ? inPlace(sight) : thing}`
}

/** Where no short history shows it: what was seen first, by its number in the reports. */
export function withoutHistoryIn(
  seen: readonly Observation[],
  { whoami }: Pick<Target, 'whoami'>,
): string {
  const all = seen.toSorted((a, b) => a.startMs - b.startMs)
  const found = (outcome: string) => all.findIndex((one) => one.outcome === outcome)
  const at = found('foreign') < 0 ? found('thrown_out') : found('foreign')
  const first = all[at]
  const told = first && inWords(first, personOf(first.step.user), whoami.path, '')
  return `None of the short histories that there was time to try showed it again. It was seen first in call ${at}: ${told}.`
}

function personOf(name: string): string {
  if (!isNobody(name)) return personName(name)
  return name === VISITOR ? 'a visitor' : 'somebody without a session'
}

/** What of a foreign answer is not the asker's, where it is not all of it: `Bob's mail address in the header x-user`. */
export function foundInWords(one: Observation): string | undefined {
  return isForeign(one) && (one.sight || hasCookie(one)) ? foreignThing(one, '') : undefined
}

function inPlace({ in: place, what, where }: Sight): string {
  if (place === 'header') return `${what} in the header ${where}`
  const short = where.length > MOST_OF_PLACE ? `…${where.slice(-MOST_OF_PLACE)}` : where
  return short === '' ? `${what} in the body` : `${what} at ${short}`
}

const MOST_OF_PLACE = 60

/** `alice` → `Alice`; what is no plain word stays as it is. */
export function personName(name: string): string {
  return /^\p{Ll}[\p{L}-]*$/u.test(name) ? (name[0] ?? '').toUpperCase() + name.slice(1) : name
}

/**
 * "It shows itself in 2 of 6 tries: it depends on timing.", and what went before where that may matter. Empty where it
 * was not tried again.
 */
export function againInWords({ again, before }: Pick<History, 'again' | 'before'>): string {
  if (again === undefined || again.tries === 0) return ''
  return before === undefined
    ? oftenInWords(again)
    : `${oftenInWords(again)} ${pastInWords(before)}`
}

function pastInWords({ signIns, signOuts, reads }: NonNullable<History['before']>): string {
  const counts = [`${signIns} sign-ins`, `${reads} reads`]
  if (signOuts > 0) counts.splice(1, 0, `${signOuts} sign-out${signOuts === 1 ? '' : 's'}`)
  return `It was tried on a service in which ${list(counts)} had gone before: one that was just started may need some of those first.`
}

function oftenInWords(again: NonNullable<History['again']>): string {
  const { shown, tries } = again
  const often = `It shows itself in ${shown} of ${tries} ${tries === 1 ? 'try' : 'tries'}`
  return shown === tries ? `${often}.` : `${often}: it depends on timing.`
}

export function list(words: readonly string[]): string {
  return new Intl.ListFormat('en').format(words)
}
