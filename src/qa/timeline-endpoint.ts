// GET /qa/events: the last minute at once, then everything as it happens (server-sent events, HTML Living Standard 9.2).
import type { FastifyInstance } from 'fastify'
import type { QaContext } from './context.ts'
import type { BenchEvent } from './timeline-events.ts'

/** Who reads so slowly that so many wait is let go; a page comes again by itself. */
const MOST_WAITING = 10_000

export function eventsEndpoint(
  app: FastifyInstance,
  { headers, timeline, details }: QaContext,
): void {
  const open = new Set<() => void>()
  // A stream that never ends would keep the server from closing.
  app.addHook('preClose', async () => {
    for (const close of open) close()
  })

  app.get('/qa/events', { sse: 'only' }, (_request, reply) => {
    const { sse } = reply.headers(headers)
    let waiting = 0
    let last = Promise.resolve()
    const send = (event: BenchEvent) => {
      waiting++
      last = last
        .then(() => sse.send({ event: event.kind, data: event }))
        .then(
          () => void waiting--,
          () => sse.close(),
        )
      if (waiting > MOST_WAITING) sse.close()
    }
    reply.hijack()
    sse.keepAlive()
    sse.sendHeaders()
    // Who watches shall know at once that they do.
    reply.raw.flushHeaders()
    for (const event of timeline.recent()) send(event)
    const stop = timeline.subscribe(send)
    const unwatch = details.watch()
    const close = () => sse.close()
    open.add(close)
    sse.onClose(() => {
      open.delete(close)
      stop()
      unwatch()
    })
  })
}
