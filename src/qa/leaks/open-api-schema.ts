// Walks an OpenAPI or Swagger description: references, operations, and what a schema says an object holds. Pure.
import { isJsonObject } from '../../tokens/json.ts'
import { valueAt } from '../../tokens/pointer.ts'
import type { FieldSeen } from './found.ts'

export interface Operation {
  readonly path: string
  readonly method: 'get' | 'post' | 'delete'
  readonly node: unknown
  /** Whether it asks for a sign-in, as far as the description says. */
  readonly secured: boolean
}

export interface Property extends FieldSeen {
  readonly schema: unknown
}

/** As a target file takes it, without a parameter. */
const PLAIN_PATH = /^\/(?!\/)[\x21-\x5b\x5d-\x7a\x7c\x7e]*$/
/** References to references, and schemas within schemas, so many at most. */
const DEEPEST = 8

/** What `node` refers to within the document (RFC 6901); the node itself where it refers to nothing. */
export function resolved(document: unknown, node: unknown): unknown {
  let there = node
  for (let hops = 0; hops < DEEPEST; hops++) {
    const reference = valueAt(there, '/$ref')
    if (typeof reference !== 'string') return there
    if (!reference.startsWith('#/')) return undefined
    there = valueAt(document, decoded(reference.slice(1)))
  }
  return undefined
}

/** Those whose path has no parameter. */
export function operationsOf(document: unknown): Operation[] {
  const paths = valueAt(document, '/paths')
  if (!isJsonObject(paths)) return []
  return Object.entries(paths).flatMap(([path, written]) => {
    if (!PLAIN_PATH.test(path)) return []
    const item = resolved(document, written)
    return (['get', 'post', 'delete'] as const).flatMap((method) => {
      const node = valueAt(item, `/${method}`)
      return isJsonObject(node) ? [{ path, method, node, secured: isSecured(document, node) }] : []
    })
  })
}

function isSecured(document: unknown, operation: unknown): boolean {
  const needs = valueAt(operation, '/security') ?? valueAt(document, '/security')
  if (!Array.isArray(needs) || needs.length === 0) return false
  // An empty one among them makes the sign-in optional.
  return needs.every((need) => isJsonObject(need) && Object.keys(need).length > 0)
}

/** What an object of this schema holds, `allOf` together, of alternatives the first. */
export function propertiesOf(document: unknown, schema: unknown, depth = 0): Property[] {
  const there = resolved(document, schema)
  if (depth > DEEPEST || !isJsonObject(there)) return []
  const { properties, required, allOf, oneOf, anyOf } = there
  const needed: readonly unknown[] = Array.isArray(required) ? required : []
  const own = isJsonObject(properties)
    ? Object.entries(properties).map(([name, written]): Property => {
        const constant = constantOf(resolved(document, written))
        const facts = { name, required: needed.includes(name), schema: written }
        return constant === undefined ? facts : { ...facts, constant }
      })
    : []
  const parts: readonly unknown[] = [
    ...(Array.isArray(allOf) ? allOf : []),
    ...[oneOf, anyOf].flatMap((some) => (Array.isArray(some) ? some.slice(0, 1) : [])),
  ]
  return [...own, ...parts.flatMap((part) => propertiesOf(document, part, depth + 1))]
}

function constantOf(schema: unknown): string | undefined {
  const words = valueAt(schema, '/enum')
  const only = Array.isArray(words) && words.length === 1 ? words[0] : undefined
  const said = valueAt(schema, '/const') ?? only
  return typeof said === 'string' && said !== '' ? said : undefined
}

export interface Body {
  readonly format: 'json' | 'form'
  readonly fields: readonly Property[]
}

/** What a call sends; JSON where there is a choice. `undefined` where the description does not say. */
export function bodyOf(document: unknown, { node }: Operation): Body | undefined {
  const content = valueAt(resolved(document, valueAt(node, '/requestBody')), '/content')
  for (const format of ['json', 'form'] as const) {
    const schema = schemaIn(content, TYPES[format])
    if (schema !== undefined) return { format, fields: propertiesOf(document, schema) }
  }
  const listed = valueAt(node, '/parameters')
  const parameters = (Array.isArray(listed) ? listed : []).map((one) => resolved(document, one))
  const whole = parameters.find((one) => valueAt(one, '/in') === 'body')
  if (whole !== undefined) {
    return { format: 'json', fields: propertiesOf(document, valueAt(whole, '/schema')) }
  }
  const fields = parameters.flatMap((one): Property[] => {
    const name = valueAt(one, '/name')
    if (valueAt(one, '/in') !== 'formData' || typeof name !== 'string') return []
    return [{ name, required: valueAt(one, '/required') === true, schema: one }]
  })
  return fields.length > 0 ? { format: 'form', fields } : undefined
}

/** What a call that succeeds answers. */
export function answerOf(document: unknown, { node }: Operation): Property[] {
  for (const status of ['200', '201', '2XX', 'default']) {
    const answer = resolved(document, valueAt(node, `/responses/${status}`))
    const schema = schemaIn(valueAt(answer, '/content'), TYPES.json) ?? valueAt(answer, '/schema')
    if (schema !== undefined) return propertiesOf(document, schema)
  }
  return []
}

const TYPES = {
  json: /^(application|text)\/([\w.+-]+\+)?json\b|^\*\/\*/,
  form: /^application\/x-www-form-urlencoded\b/,
} as const

function schemaIn(content: unknown, types: RegExp): unknown {
  if (!isJsonObject(content)) return undefined
  const found = Object.entries(content).find(([type]) => types.test(type))
  return found && (valueAt(found[1], '/schema') ?? {})
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
