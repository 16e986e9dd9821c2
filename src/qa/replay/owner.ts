// Whose an answer is, by a rule: the asker's own, somebody's, or nobody's who is known. Pure.
import { headerOf } from '../../lib/flat-headers.ts'
import { tellsOwner } from '../../proxy/owner-rule.ts'
import { readJson } from '../../tokens/json.ts'
import { valueAt } from '../../tokens/pointer.ts'
import { allSaid, type Identity, saidOf, textOf } from './identity.ts'
import type { People } from './people.ts'

/** How an answer tells whose it is, and what that must equal. */
export type OwnerRule = ({ readonly header: string } | { readonly field: string }) & {
  /** `sub`, `name` or a claim. */
  readonly is: string
}

export interface OwnerAsked {
  /** In place of the rules of the recording. */
  readonly rule: OwnerRule
  /** Where it holds, and beneath; none: everywhere. */
  readonly paths: readonly string[]
}

/** `none`: nobody wants to know. */
export type OwnerChoice = OwnerAsked | 'none' | undefined

export interface Answer {
  /** 0: none. */
  readonly status: number
  /** Names in small letters and values in turn. */
  readonly headers: readonly string[]
  readonly body: string | undefined
}

export type Ownership =
  | { readonly kind: 'own' }
  | { readonly kind: 'foreign'; readonly value: string; readonly persona: string }
  /** It names nobody who is known. `instead`: what else of the asker's own identity says that. */
  | {
      readonly kind: 'unknown'
      readonly value: string
      readonly expected: string
      readonly instead: string | undefined
    }
  /** Nothing stands there, or the session does not say what it should equal. */
  | { readonly kind: 'untold'; readonly value: string | undefined }

export interface Asker {
  readonly persona: string
  readonly identity: Identity
}

export function ownershipOf(
  answer: Answer,
  rule: OwnerRule,
  { persona, identity }: Asker,
  people: Pick<People, 'isOf' | 'whose'>,
): Ownership {
  const value = ownerIn(answer, rule)
  const expected = saidOf(identity, rule.is)
  if (value === undefined || expected === undefined) return { kind: 'untold', value }
  // Somebody may be signed in at several providers, under several names.
  if (value === expected || people.isOf(persona, rule.is, value)) return { kind: 'own' }
  const other = people.whose(value, rule.is, persona)
  if (other !== undefined) return { kind: 'foreign', value, persona: other }
  if (!tellsOwner(answer.status)) return { kind: 'untold', value }
  const instead = allSaid(identity).find(([, said]) => said === value)?.[0]
  return { kind: 'unknown', value, expected, instead }
}

function ownerIn({ headers, body }: Answer, rule: OwnerRule): string | undefined {
  if ('header' in rule) return headerOf(headers, rule.header)
  return textOf(valueAt(readJson(body ?? ''), rule.field))
}

/** RFC 9110, 15.3. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299
}

/** The gateway's own problem, where the answer is one. */
export function problemOf({ headers }: Pick<Answer, 'headers'>): string | undefined {
  return headerOf(headers, 'coatcheck-problem')
}

/** The rule for a call to `path` (with its query), whose recording came with `recorded`. */
export function ruleFor(
  choice: OwnerChoice,
  path: string,
  recorded: OwnerRule | undefined,
): OwnerRule | undefined {
  if (choice === 'none') return undefined
  if (choice === undefined) return recorded
  const { rule, paths } = choice
  const plain = withoutQuery(path)
  const holds = paths.some((one) => plain === one || plain.startsWith(`${one.replace(/\/$/, '')}/`))
  return paths.length === 0 || holds ? rule : recorded
}

export function withoutQuery(path: string): string {
  return path.split('?', 1)[0] ?? path
}

/** `/name`, or the name of a header. */
export function placeOf(rule: OwnerRule): string {
  return 'header' in rule ? rule.header : rule.field
}
