// The service behind two of the samples: it issues tokens and answers only to them. It is sound.
import { request } from 'undici'
import type { Random } from '../../lib/random.ts'
import type { Sample } from './sample.ts'
import {
  credentialsOf,
  notesOf,
  profileOf,
  routeOf,
  send,
  serve,
  signedOut,
  unknownPath,
  wrongPassword,
} from './service.ts'

export function openAccounts(random: Random): Promise<Sample> {
  const tokens = new Map<string, string>()
  return serve(async (incoming, response) => {
    if (routeOf(incoming) === 'POST /login') {
      const name = await credentialsOf(incoming)
      if (name === undefined) return send(response, 401, wrongPassword)
      const token = random(24).toString('base64url')
      tokens.set(`Bearer ${token}`, name)
      return send(response, 200, { token })
    }
    const name = tokens.get(incoming.headers.authorization ?? '')
    if (name === undefined) return send(response, 401, signedOut)
    if (routeOf(incoming) === 'GET /user') return send(response, 200, profileOf(name))
    if (routeOf(incoming) === 'GET /notes') return send(response, 200, notesOf(name))
    send(response, 404, unknownPath)
  }, 0)
}

export interface AccountAnswer {
  readonly status: number
  readonly body: unknown
}

/** How the samples ask it. */
export async function askAccounts(
  url: string,
  call: { method: 'GET' | 'POST'; path: string; authorization?: string | undefined; body?: string },
): Promise<AccountAnswer> {
  const { method, path, authorization, body } = call
  const answer = await request(url + path, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body: body ?? null,
  })
  return { status: answer.statusCode, body: await answer.body.json() }
}

export function tokenIn({ body }: AccountAnswer): string | undefined {
  if (typeof body !== 'object' || body === null || !('token' in body)) return undefined
  return String(body.token)
}
