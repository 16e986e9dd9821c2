// What people type at a sign-in: the book learns their secrets, and an entry says who signed in and no more. Pure.
import type { CallSeen } from '../../proxy/observe.ts'
import { isJsonObject, readJson } from '../../tokens/json.ts'
import { labelOf } from './label.ts'
import type { TextRedactor } from './redact-text.ts'
import { RUN_LENGTH } from './runs.ts'
import type { SecretBook } from './secret-book.ts'
import { piecesOf } from './spellings.ts'

/** Values that are hidden in the answer to a sign-in, short ones too, and what stands in their place. */
export type Typed = ReadonlyArray<readonly [value: string, label: string]>

export interface TypedFields {
  /** This account typed more than is looked for: what it asks may hold a secret that is not known. */
  isBeyond(who: string): boolean
  /** `body`: of what was typed nothing is kept but who it is for and where; `typed`: the rest, looked for in its answer. */
  signInOf(seen: CallSeen, who: string): { readonly body: string; readonly typed: Typed }
  /** Somebody typed a password where the account belongs. */
  isNamedBySecret(seen: CallSeen): boolean
}

/** Shorter passwords are looked for in the answer to them alone: they stand everywhere by chance. */
const LEAST_LATER = 6
/** Values of one sign-in, and of all of one account, long ones counted by their pieces: others have room too. */
const MOST_AT_ONCE = 64
const MOST_OF_ONE = 1024

export function createTypedFields(book: SecretBook, texts: TextRedactor): TypedFields {
  const learnedOf = new Map<string, number>()
  const beyond = new Set<string>()
  const known = (value: unknown) => (typeof value === 'string' ? texts.text(value) : value)

  return {
    signInOf(seen, who) {
      const fields = readJson(seen.requestBody.bytes.toString())
      const begun = seen.signIn?.begun !== undefined
      const many = Object.values(isJsonObject(fields) ? fields : {}).reduce<number>(
        (sum, value) => sum + (typeof value === 'string' ? piecesOf(value).length : 1),
        0,
      )
      if (many > MOST_AT_ONCE) {
        if (begun) beyond.add(who)
        throw new Error('more was typed at a sign-in than can be looked for in what passes')
      }
      const typed: Array<readonly [value: string, label: string]> = []
      const shown: Record<string, unknown> = {}
      for (const [name, value] of Object.entries(isJsonObject(fields) ? fields : {})) {
        const isAccount = sameAccount(value, seen.signIn?.account)
        const harmless = name === 'provider' || (isAccount && !texts.isSecretName(name))
        const label = labelOf(who, begun ? name : `wrong_${name}`)
        shown[name] = harmless ? (begun ? value : known(value)) : label
        // A password that is the account's name cannot be told from it anywhere else.
        if (harmless || isAccount || typeof value !== 'string') continue
        // What was refused is nobody's secret, and anybody may send it.
        const { learned } = book
        if (value.length >= (begun ? LEAST_LATER : RUN_LENGTH)) book.add(value, label)
        if (begun && book.learned > learned) {
          const all = (learnedOf.get(who) ?? 0) + piecesOf(value).length
          learnedOf.set(who, all)
          if (all > MOST_OF_ONE) beyond.add(who)
        }
        if (value.length >= 4) typed.push([value, label])
      }
      return { body: JSON.stringify(shown), typed }
    },

    isBeyond: (who) => beyond.size > 0 && beyond.has(who),

    isNamedBySecret({ signIn, requestBody }) {
      if (!signIn || signIn.begun) return false
      const fields = readJson(requestBody.bytes.toString())
      return Object.values(isJsonObject(fields) ? fields : {}).some(
        (value) => sameAccount(value, signIn.account) && known(value) !== value,
      )
    },
  }
}

/** `account` comes normalised. */
function sameAccount(value: unknown, account: string | undefined): boolean {
  return account !== undefined && String(value).normalize('NFKC').trim().toLowerCase() === account
}
