// What an OpenAPI or Swagger description says about signing in and out, and about who one is. Pure.
import { pointerStep, valueAt } from '../../tokens/pointer.ts'
import { credentialsAmong, type Facts, type FieldSeen, type SignInSeen } from './found.ts'
import {
  answerOf,
  bodyOf,
  type Operation,
  operationsOf,
  type Property,
  propertiesOf,
} from './open-api-schema.ts'
import { carryOf, passwordFlowPath } from './open-api-security.ts'

const SIGN_IN: readonly RegExp[] = [
  /\/(log|sign)[-_]?(in|on)$/i,
  /\/(authenticate|auth)$/i,
  /\/(access[-_]?)?tokens?$|\/jwt\/create$/i,
  /\/(auth|user|api)?[-_]?sessions?$/i,
]
const SIGN_OUT: readonly RegExp[] = [/\/(log|sign)[-_]?(out|off)$/i, /\/sessions?(\/current)?$/i]
const WHOAMI: readonly RegExp[] = [
  /\/(me|whoami|current[-_]?user|user[-_]?info|self)$/i,
  /\/user$/i,
  /\/(profile|account)(\/me)?$|\/current$/i,
  /\/sessions?(\/current)?$/i,
]
/** A password is sent there too, and nobody is signed in by it. */
const OTHER_FORM = /regist|sign-?_?up|reset|change|forgot|confirm|verif|invite/i
const OWNER: readonly RegExp[] = [
  /^(user_?name|login)$/i,
  /^email$/i,
  /^(preferred_username|sub|display_?name|name)$/i,
]

/** So many paths that look like a sign-in are read closely. */
const MOST_LIKELY = 100

/** What may stand before its paths, the likeliest first; each empty, or with a slash at its beginning only. */
export function basesOf(document: unknown, origin: string): string[] {
  const written = [valueAt(document, '/basePath'), valueAt(document, '/servers/0/url')]
  const said = written.flatMap((one) => {
    const url = typeof one === 'string' ? URL.parse(one, origin) : null
    return url && !/%7B/i.test(url.pathname) ? [url.pathname.replace(/\/+$/, '')] : []
  })
  return [...new Set([...said, ''])]
}

export interface DescriptionPlace {
  /** For comments: `/openapi.json`. */
  readonly name: string
  readonly origin: string
  /** One of `basesOf`. */
  readonly base: string
}

export function openApiFacts(document: unknown, place: DescriptionPlace): Facts {
  const { base } = place
  const operations = operationsOf(document)
  const how = `read from ${place.name}`
  const signIn = signInOf(document, operations, place)
  // Where a session is a thing that is made, its DELETE is the end of it.
  const signOut = bestOf(operations, SIGN_OUT, ({ method, path }) =>
    method === 'delete'
      ? 1
      : method === 'post' && SIGN_OUT[0]?.test(withoutSlash(path))
        ? 0
        : undefined,
  )
  const whoami = bestOf(operations, WHOAMI, ({ method, secured }) =>
    method === 'get' ? (secured ? 0 : 1) : undefined,
  )
  const owner = whoami && ownerIn(document, answerOf(document, whoami), signIn?.seen.fields ?? [])
  const answered = signIn?.operation ? answerOf(document, signIn.operation) : []
  const carry = carryOf(document, answered, signIn?.byTokenUrl === true, how)
  return {
    ...(signIn ? { signIn: signIn.seen } : {}),
    ...(signOut ? { signOut: { method: signOut.method, path: base + signOut.path, how } } : {}),
    ...(whoami
      ? { whoami: { path: base + whoami.path, how, ...(owner === undefined ? {} : { owner }) } }
      : {}),
    ...(carry ? { carry } : {}),
  }
}

