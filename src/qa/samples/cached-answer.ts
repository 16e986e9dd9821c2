// Broken on purpose: a cache in front keeps answers by their address, and asks nobody who they are.
import type { ServerResponse } from 'node:http'
import { type Clock, systemClock } from '../../lib/clock.ts'
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

/** Just a second, to take off some load. */
const KEEP_MS = 1_000

export const openCachedAnswer: OpenSample = async ({ random, port, clock = systemClock }) => {
  const sessions = new Map<string, string>()
  const cache = createCache(clock)

  return serve(async (request, response) => {
    const route = routeOf(request)
    if (route === 'POST /login') {
      const name = await credentialsOf(request)
      if (name === undefined) return send(response, 401, wrongPassword)
      const id = random(16).toString('hex')
      sessions.set(id, name)
      return send(response, 200, { message: 'Welcome' }, sessionCookie(id))
    }
    // The flaw: the address alone is the key, and nothing says that the answer is private or varies by cookie.
    if (cache.answer(route, response)) return
    const name = sessions.get(sessionOf(request))
    if (name === undefined) return send(response, 401, signedOut)
    if (route !== 'GET /user' && route !== 'GET /notes') return send(response, 404, unknownPath)
    const body = route === 'GET /user' ? profileOf(name) : notesOf(name)
    cache.keep(route, body)
    send(response, 200, body)
  }, port)
}

function createCache(clock: Clock) {
  const answers = new Map<string, unknown>()
  return {
    answer(key: string, response: ServerResponse): boolean {
      const body = answers.get(key)
      if (body === undefined) return false
      send(response, 200, body, { 'x-cache': 'hit' })
      return true
    },
    keep(key: string, body: unknown): void {
      answers.set(key, body)
      clock.after(KEEP_MS, () => answers.delete(key))
    },
  }
}
