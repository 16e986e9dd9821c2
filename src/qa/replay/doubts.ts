// Answers that name nobody who is known: somebody else's, where the same rule was right for the same question. Pure.

export interface Doubts {
  /** Here an answer was its asker's own. `place`: a rule and what was asked. */
  prove(place: string): void
  /** Here one named nobody. */
  meet(place: string): void
  /** One of them is known after all. */
  takeBack(place: string): void
  isProved(place: string): boolean
  /** How many are somebody else's, and of how many nobody can tell. */
  counts(): { readonly foreign: number; readonly unjudged: number }
}

/** Of more places nobody can tell. */
const MOST = 10_000

export function createDoubts(): Doubts {
  const proved = new Set<string>()
  const met = new Map<string, number>()
  let others = 0
  return {
    prove(place) {
      if (proved.size < MOST) proved.add(place)
    },
    meet(place) {
      const known = met.get(place)
      if (known === undefined && met.size >= MOST) others++
      else met.set(place, (known ?? 0) + 1)
    },
    takeBack(place) {
      const known = met.get(place)
      if (known === undefined) others--
      else met.set(place, known - 1)
    },
    isProved: (place) => proved.has(place),
    counts() {
      let [foreign, unjudged] = [0, others]
      for (const [place, count] of met) {
        if (proved.has(place)) foreign += count
        else unjudged += count
      }
      return { foreign, unjudged }
    },
  }
}
