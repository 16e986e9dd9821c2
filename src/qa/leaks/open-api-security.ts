// What a description says of tokens: where they are given, in which answer they stand, and how they go along. Pure.
import { isJsonObject } from '../../tokens/json.ts'
import { pointerStep, valueAt } from '../../tokens/pointer.ts'
import type { CarrySeen } from './found.ts'
import { type Property, propertiesOf, resolved } from './open-api-schema.ts'

const MOST_SCHEMAS = 200
const PLAIN_NAME = /^[\w$.-]{1,64}$/
const TOKEN = /^(access_?token|token|jwt|id_?token|auth_?token|key)$/i

/** The path where the OAuth2 password flow (RFC 6749, 4.3) gives tokens, on this origin. */
export function passwordFlowPath(document: unknown, base: string): string | undefined {
  for (const scheme of schemesOf(document)) {
    const isTwo = valueAt(scheme, '/flow') === 'password'
    const written = valueAt(scheme, isTwo ? '/tokenUrl' : '/flows/password/tokenUrl')
    const url = typeof written === 'string' ? URL.parse(written, base) : null
    if (url?.origin === new URL(base).origin) return url.pathname
  }
  return undefined
}

function schemesOf(document: unknown): unknown[] {
  const places = ['/components/securitySchemes', '/securityDefinitions']
  return places.flatMap((place) => {
    const schemes = valueAt(document, place)
    return isJsonObject(schemes) ? Object.values(schemes) : []
  })
}

/** Of several ways in, the one that the sign-in's own answer fits. */
export function carryOf(
  document: unknown,
  answered: readonly Property[],
  byTokenUrl: boolean,
  how: string,
): CarrySeen | undefined {
  const schemes = schemesOf(document)
  const keyIn = (where: string) =>
    schemes.find((one) => valueAt(one, '/type') === 'apiKey' && valueAt(one, '/in') === where)
  const token = tokenIn(document, answered, 0, new Set())
  const from = token === undefined ? {} : { from: token }
  const name = valueAt(keyIn('header'), '/name')
  const header = typeof name === 'string' && OWN_HEADER.test(name) ? name : undefined
  // RFC 6749, 5.1, where the answer is not described.
  if (byTokenUrl) return { kind: 'bearer', from: token ?? '/access_token', how }
  if (token !== undefined && (header === undefined || schemes.some(isBearer))) {
    return { kind: 'bearer', how, ...from }
  }
  if (token === undefined && keyIn('cookie') !== undefined) return { kind: 'cookies', how }
  if (schemes.some(isBearer)) return { kind: 'bearer', how }
  return header === undefined ? undefined : { kind: 'header', name: header, how, ...from }
}

const OWN_HEADER = /^(?!authorization$)[a-z0-9-]{1,64}$/i

/** Swagger 2 knows a Bearer token as a key in the header Authorization only. */
function isBearer(scheme: unknown): boolean {
  const [type, name, way] = ['/type', '/name', '/scheme'].map((at) => valueAt(scheme, at))
  if (type === 'http') return /^bearer$/i.test(String(way))
  return type === 'oauth2' || (type === 'apiKey' && /^authorization$/i.test(String(name)))
}

function tokenIn(
  document: unknown,
  fields: readonly Property[],
  depth: number,
  seen: Set<unknown>,
): string | undefined {
  // A stranger wrote these names, and they end in a script for a shell.
  const plain = fields.filter(({ name }) => PLAIN_NAME.test(name))
  const own = plain.find(({ name }) => TOKEN.test(name))
  const inner = (field: Property) => {
    const schema = resolved(document, field.schema)
    // Of one schema, read twice, nothing more can come.
    if (depth > 1 || seen.has(schema) || seen.size >= MOST_SCHEMAS) return undefined
    seen.add(schema)
    return tokenIn(document, propertiesOf(document, schema), depth + 1, seen)
  }
  const at = (field: Property, rest = '') => `/${pointerStep(field.name)}${rest}`
  // A token may be an object with the text further in.
  if (own) return at(own, inner(own))
  for (const field of plain) {
    const rest = inner(field)
    if (rest !== undefined) return at(field, rest)
  }
  return undefined
}
