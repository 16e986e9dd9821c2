// One kept connection that asks, checks whose answer came back, and asks again: as little work for each as can be.
import { connect } from 'node:net'

export interface Question {
  readonly bytes: Buffer
  /** How the answer's body must begin. */
  readonly mark: string
  readonly receives: number
}

export interface Connection {
  ask(question: Question): void
  close(): void
}

export interface ConnectionOptions {
  readonly port: number
  /** The whole answer is here, and is the asker's. */
  readonly onAnswer: (connection: Connection) => void
  readonly onFailure: (error: Error) => void
}

const BUFFER_BYTES = 64 * 1024

export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { port, onAnswer, onFailure } = options
  let question: Question | undefined
  /** Head and first bytes of the body, until both can be judged. */
  let start = ''
  /** Bytes of the body still to come; -1 while the start is being read. */
  let remaining = -1

  const fail = (why: string) => {
    socket.destroy()
    onFailure(new Error(why))
  }

  const read = (bytes: number, buffer: Uint8Array) => {
    if (!question) return fail('an answer came that nobody asked for')
    if (remaining >= 0) {
      remaining -= bytes
    } else {
      start += Buffer.prototype.toString.call(buffer, 'latin1', 0, bytes)
      const end = start.indexOf('\r\n\r\n')
      if (end === -1) return
      const bodyAt = end + 4
      if (start.length - bodyAt < question.mark.length) return
      const problem = problemOf(start, bodyAt, question)
      if (problem) return fail(problem)
      remaining = question.receives - (start.length - bodyAt)
      start = ''
    }
    if (remaining > 0) return
    if (remaining < 0) return fail('an answer is longer than it said')
    remaining = -1
    question = undefined
    onAnswer(connection)
  }

  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafe(BUFFER_BYTES),
      callback(bytes, buffer) {
        read(bytes, buffer)
        return true
      },
    },
  })
  const connection: Connection = {
    ask(next) {
      question = next
      socket.write(next.bytes)
    },
    close: () => socket.destroy(),
  }
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  socket.on('error', onFailure)
  socket.on('end', () => question && fail('a connection was closed in the middle of an answer'))
  return connection
}

function problemOf(start: string, bodyAt: number, { mark, receives }: Question) {
  if (!start.startsWith('HTTP/1.1 200 ')) return `answered: ${start.slice(0, 300)}`
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(start)
  if (!length || Number(length[1]) !== receives) return `wrong length: ${start.slice(0, bodyAt)}`
  if (!start.startsWith(mark, bodyAt)) {
    return `NOT THE ASKER'S: ${mark} got ${start.slice(bodyAt, bodyAt + mark.length)}`
  }
  return undefined
}
