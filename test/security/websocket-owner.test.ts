// A WebSocket that an upstream opens for somebody else is opened for nobody, as any other answer would be stopped.
import { describe, expect, it } from 'vitest'
import type { OwnerConfig } from '../../src/config/config.ts'
import type { LeakSeen } from '../../src/proxy/observe.ts'
import { startGateway } from '../support/gateway.ts'
import { openWebSocket } from '../support/live-client.ts'
import { type LiveUpstreamOptions, startLiveUpstream } from '../support/live-upstream.ts'
import { startUpstream } from '../support/upstream.ts'

const BY_HEADER: OwnerConfig = { header: 'x-owner', is: 'sub', on: 'refuse' }
const BY_FIELD: OwnerConfig = { field: '/owner', is: 'sub', on: 'refuse' }

async function start(owner: OwnerConfig, up: LiveUpstreamOptions) {
  const stack = new AsyncDisposableStack()
  const people = stack.use(await startUpstream())
  const upstream = stack.use(await startLiveUpstream({ people, ...up }))
  const gateway = stack.use(
    await startGateway({
      signInAt: people.url,
      routes: [{ prefix: '/api', upstream: upstream.url, owner }],
    }),
  )
  const leaks: LeakSeen[] = []
  gateway.app.coatcheck.observers.add({ bodyBytes: 0, leak: (leak) => leaks.push(leak) })
  return {
    upstream,
    gateway,
    leaks,
    async open(name: string) {
      const { cookie } = await gateway.signIn(name)
      return openWebSocket({ port: gateway.port, cookie })
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** A handshake that is answered as any other request. */
function answered(status: number, headers: readonly string[], body: string): LiveUpstreamOptions {
  const head = [`HTTP/1.1 ${status} X`, ...headers, `Content-Length: ${Buffer.byteLength(body)}`]
  return {
    onHandshake(_request, socket) {
      socket.end(`${head.join('\r\n')}\r\nConnection: close\r\n\r\n${body}`)
      return true
    },
  }
}

const JSON_OF_BOB = '{"owner":"bob","secret":"only-for-bob"}'

describe('a route whose answers say whose they are in a header', () => {
  it('opens a WebSocket that says it is the asker’s, or says nothing', async () => {
    for (const headers of [['X-Owner: ada'], []]) {
      await using it = await start(BY_HEADER, { headers })
      using client = await it.open('ada')

      expect(await client.opened).toBe('open')
      expect(it.leaks).toEqual([])
    }
  })

  it.each([
    ['somebody who is signed in', true],
    ['somebody whom nobody knows', false],
  ])('opens none that says it is of %s', async (_, isKnown) => {
    await using it = await start(BY_HEADER, { headers: ['X-Owner: bob'] })
    if (isKnown) await it.gateway.signIn('bob')
    using client = await it.open('ada')

    expect(await client.opened).toMatchObject({ status: 500, code: 'leak_prevented' })
    expect(client.messages).toEqual([])
    expect(it.leaks).toMatchObject([{ seen: 'header', stopped: true }])
    await expect.poll(() => it.upstream.open).toBe(0)
  })

  it('passes nothing of another answer that says it is somebody else’s', async () => {
    const up = answered(200, ['X-Owner: bob', 'Content-Type: application/json'], JSON_OF_BOB)
    await using it = await start(BY_HEADER, up)
    using client = await it.open('ada')

    const refusal = await client.opened

    expect(refusal).toMatchObject({ status: 500, code: 'leak_prevented' })
    expect(JSON.stringify(refusal)).not.toContain('only-for-bob')
  })
})

describe('a route whose answers say whose they are in their body', () => {
  it('passes no such body to who asked for a WebSocket, and opens what has none', async () => {
    const up = answered(403, ['X-Why: full', 'Content-Type: application/json'], JSON_OF_BOB)
    await using refusing = await start(BY_FIELD, up)
    await using opening = await start(BY_FIELD, {})
    using refused = await refusing.open('ada')
    using opened = await opening.open('ada')

    expect(await refused.opened).toMatchObject({
      status: 403,
      headers: { 'x-why': 'full' },
      body: '',
    })
    expect(await opened.opened).toBe('open')
  })
})
