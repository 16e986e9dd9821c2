// Randomness that is different for every call and every name, and the same in every run.
import { hash } from 'node:crypto'
import type { Random } from '../../src/lib/random.ts'

export function countedRandom(name: string): Random {
  let count = 0
  return (size) => {
    const seed = Buffer.from(hash('sha512', `${name} ${count++}`, 'hex'), 'hex')
    return Buffer.concat(Array.from({ length: Math.ceil(size / 64) }, () => seed)).subarray(0, size)
  }
}
