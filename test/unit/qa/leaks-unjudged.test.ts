// A target that gives nothing to judge by: one sentence that says which assumption failed.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { runLeaks } from '../../../src/qa/leaks/run-leaks.ts'
import type { Target } from '../../../src/qa/leaks/target.ts'
import { targetFrom } from '../../support/leaks.ts'

type Answer = readonly [status: number, body: string, headers?: Record<string, string>]

const COOKIE = { 'set-cookie': 'sid=0123456789abcdef; Path=/' }
const WELCOME: Answer = [200, '{"ok":true}', COOKIE]

describe('the leak finder cannot judge a target that', () => {
  it.each<readonly [string, { login: Answer; user: Answer }, string]>([
    [
      'says who one is elsewhere',
      { login: WELCOME, user: [200, '{"id":7,"data":{"user":"alice"}}'] },
      'whoami answered 200 but /username was missing for alice (it has /id /data/user); set whoami.owner.',
    ],
    [
      'says somebody whom nobody knows',
      { login: WELCOME, user: [200, '{"username":"Alice A."}'] },
      'whoami answered 200 for alice, and /username was another than whoami.is says; set whoami.is, or whoami.owner.',
    ],
    [
      'answers HTML',
      { login: WELCOME, user: [200, '<!doctype html><h1>Hello</h1>'] },
      'whoami answered 200 for alice with HTML, not JSON; set whoami.get to what answers JSON, or whoami.owner to { text: … }.',
    ],
    [
      'redirects to another origin',
      { login: WELCOME, user: [302, '', { location: 'https://sso.example.org/in?state=secret' }] },
      'whoami answered 302, a redirect to https://sso.example.org/in, for alice right after the sign-in; correct whoami.get or carry.',
    ],
    [
      'does not carry the sign-in',
      { login: WELCOME, user: [401, '{}'] },
      'whoami answered 401 for alice right after the sign-in, so the sign-in was not carried; correct carry or whoami.get.',
    ],
    [
      'sets no cookie',
      { login: [200, '{"access_token":"abc"}'], user: [401, '{}'] },
      'the sign-in POST /login answered 200 for alice but set no cookie (it has /access_token); set carry to { bearer: … } with where the token is.',
    ],
    [
      'refuses the password',
      { login: [401, '{}'], user: [401, '{}'] },
      "the sign-in POST /login answered 401 for alice; correct the user's fields, or what signIn sends.",
    ],
    [
      'has no such sign-in',
      { login: [404, ''], user: [401, '{}'] },
      'the sign-in POST /login answered 404 for alice; correct the path or method in signIn.',
    ],
    [
      'limits the rate',
      { login: [429, '', { 'retry-after': '30' }], user: [401, '{}'] },
      'the sign-in POST /login answered 429 for alice (Retry-After: 30 s): the target limits the rate; set rate, fewer users, or raise its limit for this test.',
    ],
    [
      'fails',
      { login: [500, ''], user: [401, '{}'] },
      'the sign-in POST /login answered 500 for alice; the target fails before anything can be judged.',
    ],
  ])('%s', async (_name, { login, user }, sentence) => {
    await using server = await startServer((request) => {
      if (request.method === 'POST') return login
      return request.headers.cookie === undefined ? [401, '{}'] : user
    })

    const { verdict } = await runLeaks({ target: await targetAt(server.url) })

    expect(verdict).toMatchObject({ outcome: 'unjudged', verified: 0 })
    expect(verdict.sentence).toBe(`COULD NOT JUDGE: ${sentence}`)
  })

  it('is down', async () => {
    const server = await startServer(() => WELCOME)
    await server[Symbol.asyncDispose]()

    const { verdict } = await runLeaks({ target: await targetAt(server.url) })

    expect(verdict.sentence).toBe(
      `COULD NOT JUDGE: ${server.url} did not answer whoami GET /user; start it, or correct target.`,
    )
  })

  it('limits the rate later on', async () => {
    let count = 0
    await using server = await startServer((request, body) => {
      if (++count > 60) return [429, '']
      return soundAnswer(request, body)
    })

    const { verdict } = await runLeaks({ target: await targetAt(server.url) })

    expect(verdict.outcome).toBe('unjudged')
    expect(verdict.sentence).toMatch(/the target limits the rate: 429 after \d+ answers; set rate/)
  })

  it('fails under load', async () => {
    let count = 0
    await using server = await startServer((request, body) => {
      if (++count > 60 && count % 4 === 0) return [503, '']
      return soundAnswer(request, body)
    })

    const { verdict } = await runLeaks({ target: await targetAt(server.url) })

    expect(verdict.outcome).toBe('unjudged')
    expect(verdict.sentence).toMatch(/\d+ of \d+ requests failed \(the first: .* answered 503\)/)
  })

  it('is another machine that nobody named, and sends it nothing', async () => {
    const target = await targetAt('http://192.0.2.7:5000')

    const { verdict, calls } = await runLeaks({ target })

    expect(calls).toEqual([])
    expect(verdict.sentence).toMatch(
      /^COULD NOT JUDGE: 192.0.2.7 is not this machine: name it in allowHosts/,
    )
  })
})

it('follows redirects within the target, judges a page by a pattern, and sends forms', async () => {
  await using server = await startServer((request, body) => {
    if (request.url === '/login') {
      const name = new URLSearchParams(body).get('user') ?? ''
      return [303, '', { location: '/home', 'set-cookie': `sid=session-of-${name}-1234; Path=/` }]
    }
    if (request.url === '/') return [302, '', { location: '/home' }]
    const [, name] = /sid=session-of-(\w+)-/.exec(request.headers.cookie ?? '') ?? []
    return name ? [200, `<p>Hello, <b>${name}</b>!`] : [302, '', { location: '/login.html' }]
  })
  const target = await targetFrom(`
target: ${server.url}
signIn: { post: /login, form: { user: "{name}", password: "{password}" } }
whoami: { get: /, owner: { text: "Hello, <b>(\\\\w+)" } }
users: [{ name: alice, password: a }, { name: bob, password: b }]
requests: 5
`)

  const { verdict } = await runLeaks({ target })

  expect(verdict.sentence).toMatch(/^CLEAN/)
  expect(verdict.verified).toBeGreaterThan(20)
})

async function targetAt(url: string): Promise<Target> {
  return targetFrom(`
target: ${url}
signIn: { post: /login, json: { username: "{name}", password: "{password}" } }
whoami: { get: /user, owner: /username }
users: [{ name: alice, password: a }, { name: bob, password: b }]
`)
}

const sessions: ReadonlyMap<string, string> = new Map([
  ['alice', 'alice-0123456789'],
  ['bob', 'bob-0123456789'],
])

function soundAnswer({ url, headers }: IncomingMessage, body = ''): Answer {
  if (url === '/login') {
    const name = body.includes('alice') ? 'alice' : 'bob'
    return [200, '{}', { 'set-cookie': `sid=${sessions.get(name)}` }]
  }
  const name = [...sessions].find(([, id]) => headers.cookie === `sid=${id}`)?.[0]
  return name ? [200, JSON.stringify({ username: name })] : [401, '{}']
}

async function startServer(answer: (request: IncomingMessage, body: string) => Answer) {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const [status, text, headers = {}] = answer(request, body)
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  }
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
