// Request bodies: small ones whole, so that they are sent in one write and can be sent again; others as they come.
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { Asked } from './admission.ts'
import type { IdleWatch } from './idle-watch.ts'

/** Up to here a body of known length is kept in memory until its answer has come. */
const KEPT_BODY_BYTES = 64 * 1024

/** Told once of the body, by `whole` or `streams`; neither, when the browser leaves before that. */
export interface BodyTaker {
  whole(body: Buffer): void
  /** More is still to come. */
  streams(body: Readable): void
  /** In place of `whole`: it stopped coming. */
  stalled(): void
  /** After `streams`: it is longer than the route takes, and nothing more of it comes. */
  exceeded(): void
}

/** For a request that has one. */
export function takeBody(asked: Asked, taker: BodyTaker): void {
  const { context, head, req, route, tap } = asked
  const { chunked, contentLength } = head
  const { bodyLimit, timeouts } = route.config
  if (!chunked && contentLength !== undefined && contentLength <= KEPT_BODY_BYTES) {
    const { idleWatch } = context
    const patience = { idleWatch, limitMs: timeouts.responseMs, stalled: () => taker.stalled() }
    collectBody(req, contentLength, patience, (body) => {
      tap?.sent(body)
      taker.whole(body)
    })
    return
  }
  const body = streamBody(req, bodyLimit, () => taker.exceeded())
  if (tap) req.on('data', (chunk: Buffer) => tap.sent(chunk))
  taker.streams(body)
}

/** Whether the upstream would take more of it, and none comes. */
export function waitsForBrowser(body: Buffer | Readable | null | undefined, req: IncomingMessage) {
  if (!(body instanceof Readable) || req.complete) return false
  return !body.isPaused() && body.readableLength === 0
}

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
