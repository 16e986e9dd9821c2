// Finds known tokens in the runs of a text that could be one; when there are too many, the oldest are forgotten. Pure.
import type { Hit } from './known-words.ts'
import { RUN_LENGTH } from './runs.ts'
import { hashOf } from './units.ts'
import { createWordTree } from './word-tree.ts'

export interface KnownTokens {
  readonly size: number
  /** `token` has `RUN_LENGTH` characters or more, all of them those of a run. */
  add(token: string, label: string): void
  /** From front to back; none overlaps another. */
  find(run: string): readonly Hit[]
}

interface Known {
  readonly word: string
  readonly label: string
}

/** So many are remembered at least, and twice that at most. */
export function createKnownTokens(many: number): KnownTokens {
  // By how they end: all tokens of one issuer begin alike.
  let young = createWordTree<Known>(0, -1)
  let old = createWordTree<Known>(0, -1)
  // Whether any of them ends with characters of this hash: most places need no look at it.
  let ends = new Uint8Array()

  function longestAt(run: string, end: number): Known | undefined {
    let longest: Known | undefined
    for (const known of [young.at(run, end - 1), old.at(run, end - 1)]) {
      const hit = known.findLast(({ word }) => run.endsWith(word, end))
      if (hit && (longest === undefined || hit.word.length > longest.word.length)) longest = hit
    }
    return longest
  }

  return {
    get size() {
      return young.size + old.size
    },
    add(word, label) {
      if (ends.length === 0) ends = new Uint8Array(65_536)
      if (young.size >= many) {
        old = young
        young = createWordTree<Known>(0, -1)
      }
      young.set({ word, label })
      ends[hashOf(lastFour(word, word.length))] = 1
    },
    find(run) {
      const hits: Hit[] = []
      if (ends.length === 0) return hits
      let rest = run.length
      let four = lastFour(run, rest + 1)
      // From the back, since one secret may be the beginning of another.
      for (let end = rest; end >= RUN_LENGTH; end--) {
        four = (four << 8) | run.charCodeAt(end - 4)
        if (ends[hashOf(four)] === 0) continue
        const hit = longestAt(run, end)
        if (!hit) continue
        rest = end - hit.word.length
        hits.push({ start: rest, end, label: hit.label })
        four = lastFour(run, rest + 1)
        end = rest + 1
      }
      return hits.reverse()
    },
  }
}

/** The four characters before `end`, one a byte, the first in the lowest: what a token is made of is ASCII. */
function lastFour(text: string, end: number): number {
  let four = 0
  for (let at = end - 1; at >= end - 4; at--) four = (four << 8) | text.charCodeAt(at)
  return four
}
