// One stream of server-sent events (WHATWG HTML, 9.2): names are ours and data is JSON, so that no text of anybody's can
// begin a field; a comment now and then keeps routers from cutting it.
import { PassThrough, type Readable } from 'node:stream'
import type { Clock } from '../lib/clock.ts'

export type EventName =
  | 'session.state'
  | 'session.refreshed'
  | 'session.ending'
  | 'session.ended'
  | 'session.changed'
  | 'signin.active'
  | 'signin.refused'

export interface EventStream {
  readonly readable: Readable
  send(name: EventName, data: object): void
  /** The browser comes again after `retryMs`. */
  end(retryMs: number): void
  /** However it ended, once. */
  onEnd(work: () => void): void
}

/** Under the 55 s of silence after which some routers cut. */
const HEARTBEAT_MS = 20_000
/** Whoever reads so little of it is not there any more. */
const MOST_UNREAD = 64 * 1024

export function openEventStream(clock: Clock): EventStream {
  const stream = new PassThrough()
  // Broken off by the browser: nobody is left to tell.
  stream.on('error', () => {})
  let cancel = clock.after(HEARTBEAT_MS, beat)

  function write(text: string): void {
    if (stream.writableEnded || stream.destroyed) return
    if (stream.readableLength + stream.writableLength > MOST_UNREAD) stream.destroy()
    else stream.write(text)
  }

  function beat(): void {
    write(':\n\n')
    cancel = clock.after(HEARTBEAT_MS, beat)
  }

  stream.once('close', () => cancel())
  return {
    readable: stream,
    send: (name, data) => write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`),
    end(retryMs) {
      cancel()
      write(`retry: ${retryMs}\n\n`)
      stream.end()
    },
    onEnd: (work) => void stream.once('close', work),
  }
}
