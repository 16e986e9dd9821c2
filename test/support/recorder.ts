// Stands before an upstream, writes down every request as it arrived, and passes it on.
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RecordedRequest {
  readonly method: string
  readonly url: string
  /** Flat, as received. */
  readonly rawHeaders: readonly string[]
  readonly body: string
}

export interface Recorder extends AsyncDisposable {
  readonly url: string
  /** Oldest first. */
  readonly requests: RecordedRequest[]
}

export async function openRecorder(upstream: string): Promise<Recorder> {
  const { port: to } = new URL(upstream)
  const requests: RecordedRequest[] = []
  const server = createServer(async (incoming, response) => {
    const { method = '', url = '', rawHeaders } = incoming
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    requests.push({ method, url, rawHeaders, body: body.toString() })
    const outgoing = request({
      host: '127.0.0.1',
      port: to,
      method,
      path: url,
      headers: [...rawHeaders],
      agent: false,
    })
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.rawHeaders)
      answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    outgoing.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
