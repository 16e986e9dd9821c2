// Finds a port of this machine that nobody listens on, at either of the addresses that `localhost` stands for.
import { type AddressInfo, createServer } from 'node:net'

/** How many ports in a row are tried. */
const TRIES = 50

/** `port` or the next free one after it; 0 stands for any. `undefined` where none is free. */
export async function freePort(port: number): Promise<number | undefined> {
  if (port === 0) return takes(0, '127.0.0.1')
  for (let next = port; next < port + TRIES && next < 65_536; next++) {
    if (await isFree(next)) return next
  }
  return undefined
}

/** Browsers try ::1 before 127.0.0.1, so somebody there would get the visitors. */
export async function isFree(port: number): Promise<boolean> {
  return (await takes(port, '127.0.0.1')) !== undefined && (await takes(port, '::1')) !== undefined
}

/** The port once it has been opened and closed; `undefined` where somebody has it. */
function takes(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      // A machine without IPv6 has nobody there.
      resolve(code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT' ? port : undefined)
    })
    server.listen({ port, host, exclusive: true }, () => {
      const { port: taken } = server.address() as AddressInfo
      server.close(() => resolve(taken))
    })
  })
}
