// Broken on purpose: the token of the last sign-in is kept in one place and serves everybody.
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

export const openSharedJar: OpenSample = async ({ random, port }) => {
  const accounts = await openAccounts(random)
  const browsers = new Set<string>()
  // The flaw: one jar, where each browser needs its own.
  const jar: { authorization?: string } = {}

  const handle: Parameters<typeof serve>[0] = async (request, response) => {
    const route = routeOf(request)
    if (route === 'POST /login') {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const body = Buffer.concat(chunks).toString()
      const answer = await askAccounts(accounts.url, { method: 'POST', path: '/login', body })
      const token = tokenIn(answer)
      if (token === undefined) return send(response, answer.status, answer.body)
      jar.authorization = `Bearer ${token}`
      const id = random(16).toString('hex')
      browsers.add(id)
      return send(response, 200, { message: 'Welcome' }, sessionCookie(id))
    }
    if (route !== 'GET /user' && route !== 'GET /notes') return send(response, 404, unknownPath)
    if (!browsers.has(sessionOf(request))) return send(response, 401, signedOut)
    const path = route.slice('GET '.length)
    const answer = await askAccounts(accounts.url, { method: 'GET', path, ...jar })
    send(response, answer.status, answer.body)
  }
  return serve(handle, port, async () => accounts[Symbol.asyncDispose]())
}
