// Finds a port of this machine that nobody listens on, at either of the addresses that `localhost` stands for.
import { createServer } from 'node:net'
import type { Random } from '../lib/random.ts'

/** How many ports are tried. */
const TRIES = 50

/** Systems give away ports from 32,768 on by themselves; below, nobody is given one between the look and the use. */
const QUIET = { first: 10_000, count: 15_000 }

/** `port` or the next free one after it; 0 stands for any. `undefined` where none is free. */
export async function freePort(port: number, random: Random): Promise<number | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const next = port === 0 ? QUIET.first + (random(2).readUInt16BE() % QUIET.count) : port + tries
    if (next > 65_535) return undefined
    if (await isFree(next)) return next
  }
  return undefined
}

/** Browsers try ::1 before 127.0.0.1, so somebody there would get the visitors. */
export async function isFree(port: number): Promise<boolean> {
  return (await takes(port, '127.0.0.1')) && (await takes(port, '::1'))
}

/** Whether it can be opened; it is closed again. */
function takes(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      // A machine without IPv6 has nobody there.
      resolve(code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')
    })
    server.listen({ port, host, exclusive: true }, () => {
      server.close(() => resolve(true))
    })
  })
}
