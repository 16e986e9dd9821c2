// Broken on purpose: whoever signs in keeps the session id that the browser brought along.
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

export const openFixation: OpenSample = async ({ random, port }) => {
  const sessions = new Map<string, { name?: string }>()

  return serve(async (request, response) => {
    const known = sessionOf(request)
    const id = sessions.has(known) ? known : random(16).toString('hex')
    const session = sessions.get(id) ?? {}
    sessions.set(id, session)
    const headers: Record<string, string> = id === known ? {} : sessionCookie(id)
    const route = routeOf(request)
    if (route === 'POST /login') {
      const name = await credentialsOf(request)
      if (name === undefined) return send(response, 401, wrongPassword, headers)
      // The flaw: the id stays what it was, and whoever knew it is signed in too.
      session.name = name
      return send(response, 200, { message: 'Welcome' }, headers)
    }
    if (route !== 'GET /user') return send(response, 404, unknownPath, headers)
    if (session.name === undefined) return send(response, 401, signedOut, headers)
    send(response, 200, profileOf(session.name), headers)
  }, port)
}
