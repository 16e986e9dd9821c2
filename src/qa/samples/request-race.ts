// Broken on purpose: whose request this is stands in one variable, and is read again after a wait.
import { pause, systemClock } from '../../lib/clock.ts'
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

/** How long the database takes. */
const DATABASE_MS = 20

export const openRequestRace: OpenSample = async ({ random, port, clock = systemClock }) => {
  const sessions = new Map<string, string>()
  // The flaw: one variable, where each request needs its own.
  let currentUser = ''

  return serve(async (request, response) => {
    const route = routeOf(request)
    if (route === 'POST /login') {
      const name = await credentialsOf(request)
      if (name === undefined) return send(response, 401, wrongPassword)
      const id = random(16).toString('hex')
      sessions.set(id, name)
      return send(response, 200, { message: 'Welcome' }, sessionCookie(id))
    }
    const name = sessions.get(sessionOf(request))
    if (name === undefined) return send(response, 401, signedOut)
    if (route !== 'GET /user' && route !== 'GET /notes') return send(response, 404, unknownPath)
    currentUser = name
    await pause(clock, DATABASE_MS)
    send(response, 200, route === 'GET /user' ? profileOf(currentUser) : notesOf(currentUser))
  }, port)
}
