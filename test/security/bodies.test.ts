// Bodies cross byte for byte and as fast as the slower side takes them, and whoever leaves takes the
// other side along (threats 2.A 8, 9, 12, 32; 2.B 48, 50; I-5, I-9, H-13, H-19).
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { createMemoryStore } from '../../src/session/stores/memory.ts'
import { manualClock } from '../support/clock.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { seeded } from '../support/paths.ts'
import { patience } from '../support/promised.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'
import { readAnswers } from '../support/wire.ts'

const KIB = 1024
const MIB = 1024 * KIB
const SIZES = [
  0,
  1,
  5000,
  16 * KIB,
  16 * KIB + 1,
  64 * KIB - 1,
  64 * KIB,
  64 * KIB + 1,
  MIB,
  20 * MIB,
]
const HOST = 'Host: localhost:3000\r\n'
/** Plain ones take the short cut, the other the long way. */
const TARGETS = ['/api/x', '/api/x%2Fy']

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const noise = (() => {
  const random = seeded(1)
  const bytes = Buffer.alloc(20 * MIB)
  for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32LE(Math.floor(random() * 2 ** 32), i)
  return bytes
})()

let stack: AsyncDisposableStack
let upstream: TestUpstream
let gateway: TestGateway

beforeAll(async () => {
  stack = new AsyncDisposableStack()
  upstream = stack.use(await startUpstream({ keep: 50 }))
  gateway = stack.use(
    await startGateway({
      routes: [
        { prefix: '/api', upstream: upstream.url, auth: 'public' },
        { prefix: '/limited', upstream: upstream.url, auth: 'public', bodyLimit: 100_000 },
        { prefix: '/closed', upstream: upstream.url },
        { prefix: '/dead', upstream: 'http://127.0.0.1:1', auth: 'public' },
      ],
    }),
  )
})
afterAll(() => stack.disposeAsync())

describe('a body on its way up', { timeout: 60_000 }, () => {
  it.for(SIZES)(
    'CVE-2026-55603, CVE-2025-32996, I-5 of %i bytes arrives as it was sent, with a length or in chunks',
    async (size) => {
      const body = noise.subarray(0, size)
      const methods = size > MIB ? ['POST'] : ['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'OPTIONS']

      for (const method of methods) {
        for (const target of TARGETS) {
          for (const chunked of [false, true]) {
            const headers = chunked ? { 'transfer-encoding': 'chunked' } : {}
            const answer = await gateway.send(target, { method, headers, body })

            expect(answer.json(), `${method} ${target} ${chunked}`).toMatchObject({
              method,
              bodyBytes: size,
              bodySha256: sha256(body),
            })
          }
        }
      }
    },
  )

  it('CVE-2023-51701, CVE-2025-32442, CVE-2026-25223, CVE-2026-33806 is not judged by what it says it is', async () => {
    const types = [
      'application/json',
      'application/json ; charset',
      'application/json;charset=utf-8;',
      'APPLICATION/JSON\t; charset="x',
      'application/json, text/plain',
      'text/plain',
      'text/html;;;',
      ';;;',
      ';',
      '/',
      'a',
      '',
      'application/jsonx',
      'multipart/form-data',
      'multipart/form-data; boundary=',
      'constructor',
      '__proto__/toString',
      'application/x-www-form-urlencoded; charset=utf-7',
      '\xe9/\xff',
      'x'.repeat(5000),
    ]
    const bodies = ['{"a":', '{"__proto__":1}', '\0\x01\xff', 'a=b&a=c', '']

    for (const target of TARGETS) {
      for (const type of types) {
        for (const text of bodies) {
          const body = Buffer.from(text, 'latin1')
          const headers = [
            'Host',
            gateway.host,
            'Content-Type',
            type,
            'Content-Length',
            String(body.length),
          ]
          const answer = await gateway.send(target, { method: 'POST', headers, body })

          expect(answer.status, `${target} ${JSON.stringify(type)}`).toBe(200)
          expect(answer.json().bodySha256).toBe(sha256(body))
          const at = upstream.last.rawHeaders.indexOf('Content-Type')
          expect(upstream.last.rawHeaders[at + 1]).toBe(type)
        }
      }
    }
  })

  it('within the route’s limit passes, over it gets 413, by its length or when it turns out longer', async () => {
    const taken: number[] = []
    upstream.on('/sized', ({ body }, response) => {
      taken.push(body.length)
      response.end()
    })
    const requests = [100_000, 100_001, 5 * MIB].flatMap((size) => [
      post('/limited/sized', noise.subarray(0, size), false),
      post('/limited/sized', noise.subarray(0, size), true),
    ])

    const answers = await say([
      ...requests,
      post('/limited/sized', Buffer.alloc(1), false, 'close'),
    ])

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 413, 413, 413, 413, 200])
    for (const answer of answers.filter(({ status }) => status === 413)) {
      expect(JSON.parse(answer.body)).toMatchObject({
        code: 'too_large',
        status: 413,
        detail: 'At most 100000 bytes are taken here',
      })
      expect(answer.headers['coatcheck-problem']).toBe('too_large')
    }
    // None of those too large was ever whole upstream.
    expect(taken).toEqual([100_000, 100_000, 1])
  })

  it.for([
    ['answered early by the upstream', '/api/early', 200],
    ['refused for want of a session', '/closed/x', 401],
    ['for an upstream that is not there', '/dead/x', 502],
    ['too large', '/limited/x', 413],
    ['for nobody', '/nowhere', 404],
  ] as const)(
    'reply-from #481, H-13 of 10 MB, %s, leaves its connection good for the next request',
    async ([, target, status]) => {
      upstream.onHead('/early', (_request, response) => response.end('early'))

      for (const chunked of [false, true]) {
        const answers = await say([
          post(target, noise.subarray(0, 10 * MIB), chunked),
          Buffer.from(`GET /api/after HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`),
        ])

        expect(answers.map((answer) => answer.status)).toEqual([status, 200])
        expect(upstream.last.url).toBe('/after')
      }
    },
  )
})

