// JSON is read, and written again, without harming a number: what a double cannot hold keeps its digits. Pure.

import { parseJson } from '../lib/parse-json.ts'

// TypeScript's own library does not know the third argument (ECMA-262, JSON.parse source text access) yet.
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown
const parse = parseJson as (text: string, reviver: Reviver) => unknown
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }

/**
 * What `text` says; `undefined` when it is no JSON, or nested too deeply to walk.
 * A whole number beyond 2^53 comes back as the string of its digits, so that two ids never become one.
 */
export function readJson(text: string): unknown {
  try {
    return parse(text, (_key, value, { source = '' }) => {
      const mangled = typeof value === 'number' && !Number.isSafeInteger(value)
      return mangled && /^-?\d+$/.test(source) ? source : value
    })
  } catch {
    return undefined
  }
}

/** True for `{…}`: neither null nor an array. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * `text`, which is JSON, without the strings that `unwanted` picks: a member goes together with its name (a
 * picked name likewise), in an array, and at the root, null takes the place. Everything else keeps its meaning
 * and each number its text; white space goes. `undefined` when the text cannot be walked.
 */
export function withoutStrings(
  text: string,
  unwanted: (value: string) => boolean,
): string | undefined {
  try {
    const rest = parse(text, (key, value, { source = '' }) => {
      if (unwanted(key) || (typeof value === 'string' && unwanted(value))) return undefined
      return typeof value === 'number' ? rawJSON(source) : value
    })
    return JSON.stringify(rest) ?? 'null'
  } catch {
    return undefined
  }
}
