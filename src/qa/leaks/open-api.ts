// What an OpenAPI or Swagger description says about signing in. Pure.
import { isJsonObject } from '../../tokens/json.ts'
import { pointerStep, valueAt } from '../../tokens/pointer.ts'

export interface ApiFacts {
  readonly signIn?: { readonly path: string; readonly fields: readonly string[] }
  readonly signOut?: string
  readonly whoami?: string
  readonly token?: string
}

const SIGN_IN = /(^|\/)(log|sign)-?_?in$|\/auth\/token$|(^|\/)sessions?$/i
const SIGN_OUT = /(^|\/)(log|sign)-?_?out$/i
const WHOAMI = /(^|\/)(me|user|whoami|profile|account|current-?user)$/i
const TOKEN = /^(access_?token|token|jwt|id_?token)$/i

/** `undefined` where this is no such description, or it tells of no sign-in. */
export function openApiFacts(document: unknown): ApiFacts | undefined {
  const paths = valueAt(document, '/paths')
  if (!isJsonObject(document) || !isJsonObject(paths)) return undefined
  const base = basePath(document)
  const find = (pattern: RegExp, method: 'get' | 'post') =>
    Object.keys(paths)
      .filter((path) => !path.includes('{') && pattern.test(path))
      .filter((path) => valueAt(paths, `/${pointerStep(path)}/${method}`) !== undefined)
      .toSorted((a, b) => a.length - b.length)[0]
  const signIn = find(SIGN_IN, 'post')
  if (signIn === undefined) return undefined
  const operation = valueAt(paths, `/${pointerStep(signIn)}/post`)
  const signOut = find(SIGN_OUT, 'post')
  const whoami = find(WHOAMI, 'get')
  const fields = propertiesOf(document, bodySchema(operation))
  const token = propertiesOf(document, answerSchema(operation)).find((name) => TOKEN.test(name))
  return {
    signIn: { path: base + signIn, fields: fields.length > 0 ? fields : ['username', 'password'] },
    ...(signOut === undefined ? {} : { signOut: base + signOut }),
    ...(whoami === undefined ? {} : { whoami: base + whoami }),
    ...(token === undefined ? {} : { token: `/${pointerStep(token)}` }),
  }
}

function bodySchema(operation: unknown): unknown {
  const three = valueAt(operation, '/requestBody/content/application~1json/schema')
  if (three !== undefined) return three
  const parameters = valueAt(operation, '/parameters')
  const body = Array.isArray(parameters)
    ? parameters.find((one) => valueAt(one, '/in') === 'body')
    : undefined
  return valueAt(body, '/schema')
}

function answerSchema(operation: unknown): unknown {
  const answers = ['200', '201'].map((status) => valueAt(operation, `/responses/${status}`))
  const [answer] = answers.filter((one) => one !== undefined)
  return valueAt(answer, '/content/application~1json/schema') ?? valueAt(answer, '/schema')
}

function propertiesOf(document: unknown, schema: unknown): string[] {
  const reference = valueAt(schema, '/$ref')
  const target =
    typeof reference === 'string' && reference.startsWith('#/')
      ? valueAt(document, reference.slice(1))
      : schema
  const properties = valueAt(target, '/properties')
  return isJsonObject(properties) ? Object.keys(properties) : []
}

/** Swagger 2 says it by name; OpenAPI 3 by a server on this origin. */
function basePath(document: unknown): string {
  const two = valueAt(document, '/basePath')
  const three = valueAt(document, '/servers/0/url')
  const path = typeof two === 'string' ? two : typeof three === 'string' ? three : ''
  return path.startsWith('/') ? path.replace(/\/$/, '') : ''
}
