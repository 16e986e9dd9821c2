// Broken on purpose: requests queue on one connection to a store, and whoever leaves early leaves their reply behind.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { type Clock, systemClock } from '../../lib/clock.ts'
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

/** How long the store thinks about each command. */
const STORE_MS = 15
/** A connection that nobody used for so long is closed, and with it goes what was left behind. */
const IDLE_MS = 200

export const openDesync: OpenSample = async ({ random, port, clock = systemClock }) => {
  const store = await openStore(clock)
  const client = createStoreClient(store.port)

  return serve(
    async (request, response) => {
      const route = routeOf(request)
      const gone = new AbortController()
      response.once('close', () => gone.abort())
      if (route === 'POST /login') {
        const name = await credentialsOf(request)
        if (name === undefined) return send(response, 401, wrongPassword)
        const id = random(16).toString('hex')
        await client.ask({ set: [id, name] }, gone.signal)
        return send(response, 200, { message: 'Welcome' }, sessionCookie(id))
      }
      if (route !== 'GET /user') return send(response, 404, unknownPath)
      const name = await client.ask({ get: sessionOf(request) }, gone.signal)
      if (name === '' || name === 'OK') return send(response, 401, signedOut)
      send(response, 200, profileOf(name))
    },
    port,
    async () => {
      client.close()
      await store.close()
    },
  )
}

type Command = { readonly set: readonly [string, string] } | { readonly get: string }

function createStoreClient(port: number) {
  const waiting: Array<(reply: string) => void> = []
  const unread: string[] = []
  let socket: Socket | undefined

  const open = () => {
    const fresh = connect({ port, host: '127.0.0.1', noDelay: true })
    fresh.on('error', () => fresh.destroy())
    fresh.on('close', () => {
      if (socket === fresh) socket = undefined
      unread.length = 0
    })
    createInterface({ input: fresh }).on('line', (reply) => {
      const next = waiting.shift()
      if (next) next(reply)
      else unread.push(reply)
    })
    return fresh
  }

  return {
    ask(command: Command, signal: AbortSignal): Promise<string> {
      socket ??= open()
      socket.write(`${JSON.stringify(command)}\n`)
      const late = unread.shift()
      if (late !== undefined) return Promise.resolve(late)
      return new Promise((resolve, reject) => {
        waiting.push(resolve)
        signal.addEventListener('abort', () => {
          const at = waiting.indexOf(resolve)
          // The flaw: nobody waits any more, but the reply still comes, and the next in the queue takes it.
          if (at >= 0) waiting.splice(at, 1)
          reject(new Error('gone'))
        })
      })
    },
    close: () => void socket?.destroy(),
  }
}

/** Sound: replies come in the order of the commands. */
async function openStore(clock: Clock) {
  const values = new Map<string, string>()
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    let forget = () => {}
    const used = () => {
      forget()
      forget = clock.after(IDLE_MS, () => socket.end())
    }
    used()
    socket.on('close', () => {
      forget()
      sockets.delete(socket)
    })
    createInterface({ input: socket }).on('line', (line) => {
      used()
      const command: Command = JSON.parse(line)
      if ('set' in command) values.set(...command.set)
      const reply = 'set' in command ? 'OK' : (values.get(command.get) ?? '')
      clock.after(STORE_MS, () => {
        used()
        socket.write(`${reply}\n`)
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
