// A history in plain words: "Alice signs in", "Alice asks GET /user → Bob's profile". Pure.
import { SOMEBODY } from './judge.ts'
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
      const [first] = all
      if (all.length > 1 && all.every(({ step }) => step.do === 'sign-in')) {
        return `${list(all.map(({ step }) => subject(step.user)))} sign in at the same moment`
      }
      const words = all.map((one) => inWords(one, subject(one.step.user), whoami.path))
      return first && all.length > 1 ? `At the same moment: ${words.join('; ')}` : words.join()
    })
}

function inWords(one: Observation, who: string, whoami: string): string {
  const { step } = one
  switch (step.do) {
    case 'sign-in': {
      const given = step.holding === undefined ? '' : ' in the browser where the visitor had been'
      return `${who} signs in${given}${isForeign(one) ? ` → ${ownerName(one.owner)} cookie` : ''}`
    }
    case 'sign-out':
      return `${who} signs out`
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
      return `${ownerName(one.owner)} ${one.marks.some((mark) => mark.in === 'set-cookie') ? 'cookie' : thing}`
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

function ownerName(owner = SOMEBODY): string {
  return `${owner === SOMEBODY ? 'Somebody else' : personName(owner)}'s`
}

/** `alice` → `Alice`; what is no plain word stays as it is. */
export function personName(name: string): string {
  return /^\p{Ll}[\p{L}-]*$/u.test(name) ? (name[0] ?? '').toUpperCase() + name.slice(1) : name
}

function list(words: readonly string[]): string {
  return new Intl.ListFormat('en').format(words)
}
