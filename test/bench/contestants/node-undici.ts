// The least that forwards at all: node:http, one undici pool, the hop-by-hop headers left out, bodies streamed.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Dispatcher, Pool } from 'undici'
import { runContestant } from '../contestant.ts'

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

runContestant(async ({ upstream }) => {
  const pool = new Pool(upstream)
  const server = createServer((req, res) => forward(pool, req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
})

function forward(pool: Pool, req: IncomingMessage, res: ServerResponse): void {
  const hasBody = req.headers['content-length'] !== undefined
  const options = {
    path: req.url ?? '/',
    method: req.method as Dispatcher.HttpMethod,
    headers: endToEnd(req.rawHeaders),
    body: hasBody ? req : null,
  }
  pool.dispatch(options, {
    onRequestStart(controller) {
      res.on('close', () => {
        if (!res.writableFinished) controller.abort(new Error('the client left'))
      })
    },
    onResponseStart(controller, status) {
      const raw = (controller.rawHeaders ?? []) as Buffer[]
      res.writeHead(status, endToEnd(raw.map((part) => part.toString('latin1'))))
    },
    onResponseData(controller, chunk) {
      if (res.write(chunk)) return
      controller.pause()
      res.once('drain', () => controller.resume())
    },
    onResponseEnd() {
      res.end()
    },
    onResponseError() {
      if (!res.headersSent) res.writeHead(502)
      res.end()
    },
  })
}

function endToEnd(raw: readonly string[]): string[] {
  const kept: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string
    if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, raw[i + 1] as string)
  }
  return kept
}
