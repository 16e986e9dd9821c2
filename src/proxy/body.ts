// Request bodies: small ones whole, so that they are sent in one write and can be sent again; others as they come.
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { IdleWatch } from './idle-watch.ts'

/** Up to here a body of known length is kept in memory until its answer has come. */
export const KEPT_BODY_BYTES = 64 * 1024

export interface Patience {
  readonly idleWatch: IdleWatch
  /** ms without a byte of the body. */
  readonly limitMs: number
  /** Called in place of `done`. */
  stalled(): void
}

/** Calls `done` once with the whole body; never, when the browser leaves before that. */
export function collectBody(
  req: IncomingMessage,
  length: number,
  { idleWatch, limitMs, stalled }: Patience,
  done: (body: Buffer) => void,
): void {
  let first: Buffer | undefined
  let rest: Buffer[] | undefined
  const watched = { limitMs, moved: true, stillMs: 0, place: -1, abort: stalled }
  idleWatch.add(watched)
  req.on('close', () => idleWatch.remove(watched))
  req.on('data', (chunk: Buffer) => {
    watched.moved = true
    if (first === undefined) first = chunk
    else if (rest === undefined) rest = [first, chunk]
    else rest.push(chunk)
  })
  req.on('end', () => {
    // Given up already: nobody waits for it.
    if (watched.place === -1) return
    idleWatch.remove(watched)
    const body = rest ? Buffer.concat(rest, length) : (first ?? Buffer.alloc(0))
    done(body)
  })
}

/**
 * A body that may be thrown away without the browser's connection going with it. Past `limit` bytes `exceeded` is
 * called and nothing more is read.
 */
export function streamBody(
  req: IncomingMessage,
  limit: number | undefined,
  exceeded: () => void,
): Readable {
  let received = 0
  const body = new Readable({
    read: () => req.resume(),
    destroy(error, callback) {
      req.off('data', onData)
      req.off('end', onEnd)
      req.off('close', onClose)
      callback(error)
    },
  })
  // Whoever reads it is told by then, or nobody reads it.
  body.on('error', () => undefined)
  const onData = (chunk: Buffer) => {
    received += chunk.length
    if (limit !== undefined && received > limit) {
      req.pause()
      exceeded()
      return
    }
    if (!body.push(chunk)) req.pause()
  }
  const onEnd = () => body.push(null)
  const onClose = () => {
    if (!req.complete) body.destroy(new Error('the browser left'))
  }
  req.on('data', onData)
  req.on('end', onEnd)
  req.on('close', onClose)
  req.pause()
  return body
}
