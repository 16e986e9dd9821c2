// The word that a misspelt one was probably meant to be.
import { closestMatch } from 'leven'

/** `undefined` when nothing is near: a wild guess helps nobody. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const byFold = new Map(candidates.map((candidate) => [fold(candidate), candidate]))
  const maxDistance = word.length > 3 ? 2 : 1
  const near = closestMatch(fold(word.slice(0, 64)), [...byFold.keys()], { maxDistance })
  return near === undefined ? undefined : byFold.get(near)
}

/** Lower case without `_` and `-`: how names of variables and settings are compared. */
export function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[_-]/g, '')
}
