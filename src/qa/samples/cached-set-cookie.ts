// Broken on purpose: a cache of answers keeps the Set-Cookie that came with them.
import type { OpenSample } from './sample.ts'
import {
  credentialsOf,
  profileOf,
  routeOf,
  send,
  serve,
  sessionCookie,
  sessionOf,
  signedOut,
  unknownPath,
  wrongPassword,
} from './service.ts'

interface Page {
  readonly body: unknown
  readonly headers: Record<string, string>
}

export const openCachedSetCookie: OpenSample = async ({ random, port }) => {
  const sessions = new Map<string, string>()
  const cache = new Map<string, Page>()

  return serve(async (request, response) => {
    const route = routeOf(request)
    if (route === 'POST /login') {
      const name = await credentialsOf(request)
      if (name === undefined) return send(response, 401, wrongPassword)
      const id = random(16).toString('hex')
      sessions.set(id, name)
      return send(response, 200, { message: 'Welcome' }, sessionCookie(id))
    }
    const id = sessionOf(request)
    const name = sessions.get(id)
    if (name === undefined) return send(response, 401, signedOut)
    if (route === 'GET /user') return send(response, 200, profileOf(name))
    if (route === 'GET /news') {
      // The flaw: the page is for everybody, the renewed cookie beside it is not.
      const page = cache.get(route) ?? { body: { news: ['It rains'] }, headers: sessionCookie(id) }
      cache.set(route, page)
      return send(response, 200, page.body, page.headers)
    }
    send(response, 404, unknownPath)
  }, port)
}
