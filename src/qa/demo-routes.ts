// Every call the demo upstream answers, with the statuses and texts of the Mentorship System.
import { parseJson } from '../lib/parse-json.ts'
import type { DemoPeople, Person } from './demo-people.ts'
import { profileOf, publicProfileOf, updateProfile } from './demo-profile.ts'
import {
  type Fields,
  newPasswordProblem,
  profileProblem,
  registrationProblem,
} from './demo-rules.ts'
import type { DemoClaims, DemoTokens } from './demo-tokens.ts'

export interface DemoCall {
  readonly authorization: string | undefined
  readonly body: Buffer | undefined
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
  /** Told once it is proven whom the call is for. */
  belongsTo(username: string): void
}

export type DemoAnswer = readonly [status: number, body: unknown]
export type DemoRoutes = Readonly<Record<`${string} /${string}`, (call: DemoCall) => DemoAnswer>>

export interface DemoRoutesOptions {
  readonly people: DemoPeople
  readonly tokens: DemoTokens
  /** See `DemoUpstreamOptions`. */
  readonly expiryFields: { readonly offByMs: number } | undefined
}

/** By method and pattern: `GET /user`. */
export function createDemoRoutes({ people, tokens, expiryFields }: DemoRoutesOptions): DemoRoutes {
  const expiries = (issued: { access: string; refresh: string }) => {
    if (!expiryFields) return {}
    const end = (type: DemoClaims['type']) => {
      const checked = tokens.check(issued[type], type)
      return checked.kind === 'good' ? checked.claims.exp + expiryFields.offByMs / 1000 : null
    }
    return { access_expiry: end('access'), refresh_expiry: end('refresh') }
  }

  const signedIn = (
    handle: (person: Person, call: DemoCall) => DemoAnswer,
    toDeleted: unknown = say('User does not exist.'),
  ) => {
    return (call: DemoCall): DemoAnswer => {
      const checked = checkBearer(tokens, call.authorization, 'access')
      if (checked.kind === 'refused') return checked.answer
      const person = people.byId(checked.claims.identity)
      if (!person) return [404, toDeleted]
      call.belongsTo(person.username)
      return handle(person, call)
    }
  }

  return {
    'POST /login': (call) => {
      const body = readJson(call.body)
      if (!body) return NOT_JSON
      const fields = fieldsOf(body.value)
      if (!fields) return BROKEN
      const { username, password } = fields
      if (!username) return [400, say('The field username is missing.')]
      if (!password) return [400, say('Password field is missing.')]
      if (typeof username !== 'string' || typeof password !== 'string') return BROKEN
      const person = people.authenticate(username, password)
      if (!person) return [401, say('Username or password is wrong.')]
      if (person.verifiedAt === undefined)
        return [403, say('Please verify your email before login.')]
      call.belongsTo(person.username)
      const issued = tokens.signIn(person.id)
      const { access, refresh } = issued
      return [200, { access_token: access, refresh_token: refresh, ...expiries(issued) }]
    },

    'POST /refresh': (call) => {
      const checked = checkBearer(tokens, call.authorization, 'refresh')
      if (checked.kind === 'refused') return checked.answer
      const renewed = tokens.renew(checked.claims)
      if (!renewed) return INVALID
      // A deleted person's refresh token still works: nobody is looked up here.
      call.belongsTo(people.byId(checked.claims.identity)?.username ?? 'deleted')
      const rotated = renewed.refresh === undefined ? {} : { refresh_token: renewed.refresh }
      return [200, { access_token: renewed.access, ...rotated }]
    },

    // For the demo's page: what the token that came along is, but for the token itself.
    'GET /demo/mine': (call) => {
      const checked = checkBearer(tokens, call.authorization, 'access')
      if (checked.kind === 'refused') return checked.answer
      const { identity, iat, exp, renewal = 0 } = checked.claims
      const username = people.byId(identity)?.username ?? null
      const times = { issuedAt: iat * 1000, expiresAt: exp * 1000 }
      return [200, { username, token: call.authorization?.slice(-4), ...times, renewals: renewal }]
    },

    'GET /user': signedIn((person) => [200, profileOf(person)], profileOf(undefined)),

    'PUT /user': signedIn((person, call) => {
      const fields = fieldsOf(readJson(call.body)?.value)
      if (!fields) return NOT_JSON
      const problem = profileProblem(fields)
      if (problem) return [400, say(problem)]
      const { username } = fields
      if (typeof username === 'string' && username !== '') {
        if (people.byUsername(username)) return [400, say('That username is taken.')]
        people.rename(person, username)
      }
      updateProfile(person, fields)
      return [200, say('User was updated successfully.')]
    }),

    'PUT /user/change_password': signedIn((person, call) => {
      const fields = fieldsOf(readJson(call.body)?.value)
      if (!fields) return NOT_JSON
      const problem = newPasswordProblem(fields)
      if (problem) return [400, say(problem)]
      if (people.authenticate(person.username, String(fields.current_password)) !== person) {
        return [400, say('The current password is wrong.')]
      }
      people.setPassword(person, String(fields.new_password))
      return [201, say('The password was changed.')]
    }),

    'POST /register': (call) => {
      const fields = fieldsOf(readJson(call.body)?.value)
      if (!fields) return NOT_JSON
      const problem = registrationProblem(fields)
      if (problem) return [400, say(problem)]
      if (people.byUsername(String(fields.username))) return [409, say('That username is taken.')]
      if (people.byEmail(String(fields.email))) return [409, say('That email is taken.')]
      people.register(fields)
      return [201, say('The account was created. Confirm your email, then sign in.')]
    },

    'GET /user/confirm_email/:token': (call) => {
      const person = people.byConfirmation(call.params.token ?? '')
      if (!person) {
        return [400, say('The confirmation link is invalid or the token has expired.')]
      }
      if (person.verifiedAt !== undefined) return [200, say('Account already confirmed.')]
      people.verify(person)
      return [200, say('You have confirmed your account. Thanks!')]
    },

    'GET /users/verified': signedIn((person, { query }) => {
      const search = String(query.search ?? '').toLowerCase()
      const page = wholeNumber(query.page, 1)
      const perPage = Math.min(wholeNumber(query.per_page, 10), 50)
      const others = Array.from(people.all()).filter(
        (other) =>
          other !== person &&
          other.verifiedAt !== undefined &&
          (other.name.toLowerCase().includes(search) ||
            other.username.toLowerCase().includes(search)),
      )
      return [200, others.slice((page - 1) * perPage, page * perPage).map(publicProfileOf)]
    }),

    'GET /notes': signedIn((person) => [200, person.notes]),

    'POST /notes': signedIn((person, call) => {
      const text = fieldsOf(readJson(call.body)?.value)?.text
      if (typeof text !== 'string' || text.trim() === '' || text.length > 1000) {
        return [400, say('A note is a text of 1 to 1000 characters.')]
      }
      return [201, people.addNote(person, text)]
    }),
  }
}