describe('a body on its way down', { timeout: 60_000 }, () => {
  it.for(SIZES)(
    'CVE-2026-18149, I-5 of %i bytes arrives as it was sent, by length, in chunks or until the end',
    async (size) => {
      const body = noise.subarray(0, size)
      const ways: Record<string, Record<string, string>> = {
        length: { 'content-length': String(size) },
        chunks: { 'transfer-encoding': 'chunked' },
        end: { connection: 'close' },
      }

      for (const [way, headers] of Object.entries(ways)) {
        upstream.on('/down', (_request, response) => {
          if (way === 'end') {
            response.useChunkedEncodingByDefault = false
            response.shouldKeepAlive = false
          }
          response.writeHead(200, headers)
          response.end(body)
        })
        const answer = await gateway.send('/api/down')

        expect(answer.body.length, way).toBe(size)
        expect(sha256(answer.body), way).toBe(sha256(body))
        expect(answer.headers['content-length']).toBe(way === 'length' ? String(size) : undefined)
      }
    },
  )

  it('H-19 of HEAD, 204, 304 and 206 is framed right, with the headers as they came', async () => {
    const headers = { etag: '"a"', 'content-range': 'bytes 0-1/9', 'last-modified': 'yesterday' }
    const answering = (status: number, more: Record<string, string | number>, body?: string) =>
      upstream.on('/framed', (_request, response) => {
        response.writeHead(status, { ...headers, ...more })
        response.end(body)
      })

    answering(200, { 'content-length': 1234 })
    const head = await gateway.send('/api/framed', { method: 'HEAD' })
    answering(200, {})
    const openHead = await gateway.send('/api/framed', { method: 'HEAD' })
    answering(204, {})
    const none = await gateway.send('/api/framed')
    answering(304, {})
    const same = await gateway.send('/api/framed', { headers: { 'if-none-match': '"a"' } })
    answering(304, { 'content-length': 1234 })
    const sameLength = await gateway.send('/api/framed')
    answering(206, { 'content-length': 2 }, 'ok')
    const part = await gateway.send('/api/framed', {
      headers: { range: 'bytes=0-1', 'if-range': '"a"' },
    })

    expect(upstream.last.headers).toMatchObject({ range: 'bytes=0-1', 'if-range': '"a"' })
    const answers = [head, openHead, none, same, sameLength, part]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 204, 304, 304, 206])
    expect(answers.map(({ text }) => text)).toEqual(['', '', '', '', '', 'ok'])
    expect(head.headers['content-length']).toBe('1234')
    expect(none.headers).not.toHaveProperty('content-length')
    expect(none.headers).not.toHaveProperty('transfer-encoding')
    for (const answer of answers) expect(answer.headers).toMatchObject(headers)
  })

  it('H-19 nothing follows a head that stands alone but the next answer', async () => {
    upstream.on('/alone', ({ headers: { 'x-status': status } }, response) => {
      response.writeHead(Number(status), { 'content-length': status === '204' ? 0 : 5 })
      response.end(status === '200' ? 'whole' : undefined)
    })
    const ask = (method: string, status: number) =>
      Buffer.from(
        `${method} /api/alone HTTP/1.1\r\n${HOST}X-Status: ${status}\r\n` +
          `Connection: ${method === 'GET' && status === 200 ? 'close' : 'keep-alive'}\r\n\r\n`,
      )
    const socket = connect(gateway.port, '127.0.0.1')
    socket.write(
      Buffer.concat([ask('HEAD', 200), ask('GET', 304), ask('GET', 204), ask('GET', 200)]),
    )

    const heads = (await buffer(socket)).toString().split('\r\n\r\n')

    expect(heads.map((head) => head.slice(0, 12))).toEqual([
      'HTTP/1.1 200',
      'HTTP/1.1 304',
      'HTTP/1.1 204',
      'HTTP/1.1 200',
      'whole',
    ])
    // RFC 9110, 8.6: a 204 has no length, not even none.
    expect(heads[2]).not.toMatch(/content-length/i)
  })

  it('CVE-2026-22036, CVE-2026-1526 is never decoded, whatever it says it is coded with', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MIB))
    const before = process.memoryUsage().rss

    for (const encoding of ['gzip', 'br', Array(2000).fill('gzip').join(', ')]) {
      upstream.on('/coded', (_request, response) => {
        response.writeHead(200, { 'content-encoding': encoding, 'content-length': bomb.length })
        response.end(bomb)
      })
      const answer = await gateway.send('/api/coded', { headers: { 'accept-encoding': 'gzip' } })

      expect(answer.headers['content-encoding']).toBe(encoding)
      expect(sha256(answer.body)).toBe(sha256(bomb))
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * MIB)
  })

  it('comes piece by piece as it is written, its head before any of it', async () => {
    const responses: ServerResponse[] = []
    upstream.on('/pieces', (_request, response) => {
      responses.push(response)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
    })
    const incoming = await open('/api/pieces')

    for (const piece of ['data: 1\n\n', 'data: 2\n\n']) {
      const arrived = once(incoming, 'data')
      responses[0]?.write(piece)
      expect(String(await arrived)).toBe(piece)
    }
    responses[0]?.end()
    await once(incoming, 'end')
  })

  it('leaves its trailers behind: they are never headers', async () => {
    upstream.on('/trailers', (_request, response) => {
      response.writeHead(200, { trailer: 'Set-Cookie, X-Late', 'transfer-encoding': 'chunked' })
      response.write('ok')
      response.addTrailers({ 'Set-Cookie': 'a=b', 'X-Late': '1', Authorization: 'Bearer x' })
      response.end()
    })

    const answer = await gateway.send('/api/trailers')

    expect(answer.text).toBe('ok')
    for (const name of ['set-cookie', 'x-late', 'authorization', 'trailer']) {
      expect(answer.headers).not.toHaveProperty(name)
    }
  })
})

