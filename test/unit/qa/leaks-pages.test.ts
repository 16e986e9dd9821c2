// What the leak finder takes of the page before a sign-in: where it stands, and what it says where it does not.
import { describe, expect, it } from 'vitest'
import { curlScript } from '../../../src/qa/leaks/curl.ts'
import { tagsIn } from '../../../src/qa/leaks/html-tags.ts'
import { pageValues } from '../../../src/qa/leaks/page-values.ts'
import { runLeaks } from '../../../src/qa/leaks/run-leaks.ts'
import { comparedWith, signInForm } from '../../../src/qa/leaks/sign-in-form.ts'
import type { Observation, Step } from '../../../src/qa/leaks/step.ts'
import type { Target } from '../../../src/qa/leaks/target.ts'
import type { WireAnswer } from '../../../src/qa/leaks/wire.ts'
import { targetFrom } from '../../support/leaks.ts'
import { type Answer, startLittleServer } from '../../support/little-server.ts'
import { runScript } from '../../support/script.ts'
import { startTokenService, tokenPassword } from '../../support/token-service.ts'

const HTML = { 'content-type': 'text/html' }

describe('a field of the page is', () => {
  const at = (page: string) => taken('{page:token}', page)

  it.each([
    ['in quotes', '<input name="token" value="a b">', 'a b'],
    ['in other quotes', "<INPUT value='a>b'\n NAME='token'/>", 'a>b'],
    ['in none', "<p title=it's><input value=abc name=token>", 'abc'],
    ['written with entities', '<input name=token value="a&#43;b&#x2F;c&amp;d&#61;">', 'a+b/c&d='],
    ['a meta element', '<meta name=token content="abc">', 'abc'],
    [
      'none of a comment or a script',
      '<!-- <input name=token value=a> --><script>"<input name=token value=b>"</script><input name=token value=c>',
      'c',
    ],
    ['a field before a meta element', '<meta name=token content=a><input name=token value=b>', 'b'],
  ])('found %s', (_name, page, value) => {
    expect(at(page)).toBe(value)
  })

  it('that of the form that is sent, or else of the one with a password', () => {
    const field = (value: string) => `<input name=token value=${value}>`
    const other = `<form action=/locale>${field('other')}</form>`
    const asking = `<form method=post>${field('asking')}<input type=password></form>`

    expect(
      at(`${other}<form action="http://a.example/base/login?x=1">${field('own')}</form>${asking}`),
    ).toBe('own')
    expect(at(`${other}<form action=/elsewhere>${field('far')}<input type=password></form>`)).toBe(
      'far',
    )
    expect(at(other)).toBe('other')
  })

  it('read in a time that grows as the page does', () => {
    const pages = ['<input ', '<input a="', '<!--', '<form><script>', '<a b=c '].map((part) =>
      part.repeat(150_000),
    )
    // Of this thread alone, however busy the machine is.
    const before = process.threadCpuUsage()

    for (const page of pages) tagsIn(page)

    const { user, system } = process.threadCpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(3_000)
  })
})

it('a value of JSON and a cookie, percent-decoded, are found too', () => {
  expect(taken('{page:/a/csrf}', '{"a":{"csrf":12345}}')).toBe('12345')
  expect(taken('{cookie:XSRF-TOKEN}', '', [['XSRF-TOKEN', 'a%3D%2Bb']])).toBe('a=+b')
  expect(taken('{cookie:XSRF-TOKEN}', '', [['XSRF-TOKEN', '100%']])).toBe('100%')
})

it('hidden fields are told from constants by another visit', () => {
  const page = (stamp: string, kind = 'a') =>
    `<form method=post><input type=hidden name=stamp value=${stamp}><input type=hidden name=kind value=${kind}><input type=password name=p></form>`
  const form = signInForm(page('1'))
  const other = signInForm(page('2'))

  expect(form && comparedWith(form, other)).toMatchObject({
    oneTime: ['stamp'],
    fields: [{ name: 'kind', constant: 'a' }, { name: 'p' }],
  })
})

