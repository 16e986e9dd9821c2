import { connect as connectTls } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { openHttpClient, rawExchange, rawRequest, send } from '../support/http.ts'
import { openRawUpstream } from '../support/raw-upstream.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

describe('a raw upstream', () => {
  it('waits for a whole request, by length or in chunks, before it answers the bytes it is told', async () => {
    await using upstream = await openRawUpstream(async (peer) => {
      for (;;) {
        await peer.request()
        await peer.send(OK)
      }
    })
    using client = openHttpClient(upstream.url)
    const chunked = { 'transfer-encoding': 'chunked' }

    const answers = [
      await client.send('/first'),
      await client.send('/second', { method: 'POST', body: 'x'.repeat(100_000) }),
      await client.send('/third', { method: 'POST', body: 'chunky', headers: chunked }),
      await client.send('/fourth'),
    ]

    expect(answers.map(({ text }) => text)).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(client.connections).toBe(1)
    const received = upstream.connections[0]?.received.toString() ?? ''
    expect(received).toMatch(/^GET \/first HTTP\/1\.1\r\n/)
    expect(received).toMatch(/\r\n6\r\nchunky\r\n0\r\n\r\nGET \/fourth/)
  })

  it('answers after the head alone, and takes the body later', async () => {
    const seen: string[] = []
    await using upstream = await openRawUpstream(async (peer) => {
      seen.push(await peer.head())
      await peer.send(OK)
      seen.push((await peer.request()).toString())
      peer.end()
    })

    const answer = await rawRequest(
      upstream.port,
      'POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbodyGET',
    )

    expect(answer.toString()).toBe(OK)
    expect(seen).toEqual(['POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n', 'body'])
  })

  it('pauses until told, and can send an answer that nobody asked for', async () => {
    await using upstream = await openRawUpstream(async (peer) => {
      await peer.request()
      await peer.send(OK)
      await peer.told('again')
      await peer.send(OK)
      peer.end()
    })

    const all = rawRequest(upstream.port, 'GET / HTTP/1.1\r\n\r\n')
    await upstream.connected(1)
    upstream.tell('again')

    expect((await all).toString()).toBe(OK + OK)
  })

  it('resets before the head, in the head and in the body', async () => {
    const stages = [
      '',
      'HTTP/1.1 200 OK\r\nContent-',
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf',
    ]
    await using upstream = await openRawUpstream(async (peer) => {
      await peer.head()
      await peer.send(stages[peer.index] ?? '')
      peer.reset()
    })

    for (const stage of stages) {
      const { received, reset } = await rawExchange(upstream.port, 'GET / HTTP/1.1\r\n\r\n')
      expect([received.toString(), reset]).toEqual([stage, true])
    }
    expect(upstream.connections).toHaveLength(3)
  })

  it('half-closes and still reads what arrives', async () => {
    await using upstream = await openRawUpstream(async (peer) => {
      await peer.head()
      await peer.send('HTTP/1.1 200 OK\r\n\r\nuntil the end')
      peer.halfClose()
      await peer.request()
      peer.end()
    })

    const answer = await rawRequest(
      upstream.port,
      `POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nlater`,
    )

    expect(answer.toString()).toMatch(/until the end$/)
    expect(upstream.connections[0]?.received.toString()).toMatch(/later$/)
  })

  it('floods with 1xx and drips byte for byte', async () => {
    await using upstream = await openRawUpstream(async (peer) => {
      await peer.request()
      await peer.send('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(50))
      await peer.drip(OK, 1)
    })

    const answer = await send(upstream.url, '/')

    expect(answer.informational).toEqual(Array.from({ length: 50 }, () => 103))
    expect(answer.text).toBe('ok')
  })

  it('counts the bytes that have come', async () => {
    await using upstream = await openRawUpstream(async (peer) => {
      await peer.bytes(10)
      peer.end()
    })

    await rawRequest(upstream.port, '0123456789')

    expect(upstream.connections[0]?.received.toString()).toBe('0123456789')
  })

  it('speaks TLS with a certificate that nobody trusts unless told to', async () => {
    await using upstream = await openRawUpstream(
      async (peer) => {
        await peer.request()
        await peer.send(OK)
        peer.reset()
      },
      { tls: true },
    )

    await expect(overTls(upstream.port)).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    })
    await expect(overTls(upstream.port, upstream.certificate?.cert)).resolves.toEqual({
      text: OK,
      reset: true,
    })
  })

  it('knows who has left and who has closed', async () => {
    await using upstream = await openRawUpstream(async (peer) => {
      await peer.request()
      await peer.send(OK)
    })
    const client = openHttpClient(upstream.url)
    await client.send('/')

    expect(upstream.connections[0]).toMatchObject({ ended: false, isClosed: false })
    client[Symbol.dispose]()
    await upstream.connections[0]?.closed

    expect(upstream.connections[0]).toMatchObject({ ended: true, isClosed: true })
  })

  it('forgives a script whose other side left, and tells of any other error', async () => {
    const forgiving = await openRawUpstream((peer) => peer.request())
    const broken = await openRawUpstream(async (peer) => {
      await peer.head()
      throw new Error('a mistake in the script')
    })
    const leaving = new AbortController()

    const left = send(forgiving.url, '/', {
      method: 'POST',
      headers: { 'content-length': '9' },
      body: 'half',
      signal: leaving.signal,
    })
    const failed = send(broken.url, '/')
    await forgiving.connected(1)
    leaving.abort()

    await expect(left).rejects.toThrow()
    await expect(failed).rejects.toThrow()
    await expect(forgiving[Symbol.asyncDispose]()).resolves.toBeUndefined()
    await expect(broken[Symbol.asyncDispose]()).rejects.toThrow('a mistake in the script')
  })
})