describe('whoever is slow', { timeout: 60_000 }, () => {
  const TOTAL = 100 * MIB
  /** What the kernel's buffers on the way can hold at most, with room. */
  const HELD = 48 * MIB

  it('to read an answer holds up the upstream, not the gateway’s memory', async () => {
    let sent = 0
    upstream.onHead('/much', async (_request, response) => {
      for (; sent < TOTAL && !response.destroyed; sent += MIB) {
        if (!response.write(noise.subarray(0, MIB))) await once(response, 'drain')
      }
      response.end()
    })
    const incoming = await open('/api/much')

    const held = await settled(() => sent)
    let received = 0
    for await (const chunk of incoming) received += chunk.length

    expect(held).toBeLessThan(HELD)
    expect(received).toBe(TOTAL)
  })

  it('to read a body holds up the browser, not the gateway’s memory', async () => {
    const taken = Promise.withResolvers<IncomingMessage>()
    upstream.onHead('/slow', (request) => taken.resolve(request))
    const outgoing = httpRequest({
      host: '127.0.0.1',
      port: gateway.port,
      path: '/api/slow',
      method: 'POST',
      headers: { host: gateway.host },
    })
    stack.defer(() => void outgoing.destroy())
    outgoing.on('error', () => undefined)
    let sent = 0
    const writing = (async () => {
      for (; sent < TOTAL; sent += MIB) {
        if (!outgoing.write(noise.subarray(0, MIB))) await once(outgoing, 'drain')
      }
      outgoing.end()
    })()

    const request = await taken.promise
    const held = await settled(() => sent)
    const hash = createHash('sha256')
    let received = 0
    for await (const chunk of request) {
      received += chunk.length
      hash.update(chunk)
    }
    await writing

    expect(held).toBeLessThan(HELD)
    expect(received).toBe(TOTAL)
    const whole = createHash('sha256')
    for (let i = 0; i < TOTAL; i += MIB) whole.update(noise.subarray(0, MIB))
    expect(hash.digest('hex')).toBe(whole.digest('hex'))
    outgoing.destroy()
  })
})

