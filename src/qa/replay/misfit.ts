// The one call that shows best why an owner rule never fitted, in a sentence. Pure.
import type { TextRedactor } from '../record/redact-text.ts'
import { type Identity, saidOf } from './identity.ts'
import { type OwnerRule, type Ownership, placeOf } from './owner.ts'
import { shownAt } from './shown.ts'

export interface Misfit {
  /** The higher, the more it tells. */
  readonly rank: 0 | 1 | 2 | 3
  /** Without a secret, and without a full stop. */
  readonly sentence: string
}

export interface Misfitting {
  /** `GET /api/user as alice`. */
  readonly call: string
  readonly rule: OwnerRule
  /** By a flag; else it came with the recording. */
  readonly byFlag: boolean
  readonly identity: Identity
  readonly ownership: Ownership
  readonly texts: TextRedactor
}

/** `undefined` where the rule fitted, or belongs to somebody. */
export function misfitOf(one: Misfitting): Misfit | undefined {
  const { call, rule, byFlag, identity, ownership, texts } = one
  if (ownership.kind === 'own' || ownership.kind === 'foreign') return undefined
  const { is } = rule
  const place = placeOf(rule)
  const named = 'header' in rule ? `header ${place}` : place
  const set = byFlag ? 'set' : `set --owner ${place}`
  if (ownership.value === undefined)
    return { rank: 0, sentence: `${call}: there was no ${named}: set --owner` }
  const found = `${call}: ${'header' in rule ? 'the ' : ''}${named} was ${shownAt(place, ownership.value, texts)}`
  const expected = saidOf(identity, is)
  if (expected === undefined)
    return { rank: 1, sentence: `${found} and the session says no ${is}: ${set} --is` }
  if (ownership.kind === 'untold') return undefined
  const said = `${found} and the session's ${is} is ${shownAt(is, expected, texts)}`
  return ownership.instead === undefined
    ? { rank: 2, sentence: `${said}: ${byFlag ? 'set --owner or --is' : `${set} and --is`}` }
    : { rank: 3, sentence: `${said}: ${set} --is ${ownership.instead}` }
}