describe('the run cannot be judged, and says why in a sentence, where the page', () => {
  const FIELD = '{ username: "{name}", token: "{page:token}" }'
  const POINTER = '{ username: "{name}", token: "{page:/token}" }'
  it.each<readonly [string, Answer, string, string]>([
    ['is not there', [404, '', HTML], FIELD, 'answered 404 for alice; correct signIn.page.'],
    [
      'fails',
      [500, '', HTML],
      FIELD,
      'answered 500 for alice; the target fails before anything can be judged.',
    ],
    [
      'limits the rate',
      [429, '', HTML],
      FIELD,
      'answered 429 for alice: the target limits the rate; set rate, fewer users, or raise its limit for this test.',
    ],
    [
      'limits the rate, and says for how long',
      [429, '', { ...HTML, 'retry-after': '30' }],
      FIELD,
      'answered 429 for alice (Retry-After: 30 s): the target limits the rate; set rate, fewer users, or raise its limit for this test.',
    ],
    [
      'leads away',
      [302, '', { location: 'https://sso.example.org/?a=secret' }],
      FIELD,
      'redirected alice to https://sso.example.org/, and on from there; set signIn.page to what answers.',
    ],
    [
      'has another field',
      [200, '<meta name=viewport content=a><input type=hidden name=_csrf value=b>', HTML],
      FIELD,
      'answered 200 for alice without a field or meta element token (it has viewport _csrf); correct {page:token} in signIn, or signIn.page.',
    ],
    [
      'has it empty',
      [200, '<input name=token value="">', HTML],
      FIELD,
      'answered 200 for alice, and its field token is empty: a script of the page may fill it in; take the value from elsewhere, such as "{cookie:NAME}".',
    ],
    [
      'is nothing',
      [200, '', HTML],
      FIELD,
      'answered 200 for alice with nothing in it; set signIn.page to the page that has token.',
    ],
    [
      'is JSON',
      [200, { token: 'a' }],
      FIELD,
      'answered 200 for alice with something that is not HTML; set signIn.page to the page that has token, or write {page:/…} with its place in this JSON.',
    ],
    [
      'is JSON without it',
      [200, { csrf: 'a' }],
      POINTER,
      'answered 200 for alice without a text at /token; correct {page:/token} in signIn, or signIn.page.',
    ],
    [
      'sets another cookie',
      [200, '', { 'set-cookie': 'sid=1; Path=/' }],
      '{ a: "{cookie:XSRF-TOKEN}" }',
      'answered 200 for alice and left no cookie XSRF-TOKEN (there are sid); correct {cookie:XSRF-TOKEN} in signIn, or signIn.page.',
    ],
  ])('%s', async (_name, page, fields, sentence) => {
    await using server = await startLittleServer(({ url, headers }) => {
      if (url !== '/in') return [401, {}]
      // What it does to those who sign in.
      return headers['user-agent']?.startsWith('coatcheck-qa') ? page : [200, '', HTML]
    })
    const target = await targetFrom(`
target: ${server.url}
signIn: { page: /in, post: /login, form: ${fields} }
whoami: { get: /user, owner: /username }
users: [{ name: alice }, { name: bob }]
`)

    const { verdict } = await runLeaks({ target })

    expect(verdict.sentence).toBe(`COULD NOT JUDGE: the page GET /in of the sign-in ${sentence}`)
    expect(server.asked).not.toContain('POST /login')
  })

  it('before the sign-out has nothing', async () => {
    await using service = await startTokenService('rails')
    const target = await serviceTarget(
      service.url,
      'signOut: { page: /none, post: /logout, form: { token: "{page:token}" } }',
    )

    const { verdict } = await runLeaks({ target })

    expect(verdict.sentence).toMatch(
      /^COULD NOT JUDGE: the page GET \/none of the sign-out answered 404 for (alice|bob); correct signOut\.page\.$/,
    )
  })
})

it('a page that hands out the session of somebody else is a leak', async () => {
  let last = ''
  const secret = '5f0c1d7a93be4482'
  await using server = await startLittleServer(({ method, url = '', headers }, body) => {
    const [, known] = /sid=5f0c1d7a93be4482(\w+)/.exec(headers.cookie ?? '') ?? []
    if (`${method} ${url}` === 'POST /login') {
      last = new URLSearchParams(body).get('username') ?? ''
      return [200, {}, { 'set-cookie': `sid=${secret}${last}; Path=/` }]
    }
    if (url === '/in') {
      const cookie = last === '' ? [] : [`sid=${secret}${last}; Path=/`]
      return [200, '<input name=token value=abcdef>', { ...HTML, 'set-cookie': cookie }]
    }
    return known === undefined ? [401, {}] : [200, { username: known }]
  })
  const target = await targetFrom(`
target: ${server.url}
signIn: { page: /in, post: /login, form: { username: "{name}", token: "{page:token}" } }
whoami: { get: /user, owner: /username }
users: [{ name: alice }, { name: bob }]
requests: 3
`)

  const { verdict, calls } = await runLeaks({ target })

  expect(verdict).toMatchObject({ outcome: 'leak' })
  expect(calls.find(({ outcome }) => outcome === 'foreign')).toMatchObject({
    user: 'bob',
    owner: 'alice',
    method: 'GET',
    path: '/in',
    marks: [{ owner: 'alice', in: 'set-cookie' }],
  })
})