describe('an upload that stands still', { timeout: 60_000 }, () => {
  async function startTimed() {
    const clock = manualClock()
    const own = await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url, auth: 'public' }],
      options: { clock },
    })
    return { clock, own, [Symbol.asyncDispose]: () => own.close() }
  }

  it.for([
    ['kept', 1000, 0],
    ['passed on as it comes', 1_000_000, 1],
  ] as const)(
    'because the browser sends no more, is left with a 408 after the response timeout (%s)',
    async ([, length, share]) => {
      await using all = await startTimed()
      let passedOn = 0
      const forget = upstream.onHead('/starved', (incoming) => {
        incoming.on('error', () => undefined)
        incoming.on('data', (chunk: Buffer) => {
          passedOn += chunk.length
        })
      })
      const socket = connect(all.own.port, '127.0.0.1')
      const received = buffer(socket)
      const [accepted] = (await once(all.own.app.server, 'connection')) as [Socket]
      let sent = 0
      const write = async (head: string, body: string) => {
        sent += body.length
        socket.write(head + body)
        const due = sent * share
        await until(() => accepted.bytesRead === socket.bytesWritten && passedOn === due)
      }
      await write(`POST /api/starved HTTP/1.1\r\n${HOST}Content-Length: ${length}\r\n\r\n`, 'some')

      all.clock.advance(24_000)
      await write('', 'more')
      all.clock.advance(24_000)
      const early = socket.bytesRead
      all.clock.advance(2000)
      const [answer] = readAnswers(await received)
      forget()

      expect(early).toBe(0)
      expect(answer).toMatchObject({ status: 408, headers: { 'coatcheck-problem': 'bad_request' } })
    },
  )

  it('because the upstream takes no more is a 504', async () => {
    await using all = await startTimed()
    const taken = Promise.withResolvers<void>()
    upstream.onHead('/full', (request) => {
      request.on('error', () => undefined)
      taken.resolve()
    })
    const socket = connect(all.own.port, '127.0.0.1')
    stack.defer(() => void socket.destroy())
    socket.write(`POST /api/full HTTP/1.1\r\n${HOST}Content-Length: ${100 * MIB}\r\n\r\n`)
    for (let i = 0; i < 100; i++) socket.write(noise.subarray(0, MIB))
    await taken.promise
    await settled(() => socket.bytesWritten - socket.writableLength)

    all.clock.advance(26_000)
    const [answer] = await once(socket, 'data')
    socket.destroy()

    expect(String(answer)).toMatch(/^HTTP\/1\.1 504 /)
  })
})

