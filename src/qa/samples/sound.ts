// Nothing is wrong with this one: each sign-in has its own session, and each session its own token.
import { askAccounts, openAccounts, tokenIn } from './accounts.ts'
import type { OpenSample } from './sample.ts'
import {
  routeOf,
  send,
  serve,
  sessionCookie,
  sessionOf,
  signedOut,
  unknownPath,
} from './service.ts'

export const openSound: OpenSample = async ({ random, port }) => {
  const accounts = await openAccounts(random)
  const tokens = new Map<string, string>()

  const handle: Parameters<typeof serve>[0] = async (request, response) => {
    const route = routeOf(request)
    if (route === 'POST /login') {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const body = Buffer.concat(chunks).toString()
      const answer = await askAccounts(accounts.url, { method: 'POST', path: '/login', body })
      const token = tokenIn(answer)
      if (token === undefined) return send(response, answer.status, answer.body)
      const id = random(16).toString('hex')
      tokens.set(id, token)
      return send(response, 200, { message: 'Welcome' }, sessionCookie(id))
    }
    if (route === 'POST /logout') {
      tokens.delete(sessionOf(request))
      return send(response, 200, { message: 'Goodbye' })
    }
    if (route !== 'GET /user' && route !== 'GET /notes') return send(response, 404, unknownPath)
    const token = tokens.get(sessionOf(request))
    if (token === undefined) return send(response, 401, signedOut)
    const path = route.slice('GET '.length)
    const authorization = `Bearer ${token}`
    const answer = await askAccounts(accounts.url, { method: 'GET', path, authorization })
    send(response, answer.status, answer.body)
  }
  return serve(handle, port, async () => accounts[Symbol.asyncDispose]())
}
