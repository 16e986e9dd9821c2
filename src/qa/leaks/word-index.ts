// Texts by one of their words: those that may begin in another text are found by its words alone. Pure.
import type { Marker } from './markers.ts'

export const WORD = /[A-Za-z0-9_\u0080-\uffff]+/g
const WORD_CHARACTER = /[A-Za-z0-9_\u0080-\uffff]/

/** A word of each text → what contains it, and how far from its start. */
export type Index = Map<string, Array<{ text: string; offset: number; marker: Marker }>>

/** Under the word that fewest others stand under. */
export function index(to: Index, text: string, marker: Marker): void {
  const words = [...text.matchAll(WORD)]
  // Not the host of everybody's address: whatever many have in common is looked for again and again.
  const crowd = (word: string) => (to.get(word)?.length ?? 0) >> 3
  const anchor = words.toSorted((a, b) => crowd(a[0]) - crowd(b[0]) || b[0].length - a[0].length)[0]
  if (!anchor) return
  const list = to.get(anchor[0]) ?? []
  list.push({ text, offset: anchor.index, marker })
  to.set(anchor[0], list)
}

/** No word goes on before it or after it. */
export function isWhole(text: string, start: number, spelling: string): boolean {
  const inside = (at: number, own: string | undefined) =>
    own !== undefined && WORD_CHARACTER.test(own) && WORD_CHARACTER.test(text[at] ?? ' ')
  return !inside(start - 1, spelling[0]) && !inside(start + spelling.length, spelling.at(-1))
}
