// A reverse proxy of the plainest kind in front of a gateway: it appends who asked, and passes everything on.
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FrontProxy extends AsyncDisposable {
  readonly port: number
  /** From here on it passes everything on to this port. */
  to(port: number): void
}

/** `host`: sent in place of what the browser asked for. */
export async function startFrontProxy({ host }: { host?: string } = {}): Promise<FrontProxy> {
  let target = 0
  const server = createServer((asked, answer) => {
    const forwarded = [asked.headers['x-forwarded-for'], asked.socket.remoteAddress]
    const headers = {
      ...asked.headers,
      ...(host === undefined ? {} : { host }),
      'x-forwarded-for': forwarded.filter(Boolean).join(', '),
    }
    const { method, url: path } = asked
    const onward = request({ host: '127.0.0.1', port: target, method, path, headers }, (heard) => {
      answer.writeHead(heard.statusCode ?? 502, heard.headers)
      heard.pipe(answer)
    })
    onward.on('error', () => answer.writeHead(502).end())
    asked.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    to(port) {
      target = port
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
