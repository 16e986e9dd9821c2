// A history in plain words: "Alice signs in", "Alice asks GET /user → Bob's profile". Pure.
import { type History, SOMEBODY } from '../run.ts'
import { hasCookie } from './evidence.ts'
import { isNobody } from './knowledge.ts'
import { asked, type Observation, VISITOR } from './step.ts'
import type { Target } from './target.ts'

/** One line for each batch. */
export function stepsInWords(seen: readonly Observation[], { whoami }: Target): string[] {
  const batches = Map.groupBy(seen, ({ batch }) => batch)
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
      const words = all.map((one) => inWords(one, subject(one.step.user), whoami.path))
      return all.length > 1 ? `At the same time: ${words.join('; ')}` : words.join()
    })
}

function inWords(one: Observation, who: string, whoami: string): string {
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
      const via = { own: '', fresh: ' on another connection', shared: '' }[step.via]
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
  const { owner = SOMEBODY } = one
  const whose = owner === SOMEBODY ? 'Somebody else' : personName(owner)
  return `${whose}'s ${hasCookie(one) ? 'cookie' : thing}`
}

/** `alice` → `Alice`; what is no plain word stays as it is. */
export function personName(name: string): string {
  return /^\p{Ll}[\p{L}-]*$/u.test(name) ? (name[0] ?? '').toUpperCase() + name.slice(1) : name
}

/** "It shows itself in 2 of 6 tries: it depends on timing." Empty where it was not tried again. */
export function againInWords({ again }: Pick<History, 'again'>): string {
  if (again === undefined || again.tries === 0) return ''
  const { shown, tries } = again
  const often = `It shows itself in ${shown} of ${tries} ${tries === 1 ? 'try' : 'tries'}`
  return shown === tries ? `${often}.` : `${often}: it depends on timing.`
}

export function list(words: readonly string[]): string {
  return new Intl.ListFormat('en').format(words)
}
