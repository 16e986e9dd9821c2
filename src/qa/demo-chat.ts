// The demo's chat: everybody hears everybody, and each message says whose token opened the connection it came on.
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '../lib/clock.ts'

/** What goes to browsers, as JSON: first who they are here, then what was and is said. */
export type ChatEvent =
  | { readonly you: string }
  | {
      readonly id: number
      /** Username. */
      readonly from: string
      readonly text: string
      /** Epoch ms. */
      readonly at: number
    }

export type Handshake =
  | { readonly kind: 'good'; readonly username: string }
  | { readonly kind: 'refused'; readonly answer: readonly [status: number, body: unknown] }

export interface DemoChatOptions {
  readonly clock: Clock
  /** Whose upgrades are all for the chat. */
  readonly server: Server
  /** Who opens a connection; asked once for each. */
  readonly judge: (request: IncomingMessage) => Handshake
}

export interface DemoChat {
  /** Cuts every connection. */
  close(): void
}

/** Characters. */
const LONGEST = 500
const MOST_BYTES = 4 * LONGEST
const KEPT = 50
/** Whoever reads so much too slowly is cut off. */
const MOST_WAITING = 256 * 1024

/** A browser sends the bare text; a message that is empty, too long or no text is dropped. */
export function openDemoChat({ clock, server, judge }: DemoChatOptions): DemoChat {
  const doors = new WebSocketServer({ noServer: true, maxPayload: MOST_BYTES })
  const said: ChatEvent[] = []
  let last = 0

  const tell = (socket: WebSocket, event: ChatEvent) => {
    if (socket.readyState !== WebSocket.OPEN) return
    if (socket.bufferedAmount > MOST_WAITING) socket.terminate()
    else socket.send(JSON.stringify(event))
  }

  const enter = (socket: WebSocket, from: string) => {
    tell(socket, { you: from })
    for (const event of said) tell(socket, event)
    socket.on('message', (data, binary) => {
      const text = binary ? '' : String(data).trim()
      if (text === '' || text.length > LONGEST) return
      const event = { id: ++last, from, text, at: clock.now() }
      said.push(event)
      if (said.length > KEPT) said.shift()
      for (const everybody of doors.clients) tell(everybody, event)
    })
    // What is no frame, or too large; the connection ends with it.
    socket.on('error', () => {})
  }

  server.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    const handshake = judge(request)
    if (handshake.kind === 'refused') return refuse(duplex, handshake.answer)
    doors.handleUpgrade(request, duplex, head, (socket) => enter(socket, handshake.username))
  })

  return {
    close() {
      for (const socket of doors.clients) socket.terminate()
      doors.close()
    },
  }
}

function refuse(duplex: Duplex, [status, body]: readonly [number, unknown]): void {
  const content = JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(content)}`,
    'Connection: close',
  ]
  duplex.on('error', () => {})
  duplex.end(`${head.join('\r\n')}\r\n\r\n${content}`)
}
