// A service whose sign-in wants a token of the page that it served before, in the manner of one framework or another.
import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Answer, type LittleServer, startLittleServer } from './little-server.ts'

/**
 * `rails`: bound to the session and to the form, masked anew each time. `django`: bound to a cookie. `laravel`: the
 * cookie comes back in a header, percent-decoded. `meta`: for scripts, in the head of the page. `json`: an endpoint
 * of its own.
 */
export type Manner = 'rails' | 'django' | 'laravel' | 'meta' | 'json'

export interface TokenService extends LittleServer {
  /** Whatever was given out, and must stand in no report. */
  readonly tokens: ReadonlySet<string>
  /** How often a token was not the one that was given. */
  readonly refusals: () => number
}

export interface TokenServiceOptions {
  /** `shared-jar`: whoever signed in last is who everybody is. `cached-page`: the first page is everybody's. */
  readonly bug?: 'shared-jar' | 'cached-page'
}

interface Session {
  readonly secret: string
  user?: string
}

const HTML = { 'content-type': 'text/html; charset=utf-8' }

export const tokenPassword = (name: string) => `password-of-${name}`

export async function startTokenService(
  manner: Manner,
  { bug }: TokenServiceOptions = {},
): Promise<TokenService> {
  const sessions = new Map<string, Session>()
  const tokens = new Set<string>()
  let last: string | undefined
  let refused = 0
  let cached: Answer | undefined

  const given = (token: string) => {
    tokens.add(token)
    return token
  }
  /** Another each time, and good for this form alone. */
  const masked = (secret: string, form: string) => {
    const mask = randomBytes(12).toString('base64')
    return given(`${mask}${digest(mask + secret + form)}`)
  }
  const isMasked = (token: string, secret: string, form: string) =>
    token.slice(16) === digest(token.slice(0, 16) + secret + form)
  const field = (name: string, token: string) =>
    `<input\n type=hidden value='${written(token)}' name="${name}">`

  function opened(request: IncomingMessage) {
    const id = cookieIn(request, SESSION) ?? ''
    const known = sessions.get(id)
    if (known) return { id, session: known, cookies: [] }
    const made = { id: randomBytes(18).toString('hex'), session: newSession() }
    sessions.set(made.id, made.session)
    return { ...made, cookies: [`${SESSION}=${made.id}; Path=/; HttpOnly`] }
  }

  function page(request: IncomingMessage): Answer {
    const { session, cookies } = opened(request)
    const inputs = '<input name=username><input name=password type=password>'
    const form = (token: string) =>
      `<form method="post" action="/login">${token}<input type="hidden" name="realm" value="staff">${inputs}</form>`
    if (manner === 'rails') {
      const other = `<form method="post" action="/locale">${field('authenticity_token', masked(session.secret, '/locale'))}</form>`
      const own = field('authenticity_token', masked(session.secret, '/login'))
      return [200, `<html>${other}${form(own)}</html>`, { ...HTML, 'set-cookie': cookies }]
    }
    if (manner === 'django') {
      const secret = cookieIn(request, 'csrftoken') ?? given(randomBytes(16).toString('hex'))
      const own = field('csrfmiddlewaretoken', masked(secret, ''))
      const set = `csrftoken=${secret}; Path=/; SameSite=Lax`
      return [200, form(own), { ...HTML, 'set-cookie': [set] }]
    }
    if (manner === 'laravel') {
      const set = `XSRF-TOKEN=${encodeURIComponent(masked(session.secret, ''))}; Path=/`
      return [200, form(''), { ...HTML, 'set-cookie': [...cookies, set] }]
    }
    const token = masked(session.secret, '')
    if (manner === 'json') return [200, { csrf: { token } }, { 'set-cookie': cookies }]
    const meta = `<head><meta name="csrf-token" content="${written(token)}"></head>`
    return [200, meta + form(''), { ...HTML, 'set-cookie': cookies }]
  }

  function isRight(request: IncomingMessage, body: string, session: Session, form: string) {
    const { headers } = request
    const fields = new URLSearchParams(body)
    const header = (name: string) => String(headers[name] ?? '')
    if (manner === 'rails') {
      return isMasked(fields.get('authenticity_token') ?? '', session.secret, form)
    }
    if (manner === 'django') {
      const secret = cookieIn(request, 'csrftoken')
      const token = fields.get('csrfmiddlewaretoken') ?? header('x-csrftoken')
      // As it looks for one of both over https.
      const isFromHere = headers.referer !== undefined
      return secret !== undefined && isFromHere && isMasked(token, secret, '')
    }
    if (manner === 'laravel') return isMasked(header('x-xsrf-token'), session.secret, '')
    if (manner === 'meta') return isMasked(header('x-csrf-token'), session.secret, '')
    return isMasked(JSON.parse(body || '{}').token ?? '', session.secret, '')
  }

  const server = await startLittleServer((request, body): Answer => {
    const { method = '', url = '' } = request
    const known = cookieIn(request, SESSION)
    const session = sessions.get(known ?? '')
    const call = `${method} ${url}`
    if (call === 'GET /login') {
      if (session?.user !== undefined) return [302, '', { location: '/' }]
      const answer = page(request)
      if (bug === 'cached-page') cached ??= answer
      return bug === 'cached-page' && cached ? cached : answer
    }
    if (call === 'POST /login' || call === 'POST /logout') {
      if (!isRight(request, body, session ?? newSession(), url)) {
        refused++
        return [403, '<h1>CSRF verification failed</h1>', HTML]
      }
      if (url === '/logout') {
        sessions.delete(known ?? '')
        return [302, '', { location: '/login' }]
      }
      const { username, password } =
        manner === 'json' ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))
      if (password !== tokenPassword(username)) return [401, '<h1>No</h1>', HTML]
      sessions.delete(known ?? '')
      const id = randomBytes(18).toString('hex')
      sessions.set(id, { ...newSession(), user: username })
      last = username
      const set = `${SESSION}=${id}; Path=/; HttpOnly`
      return [302, '', { location: '/', 'set-cookie': set }]
    }
    if (url !== '/') return [404, 'nothing here', HTML]
    if (session?.user === undefined) return [302, '', { location: '/login' }]
    const name = bug === 'shared-jar' ? (last ?? '') : session.user
    const leave = `<form action="/logout" method="post">${field('authenticity_token', masked(session.secret, '/logout'))}</form>`
    const cookies =
      manner === 'laravel'
        ? [`XSRF-TOKEN=${encodeURIComponent(masked(session.secret, ''))}; Path=/`]
        : []
    return [200, `<h1>Hello, ${name}</h1>${leave}`, { ...HTML, 'set-cookie': cookies }]
  })
  return {
    ...server,
    tokens,
    refusals: () => refused,
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  }
}

const SESSION = '_app_session'

function newSession(): Session {
  return { secret: randomBytes(16).toString('hex') }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}

/** As some template languages write it. */
function written(token: string): string {
  return token.replaceAll('+', '&#43;').replaceAll('=', '&#x3D;')
}

function cookieIn({ headers }: IncomingMessage, name: string): string | undefined {
  const pairs = (headers.cookie ?? '').split('; ').map((pair) => pair.split('='))
  return pairs.find(([one]) => one === name)?.[1]
}