describe('whoever leaves', { timeout: 60_000 }, () => {
  it('before the upstream has answered takes the request upstream along within a second', async () => {
    const mark = gateway.log.length
    const arrived = Promise.withResolvers<ServerResponse>()
    upstream.onHead('/never', (_request, response) => arrived.resolve(response))
    const socket = connect(gateway.port, '127.0.0.1')
    socket.write(`GET /api/never HTTP/1.1\r\n${HOST}\r\n`)
    const response = await arrived.promise

    const left = performance.now()
    socket.destroy()
    await once(response, 'close')

    expect(performance.now() - left).toBeLessThan(patience(1000))
    await untilLogged('"cut":"CLIENT_GONE"', mark)
    expect(denied(mark)).toEqual([])
  })

  it('in the middle of an upload ends it upstream, and it does not count as the upstream’s failure', async () => {
    const mark = gateway.log.length
    const arrived = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<boolean>()
    upstream.onHead('/upload', (request) => {
      request.on('error', () => undefined)
      request.on('close', () => ended.resolve(request.complete))
      request.once('data', () => arrived.resolve())
    })
    const socket = connect(gateway.port, '127.0.0.1')
    socket.write(`POST /api/upload HTTP/1.1\r\n${HOST}Content-Length: 1000000\r\n\r\nsome`)
    await arrived.promise

    socket.destroy()

    expect(await ended.promise).toBe(false)
    await untilLogged('"cut":"CLIENT_GONE"', mark)
    expect(denied(mark)).toEqual([])
  })

  it('while the upstream waits for them to read ends its answer', async () => {
    const arrived = Promise.withResolvers<ServerResponse>()
    upstream.onHead('/endless', (_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(noise.subarray(0, MIB)));
      }
      response.on('drain', more)
      more()
      arrived.resolve(response)
    })
    const incoming = await open('/api/endless')
    const response = await arrived.promise

    incoming.destroy()
    await once(response, 'close')

    expect(response.writableFinished).toBe(false)
  })

  it('while it is still decided who they are never reaches the upstream', async () => {
    const memory = createMemoryStore({ clock: systemClock, random: systemRandom })
    const asked = Promise.withResolvers<void>()
    const answers = Promise.withResolvers<void>()
    let slow = false
    const store: SessionStore = {
      ...memory,
      get: async (key) => {
        if (slow) {
          asked.resolve()
          await answers.promise
        }
        return memory.get(key)
      },
    }
    await using own = await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url }],
      nearCache: { sessions: 0 },
      options: { store },
    })
    const ada = await own.signIn('ada')
    slow = true
    const before = await connectionsOf(own)
    const socket = connect(own.port, '127.0.0.1')
    socket.write(
      `GET /api/gone HTTP/1.1\r\n${HOST}Cookie: ${ada.cookie}\r\nSec-Fetch-Site: same-origin\r\n\r\n`,
    )
    await asked.promise

    socket.destroy()
    await until(async () => (await connectionsOf(own)) === before)
    answers.resolve()
    await until(() => own.log.some((line) => line.includes('"cut":"CLIENT_GONE"')))

    expect(upstream.requests.some(({ url }) => url === '/gone')).toBe(false)
  })

  it('CVE-2026-2581, CVE-2024-24750, I-9 four hundred times at any moment leaves no connection behind', async () => {
    const before = await connectionsOf(gateway)
    let open = 0
    upstream.onHead('/some', (_request, response) => {
      open++
      response.on('close', () => open--)
      response.write(noise.subarray(0, 300 * KIB))
    })
    const random = seeded(7)
    const leave = async () => {
      const socket = connect(gateway.port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(`GET /api/some HTTP/1.1\r\n${HOST}\r\n`)
      const after = Math.floor(random() * 400 * KIB)
      let read = 0
      if (after > 20 * KIB) {
        for await (const chunk of socket) {
          read += chunk.length
          if (read >= Math.min(after, 250 * KIB)) break
        }
      } else if (after > 10 * KIB) await once(socket, 'connect')
      socket.destroy()
    }

    for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 20 }, leave))
    await until(async () => open === 0 && (await connectionsOf(gateway)) <= before)

    expect((await gateway.send('/api/still')).status).toBe(200)
  })
})

function post(target: string, body: Buffer, chunked: boolean, connection = 'keep-alive'): Buffer {
  const head = `POST ${target} HTTP/1.1\r\n${HOST}Connection: ${connection}\r\n`
  if (!chunked) {
    return Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`), body])
  }
  const chunks: Buffer[] = [Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`)]
  for (let at = 0; at < body.length; at += 16 * KIB) {
    const chunk = body.subarray(at, at + 16 * KIB)
    chunks.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'))
  }
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')])
}

/** The answers to everything that is sent over one connection, until it is closed. */
async function say(requests: readonly Buffer[]) {
  const socket = connect(gateway.port, '127.0.0.1')
  stack.defer(() => void socket.destroy())
  for (const bytes of requests) socket.write(bytes)
  return readAnswers(await buffer(socket))
}

/** The answer's head; its body is left where it is. */
async function open(path: string): Promise<IncomingMessage> {
  const headers = { host: gateway.host }
  const outgoing = httpRequest({ host: '127.0.0.1', port: gateway.port, path, headers })
  outgoing.on('error', () => undefined)
  outgoing.end()
  const [incoming] = await once(outgoing, 'response')
  incoming.on('error', () => undefined)
  stack.defer(() => void incoming.destroy())
  return incoming
}

/** Where a number has come to rest. Nothing tells of what does not happen any more, so this looks for a while. */
async function settled(read: () => number): Promise<number> {
  for (let last = -1, quiet = 0; ; quiet++) {
    if (read() !== last) quiet = 0
    last = read()
    if (quiet === 15) return last
    await delay(20)
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(5)
}

function connectionsOf({ app }: TestGateway): Promise<number> {
  return new Promise((resolve, reject) => {
    app.server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  })
}

/** The denials since `mark` lines of log. */
const denied = (mark: number) =>
  gateway.log.slice(mark).filter((line) => line.includes('"event":"denied"'))

const untilLogged = (text: string, mark: number) =>
  until(() => gateway.log.slice(mark).some((line) => line.includes(text)))
