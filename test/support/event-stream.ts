// A browser's side of GET /auth/events, for tests: what came, and waiting for what is to come.
import { type ClientRequest, type IncomingHttpHeaders, request } from 'node:http'
import type { Json } from './http.ts'

export interface SeenEvent {
  readonly event: string
  readonly data: Json
}

export interface SeenStream extends AsyncDisposable {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly events: readonly SeenEvent[]
  /** Every byte so far. */
  readonly text: string
  /** The first event of this name that has come, or will. */
  event(name: string): Promise<SeenEvent>
  /** Resolves when the other side ended it. */
  readonly ended: Promise<void>
}

export async function openEvents(
  port: number,
  host: string,
  cookie: string | undefined,
  headers: Readonly<Record<string, string>> = {},
  path = '/auth/events',
): Promise<SeenStream> {
  const { promise, resolve, reject } = Promise.withResolvers<SeenStream>()
  const outgoing: ClientRequest = request({
    host: '127.0.0.1',
    port,
    path,
    agent: false,
    headers: {
      host,
      accept: 'text/event-stream',
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'cors',
      ...(cookie === undefined ? {} : { cookie }),
      ...headers,
    },
  })
  outgoing.on('error', reject)
  outgoing.on('response', (incoming) => {
    const events: SeenEvent[] = []
    const waiting = new Set<() => void>()
    let text = ''
    let read = 0
    const over = Promise.withResolvers<void>()
    const wake = () => {
      for (const look of [...waiting]) look()
    }
    incoming.setEncoding('utf8')
    incoming.on('data', (chunk: string) => {
      text += chunk
      for (let end = text.indexOf('\n\n', read); end !== -1; end = text.indexOf('\n\n', read)) {
        const lines = text.slice(read, end).split('\n')
        read = end + 2
        const of = (field: string) =>
          lines.flatMap((line) =>
            line.startsWith(`${field}: `) ? [line.slice(field.length + 2)] : [],
          )
        const [event] = of('event')
        if (event !== undefined) events.push({ event, data: JSON.parse(of('data').join('\n')) })
      }
      wake()
    })
    incoming.on('error', () => {})
    incoming.on('close', () => {
      over.resolve()
      wake()
    })
    resolve({
      status: incoming.statusCode ?? 0,
      headers: incoming.headers,
      events,
      get text() {
        return text
      },
      ended: over.promise,
      event(name) {
        const found = Promise.withResolvers<SeenEvent>()
        const look = () => {
          const one = events.find(({ event }) => event === name)
          if (!one && !incoming.closed) return
          waiting.delete(look)
          if (one) found.resolve(one)
          else found.reject(new Error(`the stream ended without ${name}: ${text}`))
        }
        waiting.add(look)
        look()
        return found.promise
      },
      async [Symbol.asyncDispose]() {
        outgoing.destroy()
        await over.promise
      },
    })
  })
  outgoing.end()
  return promise
}
