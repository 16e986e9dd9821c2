// Broken on purpose: who somebody is is looked up once for each connection, and connections are kept for whoever comes next.
import type { Socket } from 'node:net'
import type { OpenSample } from './sample.ts'
import {
  credentialsOf,
  notesOf,
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

export const openKeepAlive: OpenSample = async ({ random, port }) => {
  const sessions = new Map<string, string>()
  // The flaw: a proxy or a pool sends the requests of several people over one connection.
  const known = new WeakMap<Socket, string>()

  return serve(async (request, response) => {
    const route = routeOf(request)
    if (route === 'POST /login') {
      const name = await credentialsOf(request)
      if (name === undefined) return send(response, 401, wrongPassword)
      const id = random(16).toString('hex')
      sessions.set(id, name)
      return send(response, 200, { message: 'Welcome' }, sessionCookie(id))
    }
    const own = sessions.get(sessionOf(request))
    if (own === undefined) return send(response, 401, signedOut)
    if (route !== 'GET /user' && route !== 'GET /notes') return send(response, 404, unknownPath)
    const name = known.get(request.socket) ?? own
    known.set(request.socket, name)
    send(response, 200, route === 'GET /user' ? profileOf(name) : notesOf(name))
  }, port)
}