it('one value for everybody is nobody’s, and is hidden all the same', async () => {
  const proof = 'the-very-same-for-all'
  await using server = await startLittleServer(({ method, url = '', headers }, body) => {
    const [, known] = /sid=session-of-(\w+)/.exec(headers.cookie ?? '') ?? []
    if (method === 'POST') {
      const { username, stamp } = Object.fromEntries(new URLSearchParams(body))
      return stamp === proof
        ? [200, { stamp }, { 'set-cookie': `sid=session-of-${username}; Path=/` }]
        : [403, {}]
    }
    if (url === '/in') return [200, `<input name=stamp value=${proof}>`, HTML]
    return known === undefined ? [401, {}] : [200, { username: known, stamp: proof }]
  })
  const target = await targetFrom(`
target: ${server.url}
signIn: { page: /in, post: /login, form: { username: "{name}", stamp: "{page:stamp}" } }
whoami: { get: /user, owner: /username }
users: [{ name: alice }, { name: bob }]
requests: 3
`)

  const run = await runLeaks({ target })

  expect(run.verdict.outcome).toBe('clean')
  const signIns = run.calls.filter(({ path }) => path === '/login')
  expect(signIns[0]?.request?.body).toBe('username=alice&stamp={{page:stamp}}')
  expect(run.calls.some(({ path, response }) => path === '/user' && response)).toBe(true)
  expect(JSON.stringify(run)).not.toContain(proof)
})

it('a page that limits the rate only later is told of with how long it asks to wait', async () => {
  let pages = 0
  await using server = await startLittleServer(({ method, url = '', headers }, body) => {
    const [, known] = /sid=session-of-(\w+)/.exec(headers.cookie ?? '') ?? []
    if (method === 'POST') {
      const name = new URLSearchParams(body).get('username')
      return [200, {}, { 'set-cookie': `sid=session-of-${name}; Path=/` }]
    }
    if (url === '/in') {
      pages++
      return pages > 5
        ? [429, '', { 'retry-after': '30' }]
        : [200, `<input name=stamp value=stamp-number-${pages}>`, HTML]
    }
    return known === undefined ? [401, {}] : [200, { username: known }]
  })
  const target = await targetFrom(`
target: ${server.url}
signIn: { page: /in, post: /login, form: { username: "{name}", stamp: "{page:stamp}" } }
whoami: { get: /user, owner: /username }
users: [{ name: alice }, { name: bob }]
requests: 20
`)

  const { verdict } = await runLeaks({ target })

  expect(verdict.sentence).toMatch(/^COULD NOT JUDGE: .*\(Retry-After: 30 s\)/)
})

it('in a script, people who sign in at the same time each have a page of their own', async () => {
  await using service = await startTokenService('rails')
  const target = await serviceTarget(service.url)
  const steps: Step[][] = [
    [
      { do: 'sign-in', user: 'alice' },
      { do: 'sign-in', user: 'bob' },
    ],
    // In again, as in an empty browser: the page would lead elsewhere.
    [{ do: 'sign-in', user: 'bob' }],
    [{ do: 'ask', user: 'alice', path: '/', via: 'own' }],
    [{ do: 'sign-out', user: 'bob' }],
    [{ do: 'ask', user: 'bob', path: '/', via: 'own' }],
  ]

  const script = curlScript(
    observed(steps),
    steps.map(() => 'step'),
    target,
  )
  const printed = await runScript(script, {
    ALICE_PASSWORD: tokenPassword('alice'),
    BOB_PASSWORD: tokenPassword('bob'),
  })

  expect(printed).toMatch(/^Alice: <h1>Hello, alice<\/h1>/m)
  expect(printed).toMatch(/^Bob: $/m)
  expect(service.refusals()).toBe(0)
})

