// Chance that can be played again: the same seed throws the same dice.

export interface Dice {
  readonly seed: number
  /** A whole number from 0 to `sides - 1`. */
  roll(sides: number): number
  /** Throws on an empty list. */
  pick<T>(from: readonly T[]): T
  shuffle<T>(list: readonly T[]): T[]
}

/** `seed`: 32 bits. Without one, COATCHECK_SEED or else one of its own; tell it to whoever reads the result. */
export function openDice(seed = Number(process.env.COATCHECK_SEED ?? Date.now()) >>> 0): Dice {
  let state = seed

  // mulberry32: small and even enough to choose tests with, and for nothing else.
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  const roll = (sides: number) => next() % sides
  return {
    seed,
    roll,
    pick(from) {
      if (from.length === 0) throw new Error('there is nothing to pick from')
      return from[roll(from.length)] as (typeof from)[number]
    },
    shuffle(list) {
      const shuffled = [...list]
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = roll(last + 1)
        const moved = shuffled[last] as (typeof shuffled)[number]
        shuffled[last] = shuffled[other] as (typeof shuffled)[number]
        shuffled[other] = moved
      }
      return shuffled
    },
  }
}
