// What a test's upstream answers by itself: tokens for anybody, who a token is for, and an echo.
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Clock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { type CheckedToken, createDemoTokens, type Lifetime } from '../../src/qa/demo-tokens.ts'
import type { Handler, UpstreamRequest } from './upstream.ts'

export interface Echo {
  readonly method: string
  /** The request target as it arrived. */
  readonly path: string
  /** Flat, as received. */
  readonly headers: readonly string[]
  readonly owner: string | null
  readonly bodySha256: string
  readonly bodyBytes: number
}

interface Options {
  readonly clock: Clock
  readonly accessMs?: Lifetime
  readonly refreshMs?: Lifetime
  readonly rotation?: boolean
}

export function createAnswers(options: Options) {
  const tokens = createDemoTokens({ ...options, random: systemRandom })
  const signIns: Array<{ username: string; access: string; refresh: string }> = []
  const refreshes: Array<{ username: string; access: string }> = []
  const revoked = new Set<string>()

  const check = (headers: IncomingHttpHeaders, type: 'access' | 'refresh') => {
    if (headers.authorization === undefined) return { kind: 'absent' } as const
    const [, token] = /^Bearer (\S+)$/.exec(headers.authorization) ?? []
    if (token === undefined || revoked.has(token)) return { kind: 'invalid' } as const
    return tokens.check(token, type)
  }

  const signIn: Handler = ({ body }, response) => {
    const username = usernameIn(body.toString())
    if (username === undefined) return reply(response, 401, say('Username or password is wrong.'))
    const { access, refresh } = tokens.signIn(username)
    signIns.push({ username, access, refresh })
    reply(response, 200, { access_token: access, refresh_token: refresh })
  }

  const renew: Handler = ({ headers }, response) => {
    const checked = check(headers, 'refresh')
    if (checked.kind !== 'good') return reply(response, 401, refusal(checked.kind))
    const renewed = tokens.renew(checked.claims)
    if (!renewed) return reply(response, 401, refusal('invalid'))
    refreshes.push({ username: String(checked.claims.identity), access: renewed.access })
    const rotated = renewed.refresh === undefined ? {} : { refresh_token: renewed.refresh }
    reply(response, 200, { access_token: renewed.access, ...rotated })
  }

  const tell: Handler = ({ owner }, response) => {
    if (owner === undefined) return reply(response, 401, refusal('absent'))
    reply(response, 200, { id: owner, username: owner, name: owner.toUpperCase() })
  }

  const answer: Handler = (request, response) => {
    const call = `${request.method} ${request.path}`
    if (call === 'POST /login') return signIn(request, response)
    if (call === 'POST /refresh') return renew(request, response)
    if (request.token === 'expired' || request.token === 'invalid') {
      return reply(response, 401, refusal(request.token))
    }
    if (call === 'GET /user') return tell(request, response)
    reply(response, 200, echoOf(request))
  }

  return {
    signIns,
    refreshes,
    check,
    answer,
    revoke: (token: string) => void revoked.add(token),
    get reuses() {
      return tokens.reuses
    },
  }
}

function echoOf({ method, url, rawHeaders, owner, body }: UpstreamRequest): Echo {
  return {
    method,
    path: url,
    headers: rawHeaders,
    owner: owner ?? null,
    bodySha256: createHash('sha256').update(body).digest('hex'),
    bodyBytes: body.length,
  }
}

function usernameIn(body: string): string | undefined {
  const fields: Record<string, unknown> = body.startsWith('{')
    ? JSON.parse(body)
    : Object.fromEntries(new URLSearchParams(body))
  const { username, password } = fields
  return typeof username === 'string' && username && password !== 'wrong' ? username : undefined
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  const length = Buffer.byteLength(text)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length })
  response.end(text)
}

function refusal(kind: CheckedToken['kind'] | 'absent'): { message: string } {
  if (kind === 'absent') return say('The authorization token is missing!')
  if (kind === 'expired') {
    return say('The token has expired! Please, login again or refresh it.')
  }
  return say('The token is invalid!')
}

function say(message: string): { message: string } {
  return { message }
}
