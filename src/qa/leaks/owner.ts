// Reads from an answer whose it is, by the rule that the target file gives. Pure.
import { readJson } from '../../tokens/json.ts'
import { valueAt } from '../../tokens/pointer.ts'
import type { Whoami } from './target.ts'

export type ReadOwner =
  | { readonly kind: 'owner'; readonly value: string }
  /** There is nothing where the owner should be. */
  | { readonly kind: 'missing' }
  /** The body is no JSON, though a JSON Pointer is to be read. */
  | { readonly kind: 'unreadable'; readonly html: boolean }

export function readOwner(body: string, rule: Whoami['owner']): ReadOwner {
  if ('text' in rule) {
    const found = rule.text.exec(body)
    const value = found?.[1] ?? found?.[0]
    return value ? { kind: 'owner', value: value.trim() } : { kind: 'missing' }
  }
  const json = readJson(body)
  if (json === undefined) return { kind: 'unreadable', html: /^\s*</.test(body) }
  const value = valueAt(json, rule.pointer)
  if (typeof value === 'string' && value !== '') return { kind: 'owner', value }
  return typeof value === 'number' ? { kind: 'owner', value: String(value) } : { kind: 'missing' }
}

/** Every text of a JSON body with the name it stands under; none where the body is no JSON. */
export function textsIn(body: string): Array<readonly [name: string, text: string]> {
  const found: Array<readonly [string, string]> = []
  const walk = (value: unknown, name: string, depth: number) => {
    if (typeof value === 'string') found.push([name, value])
    else if (typeof value === 'object' && value !== null && depth < 12) {
      for (const [key, item] of Object.entries(value)) walk(item, key, depth + 1)
    }
  }
  walk(readJson(body), '', 0)
  return found
}

/** Every whole number of a JSON body, as it is written, with the name it stands under; those of lists with theirs. */
export function numbersIn(body: string): Array<readonly [name: string, digits: string]> {
  const found: Array<readonly [string, string]> = []
  const walk = (value: unknown, name: string, depth: number) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
      found.push([name, String(value)])
    } else if (typeof value === 'object' && value !== null && depth < 12) {
      const isList = Array.isArray(value)
      for (const [key, item] of Object.entries(value)) walk(item, isList ? name : key, depth + 1)
    }
  }
  walk(readJson(body), '', 0)
  return found
}
