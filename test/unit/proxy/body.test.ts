import type { EventEmitter } from 'node:events'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { collectBody, type Patience, streamBody } from '../../../src/proxy/body.ts'
import { createIdleWatch } from '../../../src/proxy/idle-watch.ts'
import { manualClock } from '../../support/clock.ts'

function request() {
  return new IncomingMessage(new Socket())
}

/** As the parser does it. */
function push(req: IncomingMessage, pieces: readonly string[]) {
  for (const piece of pieces) req.push(Buffer.from(piece))
  req.complete = true
  req.push(null)
}

const closing = (stream: EventEmitter) =>
  new Promise<void>((resolve) => stream.on('close', resolve))

function patience(): Patience & { clock: ReturnType<typeof manualClock>; given: number } {
  const clock = manualClock()
  const idleWatch = createIdleWatch(clock)
  return {
    clock,
    idleWatch,
    limitMs: 1000,
    given: 0,
    stalled() {
      this.given++
    },
  }
}

describe('a small body', () => {
  it('is handed over once, whole, and is watched no longer', async () => {
    const req = request()
    const waiting = patience()
    const { promise, resolve } = Promise.withResolvers<Buffer>()
    collectBody(req, 5, waiting, resolve)

    push(req, ['a', 'bc', 'de'])

    expect((await promise).toString()).toBe('abcde')
    expect(waiting.idleWatch.size).toBe(0)
  })

  it('that never comes is given up once, and is not handed over after all', async () => {
    const req = request()
    const waiting = patience()
    let stalled = 0
    let done = 0
    collectBody(req, 2, { ...waiting, stalled: () => stalled++ }, () => done++)

    waiting.clock.advance(3000)
    push(req, ['ok'])
    await closing(req)

    expect([stalled, done]).toEqual([1, 0])
  })

  it('of a browser that left is neither', async () => {
    const req = request()
    const waiting = patience()
    let calls = 0
    collectBody(req, 2, { ...waiting, stalled: () => calls++ }, () => calls++)

    req.destroy()
    await closing(req)
    waiting.clock.advance(3000)

    expect([calls, waiting.idleWatch.size]).toEqual([0, 0])
  })
})

describe('a body passed on as it comes', () => {
  it('is the same bytes', async () => {
    const req = request()
    const body = streamBody(req, 5, () => expect.unreachable())

    push(req, ['a', 'bc', 'de'])

    expect((await buffer(body)).toString()).toBe('abcde')
  })

  it('says once that it is too long, and gives nothing of what is', async () => {
    const req = request()
    let exceeded = 0
    const body = streamBody(req, 3, () => {
      exceeded++
      body.destroy()
    })
    const received: string[] = []
    body.on('data', (chunk) => received.push(String(chunk)))

    req.push(Buffer.from('abc'))
    req.push(Buffer.from('d'))
    await new Promise((resolve) => setImmediate(resolve))
    req.push(Buffer.from('e'))
    await new Promise((resolve) => setImmediate(resolve))

    expect(received.join('')).toBe('abc')
    expect(exceeded).toBe(1)
  })

  it('that nobody reads harms nobody when the browser leaves', async () => {
    const req = request()
    const body = streamBody(req, undefined, () => undefined)

    req.destroy()
    await closing(body)

    expect(body.errored).toBeInstanceOf(Error)
  })

  it('thrown away lets go of the request, whose bytes may still be read by others', async () => {
    const req = request()
    const body = streamBody(req, undefined, () => undefined)

    body.destroy()
    await closing(body)
    push(req, ['rest'])

    expect((await buffer(req)).toString()).toBe('rest')
  })
})
