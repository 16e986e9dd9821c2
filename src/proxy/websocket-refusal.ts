// What an upstream answers in place of a WebSocket, on its way to the browser.
import type { IncomingMessage } from 'node:http'
import { finished } from 'node:stream'
import type { Asked } from './admission.ts'
import { removeNamed } from './headers.ts'

const BODY_NAMES: ReadonlySet<string> = new Set(['content-length', 'content-encoding'])

/** As it comes, until `signal` says that nobody wants it any more. Calls `done` once: with why it broke off, or nothing. */
export function passAnswerOn(
  { context, res, route }: Asked,
  response: IncomingMessage,
  headers: string[],
  signal: AbortSignal,
  done: (error?: Error) => void,
): void {
  const { idleWatch } = context
  const watched = {
    limitMs: route.config.timeouts.idleMs,
    moved: true,
    stillMs: 0,
    place: -1,
    abort: () => response.destroy(),
  }
  idleWatch.add(watched)
  response.on('data', () => {
    watched.moved = true
  })
  signal.addEventListener('abort', () => response.destroy())
  if (signal.aborted) response.destroy()
  res.writeHead(response.statusCode ?? 502, headers)
  response.pipe(res)
  finished(response, (error) => {
    idleWatch.remove(watched)
    // Half an answer must not look like a whole one.
    if (error) res.destroy()
    done(error ?? undefined)
  })
}

/** Its head alone: a page that asked for a WebSocket never sees the rest. */
export function passHeadOn({ res }: Asked, response: IncomingMessage, headers: string[]): void {
  response.destroy()
  removeNamed(headers, BODY_NAMES)
  res.writeHead(response.statusCode ?? 502, headers).end()
}
