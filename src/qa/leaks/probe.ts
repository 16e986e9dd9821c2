// Looks at a service from outside: how one might sign in there, and how one might ask who one is.

import type { Clock } from '../../lib/clock.ts'
import { isJsonObject, readJson } from '../../tokens/json.ts'
import { openApiFacts } from './open-api.ts'
import type { Found } from './starter.ts'
import { openWire, type WireAnswer } from './wire.ts'

const DESCRIPTIONS: readonly string[] = [
  '/openapi.json',
  '/swagger.json',
  '/v3/api-docs',
  '/api/openapi.json',
  '/api/swagger.json',
  '/swagger/v1/swagger.json',
  '/docs/json',
]
const SIGN_INS: readonly string[] = [
  '/auth/login',
  '/login',
  '/api/login',
  '/api/auth/login',
  '/signin',
  '/api/signin',
  '/users/login',
  '/api/users/login',
  '/api/v1/login',
  '/api/v1/auth/login',
  '/session',
  '/api/session',
  '/auth/token',
  '/token',
  '/api/token',
]
const WHOAMIS: readonly string[] = [
  '/user',
  '/api/user',
  '/me',
  '/api/me',
  '/users/me',
  '/api/users/me',
  '/whoami',
  '/api/whoami',
  '/api/v1/me',
  '/profile',
  '/api/profile',
  '/account',
  '/auth/me',
  '/api/auth/me',
  '/auth/session',
]

export interface ProbeOptions {
  readonly origin: string
  /** A path without a slash at its end; empty for none. */
  readonly base: string
  readonly clock: Clock
}

const PATIENCE_MS = 3_000

/** Sends a few requests that change nothing: no password, no name. */
export async function probe({ origin, base, clock }: ProbeOptions): Promise<Found> {
  const wire = openWire({ origin, clock, requestMs: PATIENCE_MS, connections: 2 })
  const ask = (method: 'GET' | 'POST', path: string) => {
    const json = { 'content-type': 'application/json' }
    const headers = { accept: 'application/json', origin, ...(method === 'POST' ? json : {}) }
    const body = method === 'POST' ? '{}' : undefined
    return wire.send({ user: 'probe', via: 'own', method, path: base + path, headers, body })
  }
  try {
    if ((await ask('GET', '/')).kind === 'none') return { answers: false, how: '' }
    for (const path of DESCRIPTIONS) {
      const facts = openApiFacts(jsonIn(await ask('GET', path)))
      if (facts) return { answers: true, ...facts, how: path }
    }
    const signIn = await firstOf(SIGN_INS, async (path) => isSignIn(await ask('POST', path)))
    const whoami = await firstOf(WHOAMIS, async (path) => isWhoami(await ask('GET', path)))
    return {
      answers: true,
      ...(signIn === undefined
        ? {}
        : { signIn: { path: signIn, fields: ['username', 'password'] } }),
      ...(whoami === undefined ? {} : { whoami }),
      how: 'by its answers',
    }
  } finally {
    await wire.close()
  }
}

async function firstOf(
  paths: readonly string[],
  fits: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  for (const path of paths) if (await fits(path)) return path
  return undefined
}

/** Whoever wants a password says so; a page that is there for every path does not. */
function isSignIn(answer: WireAnswer): boolean {
  return answer.kind === 'answer' && [400, 401, 403, 415, 422, 429].includes(answer.status)
}

function isWhoami(answer: WireAnswer): boolean {
  if (answer.kind === 'none') return false
  return answer.status === 401 || (answer.status === 200 && isJsonObject(jsonIn(answer)))
}

function jsonIn(answer: WireAnswer): unknown {
  return answer.kind === 'answer' && answer.status === 200 ? readJson(answer.body) : undefined
}
