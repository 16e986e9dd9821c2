// How many members JSON has: of two with one name in one object a reader keeps the last, and nobody else sees the first.
// Pure.
import { isJsonObject } from '../../tokens/json.ts'
import { endOfQuoted } from './value-ends.ts'

/** In its text, which is JSON. */
export function membersOf(text: string): number {
  let members = 0
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) {
    at = endOfQuoted(text, at + 1, '"', 0)
    let next = at + 1
    while (text.charCodeAt(next) <= 32) next++
    if (text.charCodeAt(next) === 58) members++
  }
  return members
}

/** In what was read of it. */
export function membersIn(value: unknown): number {
  if (Array.isArray(value)) return sumOf(value)
  if (!isJsonObject(value)) return 0
  const all = Object.values(value)
  return all.length + sumOf(all)
}

function sumOf(all: readonly unknown[]): number {
  let sum = 0
  for (const one of all) if (typeof one === 'object') sum += membersIn(one)
  return sum
}
