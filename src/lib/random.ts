// Randomness comes in through one door, so a test can fix it.
import { randomBytes } from 'node:crypto'

/** `size` bytes from a cryptographic generator. */
export type Random = (size: number) => Buffer

export const systemRandom: Random = randomBytes
