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
/** A description may be anything: of its paths, and of the schemas of one body and their fields, so many are read. */
const MOST_PATHS = 5_000
const MOST_SCHEMAS = 100
const MOST_FIELDS = 200
const LONGEST_REFERENCE = 500

/** What `node` refers to within the document (RFC 6901); the node itself where it refers to nothing. */
export function resolved(document: unknown, node: unknown): unknown {
  let there = node
  for (let hops = 0; hops < DEEPEST; hops++) {
    const reference = valueAt(there, '/$ref')
    if (typeof reference !== 'string') return there
    if (!reference.startsWith('#/') || reference.length > LONGEST_REFERENCE) return undefined
    there = valueAt(document, decoded(reference.slice(1)))
  }
  return undefined
}

/** Those whose path has no parameter. */
export function operationsOf(document: unknown): Operation[] {
  const paths = valueAt(document, '/paths')
  if (!isJsonObject(paths)) return []
  return Object.entries(paths)
    .slice(0, MOST_PATHS)
    .flatMap(([path, written]) => {
      if (!PLAIN_PATH.test(path)) return []
      const item = resolved(document, written)
      return (['get', 'post', 'delete'] as const).flatMap((method) => {
        const node = valueAt(item, `/${method}`)
        return isJsonObject(node)
          ? [{ path, method, node, secured: isSecured(document, node) }]
          : []
      })
    })
}

function isSecured(document: unknown, operation: unknown): boolean {
  const needs = valueAt(operation, '/security') ?? valueAt(document, '/security')
  if (!Array.isArray(needs) || needs.length === 0) return false
  // An empty one among them makes the sign-in optional.
  return needs
    .slice(0, MOST_SCHEMAS)
    .every((need) => isJsonObject(need) && Object.keys(need).length > 0)
}

/** What an object of this schema holds, `allOf` together, of alternatives the first. */
export function propertiesOf(document: unknown, schema: unknown): Property[] {
  return propertiesWithin(document, schema, new Set(), 0).slice(0, MOST_FIELDS)
}

/** `seen`: schemas that have been read; twice they would say the same, again and again. */
function propertiesWithin(
  document: unknown,
  schema: unknown,
  seen: Set<unknown>,
  depth: number,
): Property[] {
  const there = resolved(document, schema)
  if (depth > DEEPEST || !isJsonObject(there)) return []
  if (seen.has(there) || seen.size >= MOST_SCHEMAS) return []
  seen.add(there)
  const { properties, required, allOf, oneOf, anyOf } = there
  const needed: ReadonlySet<unknown> = new Set(
    Array.isArray(required) ? required.slice(0, MOST_FIELDS * 5) : [],
  )
  const own = isJsonObject(properties)
    ? Object.entries(properties)
        .slice(0, MOST_FIELDS)
        .map(([name, written]): Property => {
          const there = resolved(document, written)
          const facts = { name, required: needed.has(name), schema: written }
          const constant = constantOf(there)
          return {
            ...facts,
            ...(constant === undefined ? {} : { constant }),
            ...(isSecret(there) ? { secret: true } : {}),
          }
        })
    : []
  const parts: readonly unknown[] = [
    ...(Array.isArray(allOf) ? allOf.slice(0, MOST_SCHEMAS) : []),
    ...[oneOf, anyOf].flatMap((some) => (Array.isArray(some) ? some.slice(0, 1) : [])),
  ]
  return [...own, ...parts.flatMap((part) => propertiesWithin(document, part, seen, depth + 1))]
}

/** Called so, whatever its name. */
function isSecret(schema: unknown): boolean {
  return valueAt(schema, '/format') === 'password'
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
    const facts = { name, required: valueAt(one, '/required') === true, schema: one }
    return [isSecret(one) ? { ...facts, secret: true } : facts]
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
