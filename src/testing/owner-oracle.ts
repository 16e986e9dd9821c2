// Knows whose an answer is, by texts that occur in one person's answers and in nobody else's.
import { createMarkers } from '../qa/leaks/markers.ts'

export interface OwnerOracle {
  /** Texts of one person. What is too short to be anybody's, or two people have, says nothing. */
  learn(owner: string, texts: readonly string[]): void
  /** Whose texts occur in `said`: body and headers of an answer. */
  ownersIn(said: string): string[]
  judge(said: string, owner: string): Judgement
}

export type Judgement =
  | { readonly kind: 'own' }
  /** `text` is of somebody else. */
  | { readonly kind: 'foreign'; readonly owner: string; readonly text: string }
  /** Nothing in it is of anybody. */
  | { readonly kind: 'nobody' }

export function createOwnerOracle(): OwnerOracle {
  const markers = createMarkers()
  return {
    learn(owner, texts) {
      for (const text of texts) markers.add({ owner, text, kind: 'profile' })
    },
    ownersIn: (said) => [...new Set(markers.scan(said).map(({ marker }) => marker.owner))],
    judge(said, owner) {
      const hits = markers.scan(said)
      const foreign = hits.find(({ marker }) => marker.owner !== owner)
      if (foreign)
        return { kind: 'foreign', owner: foreign.marker.owner, text: foreign.marker.text }
      return { kind: hits.length > 0 ? 'own' : 'nobody' }
    },
  }
}
