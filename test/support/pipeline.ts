// Sends ready-made HTTP/1.1 requests over one connection, several ahead of their answers, and opens
// the next connection when the gateway has closed this one.
import { connect, type Socket } from 'node:net'

export interface LineAnswer {
  readonly status: number
  /** As received, first line included, without the empty line. */
  readonly head: string
  /** As latin1. */
  readonly body: string
}

export type MaybeAnswer = LineAnswer | undefined

/**
 * Sends `requests` (as latin1) to 127.0.0.1, up to `depth` of them unanswered. Resolves to the answers in the same
 * order, undefined where the connection was closed instead. Requests behind one that was answered with `Connection:
 * close` are sent again: with a `depth` above 1 they may have been read before. Answers need a Content-Length.
 */
export function pipeline(
  port: number,
  requests: readonly string[],
  depth: number,
): Promise<MaybeAnswer[]> {
  const answers: MaybeAnswer[] = []
  const { promise, resolve, reject } = Promise.withResolvers<MaybeAnswer[]>()
  let current: Socket | undefined
  let sent = 0

  function go() {
    if (answers.length >= requests.length) {
      leave(current)
      resolve(answers)
      return
    }
    current ??= open()
    const ahead = requests.slice(sent, answers.length + depth)
    sent += ahead.length
    if (ahead.length > 0) current.write(ahead.join(''), 'latin1')
  }

  function leave(socket: Socket | undefined) {
    if (current === socket) current = undefined
    socket?.destroy()
  }

  function open() {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let unread = ''
    sent = answers.length
    socket.on('data', (chunk: Buffer) => {
      if (current !== socket) return
      unread += chunk.toString('latin1')
      for (let one = take(unread); one; one = take(unread)) {
        unread = unread.slice(one.length)
        answers.push(one.answer)
        if (!/\r\nconnection: close/i.test(one.answer.head)) continue
        leave(socket)
        break
      }
      go()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    })
    socket.on('close', () => {
      if (current !== socket) return
      current = undefined
      answers.push(undefined)
      go()
    })
    return socket
  }

  go()
  return promise
}

function take(bytes: string): { answer: LineAnswer; length: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const head = bytes.slice(0, end)
  const announced = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
  const length = end + 4 + announced
  if (bytes.length < length) return undefined
  const body = bytes.slice(end + 4, length)
  return { answer: { status: Number(head.slice(9, 12)), head, body }, length }
}
