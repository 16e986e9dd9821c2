// Browsers' sides of WebSockets and event streams, as programs: what came, in order, and how it ended.
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { type ClientOptions, WebSocket } from 'ws'

export interface Message {
  readonly data: Buffer
  readonly binary: boolean
}

export interface Ended {
  readonly code: number
  readonly reason: string
  /** `performance.now()` */
  readonly at: number
}

export interface Refusal {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Of the problem; undefined where it is none. */
  readonly code: string | undefined
}

export interface LiveClient extends Disposable {
  readonly ws: WebSocket
  /** Resolves once it is open, or with what it was refused with. */
  readonly opened: Promise<'open' | Refusal>
  /** The next message as text; rejects when it ends before. */
  next(): Promise<string>
  nextMessage(): Promise<Message>
  readonly messages: readonly Message[]
  readonly closed: Promise<Ended>
}

export interface OpenOptions extends ClientOptions {
  readonly port: number
  readonly path?: string
  readonly cookie?: string | undefined
  /** Default: the gateway's own origin; null for none. */
  readonly from?: string | null
  readonly protocols?: string[]
}

const OWN = 'http://localhost:3000'

export function openWebSocket(options: OpenOptions): LiveClient {
  const { port, path = '/api/ws', cookie, from = OWN, protocols = [], headers, ...rest } = options
  const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, {
    perMessageDeflate: false,
    ...rest,
    headers: {
      host: 'localhost:3000',
      ...(from === null ? {} : { origin: from }),
      ...(cookie === undefined ? {} : { cookie }),
      ...headers,
    },
  })
  const messages: Message[] = []
  const waiting: Array<PromiseWithResolvers<Message>> = []
  let read = 0
  let over: Error | undefined
  const closed = new Promise<Ended>((resolve) => {
    ws.on('close', (code, reason) => {
      over = new Error(`it closed: ${code} ${reason}`)
      for (const one of waiting.splice(0)) one.reject(over)
      resolve({ code, reason: String(reason), at: performance.now() })
    })
  })
  const opened = new Promise<'open' | Refusal>((resolve, reject) => {
    ws.on('open', () => resolve('open'))
    ws.on('error', reject)
    ws.on('unexpected-response', async (_request, response) => resolve(await refusalOf(response)))
  })
  opened.catch(() => {})
  ws.on('message', (data, binary) => {
    messages.push({ data: data as Buffer, binary })
    const first = waiting.shift()
    if (first) first.resolve(messages[read++] as Message)
  })
  const nextMessage = (): Promise<Message> => {
    const known = messages[read]
    if (known) {
      read++
      return Promise.resolve(known)
    }
    if (over) return Promise.reject(over)
    const one = Promise.withResolvers<Message>()
    waiting.push(one)
    return one.promise
  }
  return {
    ws,
    opened,
    messages,
    closed,
    nextMessage,
    next: async () => (await nextMessage()).data.toString(),
    [Symbol.dispose]: () => ws.terminate(),
  }
}

async function refusalOf(response: IncomingMessage): Promise<Refusal> {
  const body = (await response.toArray().catch(() => [])).join('')
  const { statusCode = 0, headers } = response
  let code: string | undefined
  try {
    code = JSON.parse(body).code
  } catch {}
  return { status: statusCode, headers, body, code }
}

export interface StreamClient extends Disposable {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** What has come so far. */
  readonly text: string
  /** Resolves once `part` has come. */
  until(part: string): Promise<void>
  /** `whole`: it ended, and was not cut off. */
  readonly closed: Promise<{ whole: boolean; at: number }>
}

export function openStream(options: {
  readonly port: number
  readonly path?: string
  readonly cookie?: string
}): Promise<StreamClient> {
  const { port, path = '/api/events', cookie } = options
  return new Promise((resolve, reject) => {
    const headers = {
      host: 'localhost:3000',
      accept: 'text/event-stream',
      'sec-fetch-site': 'same-origin',
      ...(cookie === undefined ? {} : { cookie }),
    }
    const request = httpRequest({ port, host: '127.0.0.1', path, headers, agent: false })
    request.on('error', reject)
    request.on('response', (response) => {
      let text = ''
      const told = new Set<() => void>()
      response.setEncoding('utf8')
      response.on('error', () => {})
      response.on('data', (part: string) => {
        text += part
        for (const tell of told) tell()
      })
      const closed = new Promise<{ whole: boolean; at: number }>((end) => {
        response.on('close', () => end({ whole: response.complete, at: performance.now() }))
      })
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        get text() {
          return text
        },
        until: (part) =>
          new Promise((found, lost) => {
            const tell = () => {
              if (!text.includes(part)) return
              told.delete(tell)
              found()
            }
            told.add(tell)
            tell()
            void closed.then(() => lost(new Error(`it ended before ${part} came`)))
          }),
        closed,
        [Symbol.dispose]: () => void request.destroy(),
      })
    })
    request.end()
  })
}
