// One of the four processes of the sample `per-process`.
import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { systemRandom } from '../../lib/random.ts'
import type { ToSampleWorker } from './per-process.ts'
import {
  credentialsOf,
  listener,
  profileOf,
  routeOf,
  send,
  sessionCookie,
  sessionOf,
  signedOut,
  unknownPath,
  wrongPassword,
} from './service.ts'

cluster.worker?.once('message', ({ port }: ToSampleWorker) => {
  // The flaw: whoever signs in here is unknown next door.
  const sessions = new Map<string, string>()
  const server = createServer(
    listener(async (request, response) => {
      const route = routeOf(request)
      if (route === 'POST /login') {
        const name = await credentialsOf(request)
        if (name === undefined) return send(response, 401, wrongPassword)
        const id = systemRandom(16).toString('hex')
        sessions.set(id, name)
        return send(response, 200, { message: 'Welcome' }, sessionCookie(id))
      }
      if (route !== 'GET /user') return send(response, 404, unknownPath)
      const name = sessions.get(sessionOf(request))
      if (name === undefined) return send(response, 401, signedOut)
      send(response, 200, profileOf(name))
    }),
  )
  server.once('error', (error: NodeJS.ErrnoException) => {
    cluster.worker?.send(error.code ?? 'unknown')
  })
  server.listen(port, '127.0.0.1')
})
