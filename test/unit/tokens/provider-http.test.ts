import { inspect } from 'node:util'
import { Agent } from 'undici'
import { describe, expect, it } from 'vitest'
import type { PasswordProviderConfig } from '../../../src/config/config.ts'
import { manualClock } from '../../support/clock.ts'
import type { Peer } from '../../support/raw-peer.ts'
import { openRawUpstream } from '../../support/raw-upstream.ts'
import { jwt, mentorship, providerOf, tokenSet, withClaims } from './password-setting.ts'

const access = jwt({ identity: 7, exp: Date.UTC(2030, 0, 2) / 1000 })
const fields = { username: 'ada', password: 'correct horse' }

const head = (length: number, status = '200 OK') =>
  `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`
const whole = (body: string, status?: string) => head(Buffer.byteLength(body), status) + body
const signedIn = whole(JSON.stringify({ access_token: access }))

/** A provider whose upstream acts out `script` on every connection; its dispatcher goes when the test does. */
async function setUp(
  script: (peer: Peer) => Promise<unknown>,
  change: (config: PasswordProviderConfig) => PasswordProviderConfig = withClaims,
) {
  const upstream = await openRawUpstream(script)
  const opened = openAgent()
  const clock = manualClock()
  return {
    ...providerOf(opened.dispatcher, change(mentorship(upstream.url)), clock),
    clock,
    upstream,
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

function openAgent(options?: Agent.Options) {
  const dispatcher = new Agent(options)
  return { dispatcher, [Symbol.asyncDispose]: () => dispatcher.destroy() }
}

describe('the time limit', () => {
  it('ends a sign-in whose upstream never answers, and its connection', async () => {
    const asked = Promise.withResolvers<void>()
    await using it = await setUp(async (peer) => {
      await peer.request()
      asked.resolve()
    })
    const outcome = it.signIn(fields)
    await asked.promise

    it.clock.advance(19_999)
    await new Promise(setImmediate)
    it.clock.advance(1)

    expect(await outcome).toMatchObject({
      kind: 'unreachable',
      timedOut: true,
      cause: new Error('no answer within 20000 ms'),
    })
    await it.upstream.connections[0]?.closed
  })

  it('ends one whose upstream stops in the middle of its answer', async () => {
    const sent = Promise.withResolvers<void>()
    await using it = await setUp(async (peer) => {
      await peer.request()
      await peer.send(signedIn.slice(0, -1))
      sent.resolve()
    })
    const outcome = it.signIn(fields)
    await sent.promise

    it.clock.advance(20_000)

    expect(await outcome).toMatchObject({ kind: 'unreachable', timedOut: true })
    await it.upstream.connections[0]?.closed
  })

  it('ends one whose connection never comes about', async () => {
    await using opened = openAgent({ connect: () => {} })
    const { dispatcher } = opened
    const { clock, signIn } = providerOf(dispatcher, mentorship())
    const outcome = signIn(fields)

    clock.advance(20_000)

    expect(await outcome).toMatchObject({ kind: 'unreachable', timedOut: true })
  })

  it('is one for the sign-in and its identity call', async () => {
    const signingIn = Promise.withResolvers<void>()
    const identifying = Promise.withResolvers<void>()
    // The pool may open a second connection for the second call.
    const act = async (peer: Peer): Promise<void> => {
      const request = await peer.request()
      if (request.includes('GET /user')) return identifying.resolve()
      signingIn.resolve()
      await peer.told('answer')
      await peer.send(signedIn)
      await act(peer)
    }
    await using it = await setUp(act, (config) => config)
    const outcome = it.signIn(fields)
    await signingIn.promise
    it.clock.advance(15_000)
    it.upstream.tell('answer')
    await identifying.promise

    it.clock.advance(5_000)

    expect(await outcome).toMatchObject({ kind: 'unreachable', timedOut: true })
  })

  it('of a refresh is the same', async () => {
    const asked = Promise.withResolvers<void>()
    await using it = await setUp(async (peer) => {
      await peer.request()
      asked.resolve()
    })
    const outcome = it.refresh(tokenSet({ refresh: 'r' }))
    await asked.promise

    it.clock.advance(20_000)

    expect(await outcome).toMatchObject({ kind: 'unreachable' })
  })

  it('of a revocation is five seconds', async () => {
    const asked = Promise.withResolvers<void>()
    await using it = await setUp(
      async (peer) => {
        await peer.request()
        asked.resolve()
      },
      (config) => ({ ...config, revoke: { url: config.signIn.url, bearer: 'access' } }),
    )
    const outcome = it.revoke(tokenSet({}))
    await asked.promise

    it.clock.advance(5_000)

    await expect(outcome).resolves.toBeUndefined()
    await it.upstream.connections[0]?.closed
  })
})

describe('a caller that gives up', () => {
  it('ends the call and its connection, and that is no time-out', async () => {
    const asked = Promise.withResolvers<void>()
    await using it = await setUp(async (peer) => {
      await peer.request()
      asked.resolve()
    })
    const left = new AbortController()
    const outcome = it.signIn(fields, '192.0.2.7', left.signal)
    await asked.promise

    left.abort(new Error('the browser left'))

    expect(await outcome).toMatchObject({
      kind: 'unreachable',
      timedOut: false,
      cause: new Error('the browser left'),
    })
    await it.upstream.connections[0]?.closed
  })

  it('beforehand reaches nobody', async () => {
    await using it = await setUp(async () => {})

    expect(await it.signIn(fields, '192.0.2.7', AbortSignal.abort())).toMatchObject({
      kind: 'unreachable',
      timedOut: false,
    })
    expect(it.upstream.connections).toHaveLength(0)
  })
})

describe('an upstream', () => {
  it('that sends without end is cut off after 256 KiB', async () => {
    await using it = await setUp(async (peer) => {
      await peer.request()
      await peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
      for (;;) await peer.send(chunk)
    })

    expect(await it.signIn(fields)).toMatchObject({
      kind: 'unreadable',
      hint: expect.stringContaining('256 KiB'),
    })
    await it.upstream.connections[0]?.closed
  })

  it.each([
    ['resets before it answers', async (peer: Peer) => peer.reset()],
    [
      'resets in its answer',
      async (peer: Peer) => {
        await peer.send(signedIn.slice(0, -5))
        peer.reset()
      },
    ],
    [
      'closes before the length it promised',
      async (peer: Peer) => {
        await peer.send(head(500) + JSON.stringify({ access_token: access }))
        peer.end()
      },
    ],
    ['closes without a word', async (peer: Peer) => peer.end()],
    ['speaks no HTTP', async (peer: Peer) => peer.send(`{"access_token":"${access}"}\r\n\r\n`)],
    [
      'sends a broken header beside its token',
      async (peer: Peer) =>
        peer.send(`HTTP/1.1 200 OK\r\nX-Token: ${access}\r\nbroken\0: 1\r\n\r\n`),
    ],
    [
      'sends both lengths',
      async (peer: Peer) =>
        peer.send(
          `HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
        ),
    ],
  ])('that %s is unreachable, and what it sent is not shown', async (_, act) => {
    await using it = await setUp(async (peer) => {
      await peer.request()
      await act(peer)
    })

    const outcome = await it.signIn(fields)

    expect(outcome).toMatchObject({ kind: 'unreachable', timedOut: false })
    expect(inspect(outcome, { depth: 10, showHidden: true })).not.toContain(access.slice(40, 60))
  })

  it('that sends an answer nobody asked for gives it to nobody', async () => {
    const other = whole(JSON.stringify({ access_token: jwt({ identity: 666 }) }))
    await using it = await setUp(async (peer) => {
      await peer.request()
      await peer.send(peer.index === 0 ? signedIn + other : signedIn)
      await peer.request()
      await peer.send(signedIn)
    })

    const outcomes = []
    for (let i = 0; i < 3; i++) outcomes.push(await it.signIn(fields))

    const subs = outcomes.map((outcome) => outcome.kind === 'signed_in' && outcome.identity.sub)
    expect(subs).not.toContain('666')
  })

  it('that nobody certified is not told the password', async () => {
    await using upstream = await openRawUpstream(async () => {}, { tls: true })
    await using opened = openAgent()
    const { signIn } = providerOf(opened.dispatcher, mentorship(upstream.url))

    expect(await signIn(fields)).toMatchObject({
      kind: 'unreachable',
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    })
    expect(upstream.connections).toHaveLength(0)
  })

  it('that answers before it was asked everything is heard', async () => {
    await using it = await setUp(async (peer) => {
      await peer.head()
      await peer.send(whole('{"message":"No."}', '401 Unauthorized'))
    })

    expect(await it.signIn({ ...fields, much: 'x'.repeat(1_000_000) })).toMatchObject({
      kind: 'refused',
      message: 'No.',
    })
  })
})
