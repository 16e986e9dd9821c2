// A target that gives nothing to judge by: one sentence that says which assumption failed.
import type { IncomingMessage } from 'node:http'
import { describe, expect, it, vi } from 'vitest'
import { runLeaks } from '../../../src/qa/leaks/run-leaks.ts'
import type { Target } from '../../../src/qa/leaks/target.ts'
import { createCertificate } from '../../support/certificate.ts'
import { freePort } from '../../support/free-port.ts'
import { targetFrom } from '../../support/leaks.ts'
import { type Answer, startLittleServer } from '../../support/little-server.ts'

// A run may take the half minute that its target has.
vi.setConfig({ testTimeout: 90_000 })

const COOKIE = { 'set-cookie': 'sid=0123456789abcdef; Path=/' }
const TO_LOGIN = { location: 'https://sso.example.org/login' }
const WELCOME: Answer = [200, '{"ok":true}', COOKIE]

describe('the leak finder cannot judge a target that', () => {
  it.each<readonly [string, { login: Answer; user: Answer }, string | RegExp]>([
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
    [
      'wants a CSRF token',
      { login: [403, '{"message":"invalid csrf token"}'], user: [401, '{}'] },
      'the sign-in POST /login answered 403 for alice: it wants a CSRF token of a page that it served before; set signIn.page to that page, and "{page:NAME}" in place of the token ("coatcheck qa init" finds both).',
    ],
    [
      'is a gateway that wants a header',
      { login: [403, '{}', { 'coatcheck-problem': 'csrf_refused' }], user: [401, '{}'] },
      'the sign-in POST /login answered 403 for alice, csrf_refused: this gateway wants a header with it; set signIn.headers to { X-CSRF: "1" }.',
    ],
    [
      'wants a second factor',
      { login: [200, '{"mfa_required":true,"ticket":"abc"}'], user: [401, '{}'] },
      'the sign-in POST /login answered 200 for alice and wants a second factor, which leaks cannot give; use users without one.',
    ],
    [
      'wants a second factor of whoever has a cookie',
      { login: [200, '{"next":"totp"}', COOKIE], user: [403, '{}'] },
      'the sign-in POST /login answered 200 for alice and wants a second factor, which leaks cannot give; use users without one.',
    ],
    [
      'has letters of a second factor in a token',
      { login: [200, '{"t":"a9otp-xyz","u":"otpqr"}'], user: [401, '{}'] },
      'the sign-in POST /login answered 200 for alice but set no cookie (it has /t /u); set carry to { bearer: … } with where the token is.',
    ],
    [
      'has no second factor, and sets no cookie',
      { login: [200, '{"mfa_enabled":false}'], user: [401, '{}'] },
      'the sign-in POST /login answered 200 for alice but set no cookie (it has /mfa_enabled); set carry to { bearer: … } with where the token is.',
    ],
    [
      'asks for the password once more',
      { login: [200, '<form><input type="password"></form>', COOKIE], user: [302, '', TO_LOGIN] },
      "the sign-in POST /login answered 200 for alice with a page that asks for the password again; correct the user's fields, or what signIn sends.",
    ],
    [
      'asks for the password once more, and tells everybody something',
      {
        login: [200, '<form><input type="password"></form>', COOKIE],
        user: [200, '{"user":null}'],
      },
      "the sign-in POST /login answered 200 for alice with a page that asks for the password again; correct the user's fields, or what signIn sends.",
    ],
    [
      'has a page of whoami to change a password in',
      {
        login: WELCOME,
        user: [200, '<form><input type=password><input type=password></form>'],
      },
      'whoami answered 200 for alice with HTML, not JSON; set whoami.get to what answers JSON, or whoami.owner to { text: … }.',
    ],
    [
      'leads whoami to its sign-in page',
      { login: WELCOME, user: [200, '<form><input type=password></form>'] },
      "whoami led alice to a page that asks for a password right after the sign-in, so the sign-in failed or was not carried; correct the user's fields, what signIn sends, or carry.",
    ],
    [
      'sets a cookie for another host',
      { login: [200, '{}', { 'set-cookie': 'sid=a; Domain=example.org' }], user: [401, '{}'] },
      /^the sign-in POST \/login answered 200 for alice with a cookie that no browser would send back to http:\/\/127.0.0.1:\d+ \(Secure, or for another host or path\); give the address that the cookie is for.$/,
    ],
    [
      'goes by another name',
      { login: [421, '{}'], user: [421, '{}'] },
      /^the sign-in POST \/login answered 421 for alice: it does not know itself as 127.0.0.1:\d+; set target to the name that it goes by, or headers: \{ host: … \} to that name.$/,
    ],
    [
      'refuses a host that it does not know',
      { login: [400, 'Invalid host header'], user: [400, 'Invalid host header'] },
      /^the sign-in POST \/login answered 400 for alice: it does not know itself as 127.0.0.1/,
    ],
    [
      'says nothing',
      { login: WELCOME, user: [204, ''] },
      'whoami answered 204 for alice with nothing in it; set whoami.get to what answers JSON, or whoami.owner to { text: … }.',
    ],
  ])('%s', async (_name, { login, user }, sentence) => {
    await using server = await startLittleServer((request) => {
      if (request.method === 'POST') return login
      return request.headers.cookie === undefined ? [401, '{}'] : user
    })

    const { verdict } = await runLeaks({ target: await targetAt(server.url) })

    expect(verdict).toMatchObject({ outcome: 'unjudged', verified: 0 })
    const said = verdict.sentence.replace(/^COULD NOT JUDGE: /, '')
    expect(said).toEqual(typeof sentence === 'string' ? sentence : expect.stringMatching(sentence))
  })

  it('tells something else of a user than was expected, and says which of what it knows', async () => {
    await using server = await startLittleServer(({ method, headers }) => {
      if (method === 'POST') return WELCOME
      return headers.cookie === undefined ? [401, '{}'] : [200, { username: 'alice@example.org' }]
    })
    const { users, ...target } = await targetAt(server.url)
    const withMail = users.map(({ name, fields }) => {
      return { name, fields: { ...fields, email: `${name}@example.org` } }
    })

    const { verdict } = await runLeaks({ target: { ...target, users: withMail } })

    expect(verdict.sentence).toBe(
      'COULD NOT JUDGE: whoami answered 200 for alice, and /username was another than whoami.is says; set whoami.is to "{email}".',
    )
  })

  it('is down', async () => {
    const url = `http://127.0.0.1:${await freePort()}`

    const { verdict } = await runLeaks({ target: await targetAt(url) })

    expect(verdict.sentence).toBe(
      `COULD NOT JUDGE: ${url} did not answer whoami GET /user: the connection was refused; start it, or correct the address.`,
    )
  })

  it('has a certificate that is not trusted, and names the mend', async () => {
    const certificate = await createCertificate()
    await using server = await startLittleServer(() => WELCOME, { certificate })

    const { verdict } = await runLeaks({ target: await targetAt(server.url) })

    expect(verdict.sentence).toMatch(
      /did not answer whoami GET \/user: its certificate is not trusted, .* set NODE_EXTRA_CA_CERTS to a file/,
    )
  })

  it.each([
    ['https', 'http', /what came back is not https; write http:\/\/ in the address/],
    ['http', 'https', /the connection was cut; write https:\/\/ in the address/],
  ])('is asked by %s and speaks %s', async (asked, spoken, sentence) => {
    const tls = spoken === 'https' ? { certificate: await createCertificate() } : {}
    await using server = await startLittleServer(() => WELCOME, tls)
    const url = `${asked}://127.0.0.1:${server.port}`

    const { verdict } = await runLeaks({ target: await targetAt(url) })

    expect(verdict.sentence).toMatch(sentence)
  })

  it('limits the rate later on', async () => {
    let count = 0
    await using server = await startLittleServer((request, body) => {
      if (++count > 60) return [429, '', { 'retry-after': '7' }]
      return soundAnswer(request, body)
    })

    const { verdict } = await runLeaks({ target: await targetAt(server.url) })

    expect(verdict.outcome).toBe('unjudged')
    expect(verdict.sentence).toMatch(
      /the target limits the rate: 429 after \d+ answers \(Retry-After: 7 s\); set rate/,
    )
  })

  it('fails under load', async () => {
    let count = 0
    await using server = await startLittleServer((request, body) => {
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

it.each([
  ['at the loopback address of IPv6', '::1', (port: number) => `http://[::1]:${port}`],
  ['by a name below localhost', '127.0.0.1', (port: number) => `http://app.localhost:${port}`],
])('finds a target %s', async (_name, address, urlOf) => {
  await using server = await startLittleServer(soundAnswer, { address })
  const target = await targetAt(urlOf(server.port))

  const { verdict } = await runLeaks({ target: { ...target, requests: 3 } })

  expect(verdict.sentence).toMatch(/^CLEAN/)
})

it('asks a target under the name that it goes by', async () => {
  await using server = await startLittleServer((request, body) =>
    request.headers.host === 'app.example.org' ? soundAnswer(request, body) : [421, '{}'],
  )
  const target = await targetAt(server.url)
  const headers = { host: 'app.example.org' }

  const { verdict } = await runLeaks({ target: { ...target, headers, requests: 3 } })

  expect(verdict.sentence).toMatch(/^CLEAN/)
})

it('follows redirects within the target, judges a page by a pattern, and sends forms', async () => {
  await using server = await startLittleServer((request, body) => {
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

it('makes a sign-in again with its fields where a redirect says so', async () => {
  await using server = await startLittleServer((request, body) =>
    request.url === '/login'
      ? [307, '', { location: '/login/' }]
      : soundAnswer(
          { headers: request.headers, url: request.url?.replace('login/', 'login') },
          body,
        ),
  )

  const { verdict } = await runLeaks({ target: await targetAt(server.url) })

  expect(verdict.sentence).toMatch(/^CLEAN/)
  expect(server.asked).toContain('POST /login/')
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

function soundAnswer(
  { url, headers }: Pick<IncomingMessage, 'url' | 'headers'>,
  body = '',
): Answer {
  if (url === '/login') {
    const name = body.includes('alice') ? 'alice' : 'bob'
    return [200, '{}', { 'set-cookie': `sid=${sessions.get(name)}; Path=/` }]
  }
  const name = [...sessions].find(([, id]) => headers.cookie === `sid=${id}`)?.[0]
  return name ? [200, JSON.stringify({ username: name })] : [401, '{}']
}