/** The least of `rank`, then the earliest pattern, then the shortest path; what has no rank is out. */
function bestOf(
  operations: readonly Operation[],
  patterns: readonly RegExp[],
  rank: (operation: Operation) => number | undefined,
): Operation | undefined {
  const scored = operations.flatMap((operation) => {
    const plain = withoutSlash(operation.path)
    const pattern = patterns.findIndex((one) => one.test(plain))
    const own = rank(operation)
    if (pattern < 0 || own === undefined) return []
    return [{ operation, score: [own, pattern, operation.path.length] as const }]
  })
  return scored.toSorted(
    ({ score: a }, { score: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2],
  )[0]?.operation
}

/** Some frameworks end every path with one. */
function withoutSlash(path: string): string {
  return path.replace(/(?<=.)\/$/, '')
}

interface SignInFound {
  readonly seen: SignInSeen
  readonly operation: Operation | undefined
  readonly byTokenUrl: boolean
}

function signInOf(
  document: unknown,
  operations: readonly Operation[],
  { name, origin, base }: DescriptionPlace,
): SignInFound | undefined {
  const tokenPath = passwordFlowPath(document, `${origin}${base}/`)
  if (tokenPath !== undefined) {
    const operation = operations.find(
      ({ path, method }) => method === 'post' && [path, base + path].includes(tokenPath),
    )
    const body = operation && bodyOf(document, operation)
    const how = `read from ${name}, the OAuth2 password flow`
    const path = operation ? base + operation.path : tokenPath
    const seen: SignInSeen = body?.fields.length
      ? { path, how, ...body, fields: withGrant(body.fields) }
      : { path, how, format: 'form', fields: PASSWORD_GRANT }
    return { seen, operation, byTokenUrl: true }
  }
  const likely = operations.filter(
    ({ path, method }) => method === 'post' && SIGN_IN.some((one) => one.test(path)),
  )
  const bodies = new Map(
    likely.slice(0, MOST_LIKELY).map((one) => [one, bodyOf(document, one)] as const),
  )
  const asksPassword = (one: Operation) =>
    credentialsAmong(bodies.get(one)?.fields ?? []).password !== undefined
  const rank = (one: Operation) => {
    if (one.method !== 'post' || OTHER_FORM.test(one.path)) return undefined
    return (asksPassword(one) ? 0 : 2) + (one.secured ? 1 : 0)
  }
  const operation = bestOf(operations, SIGN_IN, rank)
  if (!operation) return undefined
  const { format = 'json', fields = [] } = bodies.get(operation) ?? {}
  const how = `read from ${name}`
  const seen: SignInSeen = { path: base + operation.path, how, format, fields: withGrant(fields) }
  return { seen, operation, byTokenUrl: false }
}

/** RFC 6749, 4.3.2. */
const PASSWORD_GRANT: readonly FieldSeen[] = [
  { name: 'grant_type', required: true, constant: 'password' },
  { name: 'username', required: true },
  { name: 'password', required: true },
]

function withGrant(fields: readonly FieldSeen[]): FieldSeen[] {
  return fields.map((field) =>
    field.name === 'grant_type' ? { ...field, required: true, constant: 'password' } : field,
  )
}

/** What one signs in as comes first: it is what is known of a user. */
function ownerIn(
  document: unknown,
  fields: readonly Property[],
  sent: readonly FieldSeen[],
): string | undefined {
  const { account } = credentialsAmong(sent)
  const wanted = [
    (name: string) => name === account,
    ...OWNER.map((pattern) => (name: string) => pattern.test(name)),
  ]
  const places = fields.flatMap(({ name, schema }) => [
    { name, at: `/${pointerStep(name)}`, deep: false },
    ...propertiesOf(document, schema).map((inner) => ({
      name: inner.name,
      at: `/${pointerStep(name)}/${pointerStep(inner.name)}`,
      deep: true,
    })),
  ])
  for (const deep of [false, true]) {
    for (const isMeant of wanted) {
      const found = places.find((one) => one.deep === deep && isMeant(one.name))
      if (found) return found.at
    }
  }
  return undefined
}
