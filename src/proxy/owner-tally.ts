// Notices a route whose owner rule never finds anything to check, and says why. Pure.
import type { OwnerConfig } from '../config/config.ts'
import type { Unchecked } from './owner-rule.ts'

/** So many answers that might have told their owner, and none that did. */
const FIRST = 20

export interface OwnerTally {
  add(outcome: 'own' | 'foreign' | 'unchecked', route: string, why?: Unchecked): void
}

/** `idle`: called at most once for each route, with the commonest reason. */
export function createOwnerTally(idle: (route: string, why: Unchecked) => void): OwnerTally {
  // `null`: nothing more to find out.
  const byRoute = new Map<string, Unchecked[] | null>()
  return {
    add(outcome, route, why) {
      const reasons = byRoute.get(route)
      if (reasons === null || why === 'says_nothing') return
      if (outcome !== 'unchecked' || why === undefined) {
        byRoute.set(route, null)
        return
      }
      const all = reasons ?? []
      all.push(why)
      byRoute.set(route, all.length < FIRST ? all : null)
      if (all.length === FIRST) idle(route, commonest(all))
    },
  }
}

/** One sentence: what was seen, and what to set. */
export function uncheckedAdvice(why: Unchecked, rule: OwnerConfig | undefined): string {
  const place = rule && ('header' in rule ? rule.header : rule.field)
  const what = `the owner of none of the first ${FIRST} answers could be checked: most`
  switch (why) {
    case 'compressed':
      return `${what} are compressed in a manner that is not read; use gzip or br, or owner.header`
    case 'not_json':
      return `${what} are not JSON; use owner.header, or a route of its own for what is JSON`
    case 'too_long':
      return `${what} are longer than 64 KiB; use owner.header`
    case 'not_known':
      return `${what} came to sessions without ${rule?.is ?? 'that'}; look at owner.is and claims`
    default:
      return `${what} have nothing at ${place}; look at owner.${rule && 'header' in rule ? 'header' : 'field'}`
  }
}

function commonest(reasons: readonly Unchecked[]): Unchecked {
  const counts = new Map<Unchecked, number>()
  for (const one of reasons) counts.set(one, (counts.get(one) ?? 0) + 1)
  return [...counts].reduce((most, one) => (one[1] > most[1] ? one : most))[0]
}
