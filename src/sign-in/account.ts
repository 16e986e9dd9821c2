// Names the accounts that a sign-in attempt is about, for limits. Pure.
import { valueAt } from '../tokens/pointer.ts'

const MAX_NAMES = 8
/** Longer names are cut, so that padding makes no other account. */
const MAX_LENGTH = 256

/**
 * What the fields called `names` hold (a name that begins with `/` is a JSON Pointer), each normalised, without
 * repeats. All of them, not the first: which one the provider reads is its own business, and a decoy beside the
 * real name must not hide it.
 */
export function accountsIn(
  fields: Readonly<Record<string, unknown>>,
  names: readonly string[],
): readonly string[] {
  const accounts = new Set<string>()
  for (const name of names.slice(0, MAX_NAMES)) {
    const own = Object.hasOwn(fields, name) ? fields[name] : undefined
    const value = name.startsWith('/') ? valueAt(fields, name) : own
    if (typeof value !== 'string' && typeof value !== 'number') continue
    const account = normaliseAccount(String(value))
    if (account !== '') accounts.add(account)
  }
  return [...accounts]
}

/** Unicode NFKC, lower case, no space around, 256 characters at most: the ways to write one account are one. */
export function normaliseAccount(account: string): string {
  // Cut first too: normalising takes time in proportion.
  const short = account.trim().slice(0, MAX_LENGTH * 4)
  return short.normalize('NFKC').toLowerCase().trim().slice(0, MAX_LENGTH)
}
