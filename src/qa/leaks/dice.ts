// Chance that can be played again: the same seed throws the same dice.
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

export interface Dice {
  /** A whole number from 0 to `sides - 1`. */
  roll(sides: number): number
  /** `undefined` from an empty list. */
  pick<T>(from: readonly T[]): T | undefined
  shuffle<T>(list: readonly T[]): T[]
  /** `length` small letters and digits. */
  word(length: number): string
}

export function createDice(seed: number): Dice {
  const generator = xoroshiro128plus(seed)
  const roll = (sides: number) => uniformInt(generator, 0, sides - 1)
  return {
    roll,
    pick: (from) => (from.length === 0 ? undefined : from[roll(from.length)]),
    shuffle(list) {
      const keys = list.map((item) => ({ item, key: roll(2 ** 31) }))
      return keys.toSorted((a, b) => a.key - b.key).map(({ item }) => item)
    },
    word: (length) => Array.from({ length }, () => LETTERS[roll(LETTERS.length)]).join(''),
  }
}

const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789'
