// Broken on purpose: a sign-in leaves its token in the default headers of the client that all requests share.
import { askAccounts, openAccounts, tokenIn } from './accounts.ts'
import type { OpenSample } from './sample.ts'
import { routeOf, send, serve, sessionCookie, sessionOf, unknownPath } from './service.ts'

export const openDefaultHeader: OpenSample = async ({ random, port }) => {
  const accounts = await openAccounts(random)
  const tokens = new Map<string, string>()
  const client = openClient(accounts.url)

  const handle: Parameters<typeof serve>[0] = async (request, response) => {
    const route = routeOf(request)
    if (route === 'POST /login') {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const answer = await client.post('/login', Buffer.concat(chunks).toString())
      const token = tokenIn(answer)
      if (token === undefined) return send(response, answer.status, answer.body)
      // The flaw: meant to save a line elsewhere, and kept for everybody.
      client.defaults.authorization = `Bearer ${token}`
      const id = random(16).toString('hex')
      tokens.set(id, token)
      return send(response, 200, { message: 'Welcome' }, sessionCookie(id))
    }
    const token = tokens.get(sessionOf(request))
    if (route === 'GET /user') {
      const own = token === undefined ? {} : { authorization: `Bearer ${token}` }
      const answer = await client.get('/user', own)
      return send(response, answer.status, answer.body)
    }
    // Here the user's own header was forgotten, and nobody noticed: it works.
    if (route === 'GET /notes') {
      const answer = await client.get('/notes')
      return send(response, answer.status, answer.body)
    }
    send(response, 404, unknownPath)
  }
  return serve(handle, port, async () => accounts[Symbol.asyncDispose]())
}

function openClient(url: string) {
  const defaults: { authorization?: string } = {}
  return {
    defaults,
    get: (path: string, headers: { authorization?: string } = {}) =>
      askAccounts(url, { method: 'GET', path, ...defaults, ...headers }),
    post: (path: string, body: string) => askAccounts(url, { method: 'POST', path, body }),
  }
}
