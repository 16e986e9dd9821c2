// A target that is not what the file takes it for: the sentence says what is there.
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createNetServer, type Server } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { runLeaks } from '../../../src/qa/leaks/run-leaks.ts'
import type { Target } from '../../../src/qa/leaks/target.ts'
import { targetFrom } from '../../support/leaks.ts'
import { type Answer, startLittleServer } from '../../support/little-server.ts'
import { startTickingClock } from '../../support/ticking-clock.ts'

// A run may take the half minute that its target has.
vi.setConfig({ testTimeout: 90_000 })

const COOKIE = { 'set-cookie': 'sid=0123456789abcdef; Path=/' }
const HTML = { 'content-type': 'text/html; charset=utf-8' }

describe('the leak finder says of a target that', () => {
  it.each<readonly [string, string, Answer, RegExp]>([
    [
      'is the frontend',
      'cookies',
      [200, '<!doctype html><div id="root"></div>', HTML],
      /^the sign-in POST \/login answered 200 for alice with an HTML page and no cookie: is http:\S+ where the frontend is, not the service, or signIn another path\?$/,
    ],
    [
      'is the frontend, where a token is carried',
      '{ bearer: /token }',
      [200, '<html><div id="root"></div></html>'],
      /^the sign-in POST \/login answered 200 for alice with an HTML page: is http:\S+ where the frontend/,
    ],
    [
      'redirects to itself',
      'cookies',
      [302, '', { location: '/login?next=%2F' }],
      /^the sign-in POST \/login redirected alice again and again, at last to \/login: a loop; correct the path in signIn, or what it sends\.$/,
    ],
    [
      'redirects elsewhere',
      'cookies',
      [302, '', { location: 'https://sso.example.org/login' }],
      /^the sign-in POST \/login redirected alice to https:\/\/sso.example.org\/login; leaks follows redirects within/,
    ],
  ])('%s', async (_name, carry, answer, sentence) => {
    await using server = await startLittleServer(() => answer)

    expect(await whyNot(server.url, { carry })).toMatch(sentence)
  })

  it('redirects whoami to itself', async () => {
    await using server = await startLittleServer(({ method }) =>
      method === 'POST' ? [200, {}, COOKIE] : [302, '', { location: '/user' }],
    )

    expect(await whyNot(server.url)).toBe(
      'whoami redirected alice again and again, at last to /user: a loop; correct whoami.get or carry.',
    )
  })

  it.each(['HELLO\r\n\r\n', 'SSH-2.0-OpenSSH_9.9\r\n'])('speaks no HTTP: %j', async (greeting) => {
    const server = createNetServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end(greeting))
    })
    await using at = await listening(server)

    expect(await whyNot(at.url)).toMatch(
      /did not answer whoami GET \/user: it was reached, and what came back is not http; write https:\/\/ in the address, or correct its port\.$/,
    )
  })
})

describe('an answer that never ends', () => {
  it('is searched as far as it comes, and told of where nobody can judge it', async () => {
    await using service = await startStreams((name) => name)

    using time = startTickingClock()
    const run = await runLeaks({ target: await target(service.url, CHANGES), clock: time.clock })

    expect(run.verdict.sentence).toMatch(
      /^COULD NOT JUDGE: \d+ answers of GET \/events could not be searched whole: still without an end when the time for it was up; name paths whose answers end, and no streams of events\.$/,
    )
    const [first] = run.calls.filter(({ path, user }) => path === '/events' && user === 'alice')
    expect(first).toMatchObject({ status: 200, unread: 'open' })
  })

  it('is a leak where it is somebody else’s', async () => {
    await using service = await startStreams((_name, last) => last)

    using time = startTickingClock()
    const { verdict } = await runLeaks({
      target: await target(service.url, CHANGES),
      clock: time.clock,
    })

    expect(verdict.outcome).toBe('leak')
  })
})

const CHANGES = { reads: ['/events'], requests: 8 }

/** `/events` is a stream that stays open. */
async function startStreams(whose: (name: string, last: string) => string) {
  const names = ['alice', 'bob']
  let last = ''
  const server = createServer(async (request, response: ServerResponse) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const end = (status: number, text: object, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(JSON.stringify(text))
    }
    if (request.url === '/login') {
      last = (JSON.parse(body) as { username: string }).username
      return end(200, {}, { 'set-cookie': `sid=session-of-${names.indexOf(last)}; Path=/` })
    }
    const place = /session-of-(\d)/.exec(`${request.headers.cookie}`)?.[1]
    const name = place === undefined ? undefined : names[Number(place)]
    if (name === undefined) return end(401, {})
    if (request.url === '/user') return end(200, { username: name })
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`data: {"for":"${whose(name, last)}@x.test"}\n\n`)
  })
  const at = await listening(server)
  return {
    ...at,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await at[Symbol.asyncDispose]()
    },
  }
}

async function listening(server: Server) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function whyNot(url: string, { carry = 'cookies' } = {}): Promise<string> {
  const { verdict } = await runLeaks({ target: await target(url, {}, carry) })
  expect(verdict).toMatchObject({ outcome: 'unjudged', verified: 0 })
  return verdict.sentence.replace(/^COULD NOT JUDGE: /, '')
}

async function target(url: string, changes: Partial<Target>, carry = 'cookies'): Promise<Target> {
  const loaded = await targetFrom(`
target: ${url}
signIn: { post: /login, json: { username: "{name}", password: "{password}" } }
carry: ${carry}
whoami: { get: /user, owner: /username }
users: [{ name: alice, password: a, email: alice@x.test }, { name: bob, password: b, email: bob@x.test }]
`)
  return { ...loaded, ...changes }
}