it('whoever gets the page, no report has its token, whatever that is called', async () => {
  const given: string[] = []
  await using server = await startLittleServer(({ method, url = '', headers }, body) => {
    const [, known] = /sid=session-of-(\w+)/.exec(headers.cookie ?? '') ?? []
    if (method === 'POST') {
      const { username, execution = '' } = Object.fromEntries(new URLSearchParams(body))
      const cookie = `sid=session-of-${username}; Path=/`
      return given.includes(execution) ? [200, {}, { 'set-cookie': cookie }] : [403, {}]
    }
    if (url === '/user' && known !== undefined) return [200, { username: known }]
    given.push(`e${given.length}s1-${'x'.repeat(9)}${given.length}`)
    return [200, `<input type=hidden name=execution value="${given.at(-1)}">`, HTML]
  })
  const target = await targetFrom(`
target: ${server.url}
signIn: { page: /in, post: /login, form: { username: "{name}", execution: "{page:execution}" } }
whoami: { get: /user, owner: /username }
users: [{ name: alice }, { name: bob }]
requests: 3
`)

  const run = await runLeaks({ target })

  expect(run.verdict.outcome).toBe('clean')
  const report = JSON.stringify(run)
  expect(report).toContain('name=execution value=\\"{{page:execution}}\\"')
  expect(given.filter((token) => report.includes(token))).toEqual([])
})

describe('a target file says at once that', () => {
  it.each([
    [
      'signIn: { post: /login, form: { t: "{page:t}" } }',
      'signIn: has {page:t} and no page: add the path of the page that has it',
    ],
    [
      'signIn: { post: /login, headers: { X-T: "{cookie:t}" } }',
      'signIn: has {cookie:t} and no page: add the path of the page that has it',
    ],
    [
      'signIn: { page: /in, post: "/login/{page:t}" }',
      'signIn.post: {page:t} can stand in form, json and headers alone',
    ],
    [
      'signIn: { page: /in, post: /login, form: { t: {page:t} } }',
      'signIn.form.t: between braces, {page:t} needs quotes: "{page:t}"',
    ],
    [
      'signIn: { page: in, post: /login }',
      'signIn.page: must be a path of the target: it starts with one slash',
    ],
    [
      'signIn: { post: /login }\nsignOut: { post: /logout, json: { t: "{page:t}" } }',
      'signOut: has {page:t} and no page: add the path of the page that has it',
    ],
    [
      'signIn: { post: /login }\nreads: ["/a/{page:t}"]',
      'reads[0]: {page:t} can stand in signIn and signOut alone',
    ],
  ])('%s', async (lines, complaint) => {
    const loaded = targetFrom(`
target: http://a.example
${lines}
whoami: { get: /user, owner: /username }
users: [{ name: alice }, { name: bob }]
`)

    const problems = JSON.parse(String(await loaded.catch((error: Error) => error.message)))
    expect(
      problems.map(({ path, message }: Record<string, string>) => `${path}: ${message}`),
    ).toEqual([complaint])
  })

  it('a cookie suffices for a sign-out without a page of its own', async () => {
    const target = await serviceTarget(
      'http://a.example',
      'signOut: { post: /logout, headers: { X-T: "{cookie:t}" } }',
    )

    expect(target.signOut).toMatchObject({ headers: { 'x-t': '{cookie:t}' } })
  })
})

function serviceTarget(url: string, more?: string): Promise<Target> {
  const token = 'authenticity_token: "{page:authenticity_token}"'
  return targetFrom(`
target: ${url}
signIn: { page: /login, post: /login, form: { username: "{name}", password: "{password}", ${token} } }
${more ?? `signOut: { page: /, post: /logout, form: { ${token} } }`}
whoami: { get: /, owner: { text: "Hello, (\\\\w+)" } }
users: [{ name: alice, password: ${tokenPassword('alice')} }, { name: bob, password: ${tokenPassword('bob')} }]
requests: 3
`)
}

function taken(
  placeholder: string,
  body: string,
  cookies: ReadonlyArray<readonly [string, string]> = [],
): string | undefined {
  const fields = { token: placeholder }
  const action = {
    page: '/in',
    method: 'POST',
    path: '/login',
    headers: {},
    body: { format: 'form', fields },
  } as const
  const answer: WireAnswer = { kind: 'answer', status: 200, headers: [], body, cut: false }
  const target = { origin: 'http://a.example', base: '/base' } as Target
  const read = pageValues({ action, does: 'sign-in', user: 'alice', answer, cookies }, target)
  if (!read.ok) throw new Error(read.why)
  return read.values.get(placeholder.slice(1, -1))
}

function observed(steps: readonly Step[][]): Observation[] {
  return steps.flatMap((batch, index) =>
    batch.map(
      (step): Observation => ({
        step,
        phase: 'shrink',
        batch: index,
        method: 'GET',
        path: '/',
        startMs: index,
        endMs: index,
        status: 200,
        outcome: 'plain',
        marks: [],
        signedIn: true,
        afterLeave: false,
        afterRestart: false,
      }),
    ),
  )
}