describe("the tests' HTTP client", () => {
  it('sends path, Host and headers exactly as told', async () => {
    await using upstream = await openRawUpstream(async (peer) => {
      await peer.request()
      await peer.send(OK)
    })
    const headers = ['X-One', 'a', 'x-one', 'b', 'Cookie', 'c=d', 'COOKIE', 'e=f']

    await send(upstream.url, '/a/../b//c%2f%zz?q=%20#', { headers, host: 'alice.localhost:3000' })
    await send(upstream.url, '/', { headers: ['Host', 'own', 'Accept', '*/*'] })

    const [first, second] = upstream.connections.map(({ received }) => received.toString())
    expect(first).toBe(
      [
        'GET /a/../b//c%2f%zz?q=%20# HTTP/1.1',
        'Host: alice.localhost:3000',
        'X-One: a',
        'x-one: b',
        'Cookie: c=d',
        'COOKIE: e=f',
        'Connection: close\r\n\r\n',
      ].join('\r\n'),
    )
    expect(second).toMatch(/^GET \/ HTTP\/1\.1\r\nHost: own\r\nAccept: \*\/\*\r\n/)
    expect(second?.match(/host/gi)).toHaveLength(1)
  })

  it('keeps headers and body of the answer as they came', async () => {
    await using upstream = await openRawUpstream(async (peer) => {
      await peer.request()
      await peer.send('HTTP/1.1 201 Fine\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 2\r\n\r\n\xff\x00')
    })

    const answer = await send(upstream.url, '/')

    expect(answer.status).toBe(201)
    expect(answer.rawHeaders).toEqual(['X-A', '1', 'x-a', '2', 'Content-Length', '2'])
    expect(answer.body).toEqual(Buffer.from([0xff, 0]))
  })
})

/** Everything that comes back for one GET, and whether a reset ended it. */
function overTls(port: number, ca?: string): Promise<{ text: string; reset: boolean }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ text: string; reset: boolean }>()
  const socket = connectTls({ port, host: '127.0.0.1', ...(ca ? { ca } : {}) })
  let text = ''
  let reset = false
  socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\r\n\r\n'))
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET') reject(error)
    reset = true
  })
  socket.on('close', () => resolve({ text, reset }))
  return promise
}