export type CheckedBearer =
  | { readonly kind: 'good'; readonly claims: DemoClaims }
  | { readonly kind: 'refused'; readonly answer: DemoAnswer }

/** Expects `Bearer`, in exactly this case; a refusal is told apart by its text alone. */
export function checkBearer(
  tokens: DemoTokens,
  authorization: string | undefined,
  type: DemoClaims['type'],
): CheckedBearer {
  if (!authorization) return { kind: 'refused', answer: MISSING }
  const [scheme, token, ...rest] = authorization.split(/\s+/)
  if (scheme !== 'Bearer' || !token || rest.length > 0) return { kind: 'refused', answer: INVALID }
  const checked = tokens.check(token, type)
  if (checked.kind === 'good') return checked
  return { kind: 'refused', answer: checked.kind === 'expired' ? EXPIRED : INVALID }
}

function readJson(body: Buffer | undefined): { value: unknown } | undefined {
  try {
    return { value: parseJson(body?.toString() ?? '') }
  } catch {
    return undefined
  }
}

function fieldsOf(value: unknown): Fields | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? { ...value } : undefined
}

function wholeNumber(value: unknown, fallback: number): number {
  return typeof value === 'string' && /^[1-9]\d{0,8}$/.test(value) ? Number(value) : fallback
}

function say(message: string): { message: string } {
  return { message }
}

const MISSING = [401, say('The authorization token is missing!')] as const
const INVALID = [401, say('The token is invalid!')] as const
const EXPIRED = [401, say('The token has expired! Please, login again or refresh it.')] as const
const NOT_JSON = [400, say('The body is not a JSON object.')] as const
const BROKEN = [500, say('Internal Server Error')] as const
