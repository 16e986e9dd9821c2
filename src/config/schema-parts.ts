// The few kinds of setting that the schema is made of.
import { type TProperties, Type } from 'typebox'
import { type LeafName, leaves } from './leaves.ts'

export interface Notes {
  readonly description: string
  readonly default?: unknown
  readonly examples?: readonly string[]
}

/** Text that `leaves` checks; `is` names the kind and is known to our validator only. */
export function text(is: LeafName, notes?: Notes) {
  return Type.Unsafe<string>({ type: 'string', is, ...notes })
}

/** Any text at all. */
export function anyText(notes?: Notes) {
  return Type.String({ minLength: 1, ...notes })
}

export function choice<const Words extends string[]>(words: readonly [...Words], notes: Notes) {
  return Type.Enum(words, { ...notes })
}

export function yesNo(notes: Notes) {
  return Type.Boolean({ ...notes })
}

export function count(minimum: number, maximum: number, notes: Notes) {
  return Type.Integer({ minimum, maximum, ...notes })
}

/** A mapping that refuses keys it does not know. */
export function group<Properties extends TProperties>(properties: Properties, description: string) {
  return Type.Object(properties, { additionalProperties: false, description })
}

/** Names of the user's choice → text. */
export function texts(notes: Notes) {
  return Type.Record(Type.String({ pattern: FIELD }), Type.String(), {
    additionalProperties: false,
    maxProperties: 64,
    ...notes,
  })
}

/** One piece of text or a list of them. */
export function oneOrMore(notes: Notes) {
  const list = Type.Array(anyText(), { minItems: 1 })
  return Type.Union([anyText(), list], { says: 'must be text or a list of texts', ...notes })
}

/** A JSON Pointer, a header or a cookie of an answer, or a list of these, tried in order. */
export function places(notes: Notes) {
  const named = Type.Object(
    {
      pointer: Type.Optional(text('pointer')),
      header: Type.Optional(text('headerName')),
      cookie: Type.Optional(text('cookieName')),
    },
    { additionalProperties: false, minProperties: 1, maxProperties: 1 },
  )
  const pointer = text('pointer')
  const one = Type.Union([pointer, named], { says: PLACE })
  const list = Type.Array(one, { minItems: 1 })
  return Type.Union([pointer, named, list], { says: PLACE, ...notes })
}

const FIELD = '^[^\\x00-\\x1f]{1,64}$'
const PLACE = `must be a ${leaves.pointer.word} such as /access_token, { header: … }, { cookie: … } or a list of these`
export const PROVIDER_NAME = '^[A-Za-z][A-Za-z0-9_-]{0,63}$'
