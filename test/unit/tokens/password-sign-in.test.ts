import nock from 'nock'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { PasswordProviderConfig } from '../../../src/config/config.ts'
import { jwt, mentorship, ORIGIN, providerOf, withClaims } from './password-setting.ts'

const now = Date.UTC(2030, 0, 1)
const access = jwt({ identity: 7, type: 'access', jti: 'a', exp: now / 1000 + 600 })
const refresh = jwt({ identity: 7, type: 'refresh', jti: 'r', exp: now / 1000 + 2_419_200 })
const dispatcher = new Agent()
const fields = { username: 'ada', password: 'correct horse' }

beforeAll(() => nock.disableNetConnect())
afterEach(() => {
  const unused = nock.pendingMocks()
  nock.cleanAll()
  expect(unused).toEqual([])
})
afterAll(async () => {
  nock.restore()
  nock.enableNetConnect()
  await dispatcher.close()
})

const setUp = (config: PasswordProviderConfig = mentorship()) => providerOf(dispatcher, config)
const answers = (body: unknown, status = 200, headers: Record<string, string | string[]> = {}) =>
  nock(ORIGIN)
    .post('/login')
    .reply(status, body as string, headers)
const knowsAda = () => nock(ORIGIN).get('/user').reply(200, { id: 7, name: 'Ada' })
const json = { 'content-type': 'application/json' }

async function signedIn(config: PasswordProviderConfig, typed: Record<string, unknown> = fields) {
  const outcome = await setUp(config).signIn(typed)
  if (outcome.kind !== 'signed_in') throw new Error(`not signed in: ${JSON.stringify(outcome)}`)
  return { ...outcome, body: Buffer.from(outcome.answer.body).toString() }
}

async function hintOf(config: PasswordProviderConfig = mentorship()) {
  const outcome = await setUp(config).signIn(fields)
  if (outcome.kind !== 'unreadable') throw new Error(`read: ${outcome.kind}`)
  return outcome.hint
}

describe('a sign-in at the Mentorship System', () => {
  it('gives tokens, expiries, identity and the answer without tokens', async () => {
    answers({ access_token: access, refresh_token: refresh })
    nock(ORIGIN, {
      reqheaders: { authorization: `Bearer ${access}`, 'x-forwarded-for': '192.0.2.7' },
    })
      .get('/user')
      .reply(200, { id: 7, name: ' Ada Lovelace ', username: 'ada', email: 'ada@example.org' })

    const outcome = await signedIn(mentorship())

    expect(outcome).toMatchObject({
      tokens: {
        access,
        accessExpiresAt: now + 600_000,
        refresh,
        refreshExpiresAt: now + 2_419_200_000,
        issuedAt: now,
      },
      identity: { sub: '7', name: 'Ada Lovelace', claims: { username: 'ada' } },
      answer: { status: 200, contentType: 'application/json' },
    })
    expect(outcome.body).toBe('{}')
    expect(outcome.tokens).not.toHaveProperty('id')
  })

  it('of the older version believes the JWT and passes the wrong expiries on', async () => {
    const wrong = now / 1000 + 600 - 19_800.5
    answers({
      access_token: access,
      access_expiry: wrong,
      refresh_token: refresh,
      refresh_expiry: 1,
    })
    knowsAda()

    const { tokens, body } = await signedIn(mentorship())

    expect(tokens.accessExpiresAt).toBe(now + 600_000)
    expect(JSON.parse(body)).toEqual({ access_expiry: wrong, refresh_expiry: 1 })
  })

  it.each([
    [401, 'Username or password is wrong.'],
    [403, 'Please verify your email before login.'],
    [400, 'The field username is missing.'],
  ])('is refused with %d and its own sentence', async (status, message) => {
    const body = `{ "message": "${message}" }\n`
    answers(body, status, json)

    const outcome = await setUp().signIn(fields)

    expect(outcome).toMatchObject({ kind: 'refused', status, message })
    expect(outcome).toMatchObject({ answer: { status, contentType: 'application/json' } })
    expect(outcome).toHaveProperty('answer.body', Buffer.from(body))
    expect(outcome).not.toHaveProperty('retryAfter')
  })

  it.each([
    ['a profile of nobody', 200, { id: null, name: null }],
    ['404 with an all-null profile', 404, { id: null, name: null, email: null }],
    ['401', 401, { message: 'The token is invalid!' }],
    ['no object', 200, []],
    ['an HTML page', 200, '<html></html>'],
    ['a redirect', 302, ''],
  ])('is unreadable when the identity call gives %s', async (_, status, body) => {
    answers({ access_token: access, refresh_token: refresh })
    nock(ORIGIN).get('/user').reply(status, body)

    expect(await hintOf()).toMatch(/^the identity answer: .*providers\.mentorship\.identity\./)
  })

  it.each([429, 500, 503])('is unreachable when the identity call gives %d', async (status) => {
    answers({ access_token: access })
    nock(ORIGIN).get('/user').reply(status)

    expect(await setUp().signIn(fields)).toMatchObject({ kind: 'unreachable', timedOut: false })
  })
})

describe('the fields', () => {
  const sends = (body: nock.RequestBodyMatcher, headers: Record<string, string> = {}) => {
    nock(ORIGIN, { reqheaders: headers }).post('/login', body).reply(401)
  }

  it('go up as the browser sent them, with nothing of its cookies', async () => {
    const typed = { username: 'ada', password: ' pä55 "w" ', remember: true, n: { a: [1, null] } }
    nock(ORIGIN, {
      reqheaders: { 'content-type': 'application/json', 'x-forwarded-for': '2001:db8::7' },
      badheaders: ['cookie', 'authorization', 'origin', 'referer'],
    })
      .post('/login', (body) => JSON.stringify(body) === JSON.stringify(typed))
      .reply(401)

    await setUp().signIn(typed, '2001:db8::7')
  })

  it('go up as a form', async () => {
    const config = mentorship()
    const type = 'application/x-www-form-urlencoded'
    sends('u=%C3%A4+%26&n=7&yes=true&list=a&list=b&deep=%7B%22a%22%3A1%7D', {
      'content-type': type,
    })

    await setUp({ ...config, signIn: { ...config.signIn, format: 'form' } }).signIn({
      u: 'ä &',
      n: 7,
      yes: true,
      nothing: null,
      list: ['a', 'b'],
      deep: { a: 1 },
    })
  })

  it('are renamed, only those named go up, and the constants win', async () => {
    const config = mentorship()
    const signIn = {
      ...config.signIn,
      fields: { 'user[email]': 'username', 'user[password]': 'password', absent: 'constructor' },
      alsoSend: { grant_type: 'password', 'user[email]': 'ada@example.org' },
    }
    sends({
      'user[email]': 'ada@example.org',
      'user[password]': 'p',
      grant_type: 'password',
    })

    await setUp({ ...config, signIn }).signIn({ username: 'x', password: 'p', admin: true })
  })

  it('cannot replace a constant', async () => {
    const config = mentorship()
    const signIn = { ...config.signIn, alsoSend: { grant_type: 'password' } }
    sends({ username: 'ada', grant_type: 'password' })

    await setUp({ ...config, signIn }).signIn({ username: 'ada', grant_type: 'client_credentials' })
  })

  it('of an array are sent as an empty object', async () => {
    sends((body) => JSON.stringify(body) === '{}')

    await setUp().signIn([] as unknown as Record<string, unknown>)
  })

  it('go up without X-Forwarded-For where the address is none', async () => {
    nock(ORIGIN, { badheaders: ['x-forwarded-for'] })
      .post('/login')
      .reply(401)

    await setUp().signIn(fields, 'evil\r\nx-admin: 1')
  })
})

describe('tokens', () => {
  it('are found in a response header and leave the body byte for byte', async () => {
    const config = withClaims({
      ...mentorship(),
      tokens: {
        access: [{ header: 'Authorization' }],
        refresh: [],
        expiresIn: [{ header: 'X-Life' }],
      },
    })
    answers('{ "ok" : 1.0 }', 200, { ...json, authorization: `Bearer ${access}`, 'x-life': '590' })

    const { tokens, body } = await signedIn(config)

    expect(tokens).toEqual({ access, accessExpiresAt: now + 590_000, issuedAt: now })
    expect(body).toBe('{ "ok" : 1.0 }')
  })

  it('are found in a header of an answer without a body', async () => {
    const config = withClaims({
      ...mentorship(),
      tokens: { access: [{ header: 'X-Auth-Token' }], refresh: [], expiresIn: [] },
    })
    answers(undefined, 204, { 'x-auth-token': access })

    expect(await signedIn(config)).toMatchObject({
      tokens: { access },
      answer: { status: 204 },
      body: '',
    })
  })

  it('are found in a cookie, which goes up as it came, for the identity call too', async () => {
    const config: PasswordProviderConfig = {
      ...mentorship(),
      tokens: { access: [{ cookie: '_kittens_session' }], refresh: [], expiresIn: [] },
      send: { cookie: '_kittens_session' },
    }
    const value = 'BAh7%2B%3D%3D--a1,"b" c=d'
    answers({ ok: true }, 200, {
      'set-cookie': [
        'other=1; Path=/',
        '_kittens_session=old; Path=/',
        `_kittens_session=${value}; Path=/; HttpOnly; Expires=Wed, 01 Jan 2031 00:00:00 GMT`,
      ],
    })
    nock(ORIGIN, {
      reqheaders: { cookie: `_kittens_session=${value}` },
      badheaders: ['authorization'],
    })
      .get('/user')
      .reply(200, { id: 'k1' })

    const { tokens, identity } = await signedIn(config)

    expect(tokens.access).toBe(value)
    expect(identity.sub).toBe('k1')
    expect(setUp(config).provider.credential(tokens)).toEqual([
      'cookie',
      `_kittens_session=${value}`,
    ])
  })

  it.each([
    ['cleared by Max-Age', 'sid=abc; Max-Age=0'],
    ['cleared by Expires', 'sid=abc; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
    ['empty', 'sid=; Path=/'],
  ])('are absent from a cookie that is %s', async (_, line) => {
    const config = { ...mentorship(), send: { cookie: 'sid' } }
    answers({ ok: true }, 200, { 'set-cookie': ['sid=before', line, 'tracking=1'] })

    const tokens = { access: [{ cookie: 'sid' }], refresh: [], expiresIn: [] }
    const hint = await hintOf({ ...config, tokens })

    expect(hint).toContain('no access token at cookie sid')
    expect(hint).toContain('cookies seen: tracking')
  })

  it('that would add a second cookie are unreadable', async () => {
    answers({ access_token: 'abc; admin=1' })

    const hint = await hintOf({ ...mentorship(), send: { cookie: 'sid' } })

    expect(hint).toContain('cannot stand in a header')
    expect(hint).not.toContain('admin')
  })

  it.each(['a\r\nx-admin: 1', 'a\0', 'é', 'x'.repeat(20_000)])(
    'that no header can carry are unreadable (%#)',
    async (token) => {
      answers({ access_token: token })
      expect(await hintOf()).toBe('the sign-in answer: its access token cannot stand in a header')
      answers({ access_token: access, refresh_token: token })
      expect(await hintOf()).toBe('the sign-in answer: its refresh token cannot stand in a header')
    },
  )

  it('are removed from the answer wherever they are repeated, and every other digit is kept', async () => {
    answers(
      `{"access_token":"${access}","n":12345678901234567890,"self":{"token":"${access}"},"price":1.50}`,
      200,
      json,
    )
    knowsAda()

    expect((await signedIn(mentorship())).body).toBe(
      '{"n":12345678901234567890,"self":{},"price":1.50}',
    )
  })

  it('with an OpenID id token beside them keep it, and the browser does not see it', async () => {
    const id = jwt({ sub: 'u-1', name: 'Ada' })
    answers({ access_token: 'opaque', id_token: id, idToken: 'no JWT' })

    const { tokens, identity, body } = await signedIn(withClaims())

    expect(tokens).toEqual({ access: 'opaque', id, issuedAt: now })
    expect(identity).toMatchObject({ sub: 'u-1', name: 'Ada' })
    expect(body).toBe('{"idToken":"no JWT"}')
  })
})

describe('the identity from claims', () => {
  const sub = async (body: unknown, config = withClaims()) => {
    answers(body as string, 200, json)
    return (await signedIn(config)).identity
  }

  it("is the access token's before the answer's", async () => {
    expect(await sub({ access_token: access, id: 99 })).toMatchObject({
      sub: '7',
      claims: { identity: 7, type: 'access' },
    })
  })

  it("is the answer's own where the token is opaque, its tokens left out of the claims", async () => {
    expect(await sub({ access_token: 'opaque', id: 'u1', name: 'Ada', role: 'mentor' })).toEqual({
      sub: 'u1',
      name: 'Ada',
      claims: { id: 'u1', name: 'Ada', role: 'mentor' },
    })
  })

  it('is found in a user beside the token, named in the order of the configuration', async () => {
    expect(await sub({ access_token: 'opaque', user: { id: 5, username: 'ada' } })).toMatchObject({
      sub: '5',
      name: 'ada',
    })
    expect(await sub({ access_token: 'opaque', data: { user: { id: 6 } } })).toMatchObject({
      sub: '6',
    })
  })

  it('is found by a JSON Pointer', async () => {
    const config = { ...mentorship(), identity: { claims: ['/account/no'], nameClaims: [] } }

    expect(await sub({ access_token: 'opaque', account: { no: 'A-1' } }, config)).toMatchObject({
      sub: 'A-1',
    })
  })

  it('keeps two ids apart that a double cannot', async () => {
    const one = await sub('{"access_token":"opaque","id":9007199254740993}')
    const other = await sub('{"access_token":"opaque","id":9007199254740992}')

    expect([one.sub, other.sub]).toEqual(['9007199254740993', '9007199254740992'])
  })

  it.each([null, '', '  ', true, 1.5, {}, ['7'], 'x'.repeat(256), 'a\nb'])(
    'is not %j',
    async (value) => {
      answers({ access_token: 'opaque', id: value, secret: 'value' })

      const hint = await hintOf(withClaims())

      expect(hint).toContain('nobody is named by sub, identity, user_id, uid, id')
      expect(hint).toContain('/secret')
      expect(hint).not.toContain('value')
      expect(hint).toContain('providers.mentorship.identity')
    },
  )

  it.each([
    [
      'an id before a name',
      { token: 'opaque', profile: { mail: 'x', uuid: 'u-1', email: 'a@b' } },
      '/profile/uuid',
    ],
    [
      'a name where there is no id',
      { token: 'opaque', profile: { email: 'a@b' } },
      '/profile/email',
    ],
    ['no id that is none', { token: 'opaque', profile: { id: null } }, undefined],
  ])('is suggested where it cannot be found: %s', async (_what, body, pointer) => {
    const config = withClaims()
    answers({ access_token: body.token, ...body })

    const hint = await hintOf(config)

    const line = `providers: { mentorship: { identity: { claim: ${pointer} } } } in the configuration file`
    if (pointer === undefined) expect(hint).not.toContain('for example')
    else expect(hint).toContain(line)
    expect(hint).toContain('or providers.mentorship.identity as { url: …, sub: … }')
  })

  it('has a name of one line and 200 characters at most', async () => {
    const name = `  A\r\n\u202eda\u0000 ${'x'.repeat(500)}🦊`
    const identity = await sub({ access_token: access, name })

    expect(identity.name).toMatch(/^A da x{195}$/)
  })
})

describe('an answer that cannot be read', () => {
  it('is told by its keys and the setting to write, never by a value', async () => {
    answers({
      data: { session: { jwt: access }, user: { id: 7 } },
      ok: 'value-1',
      list: ['value-2'],
    })

    const hint = await hintOf()

    expect(hint).toBe(
      'the sign-in answer: no access token at /access_token ' +
        '(keys seen: /ok /list/0 /data/session/jwt /data/user/id); write providers.mentorship.tokens.access, ' +
        'for example providers: { mentorship: { tokens: { access: /data/session/jwt } } } in the configuration file, ' +
        'or COATCHECK__PROVIDERS__MENTORSHIP__TOKENS__ACCESS=/data/session/jwt in the environment',
    )
  })

  it('is told what a shell would take for a command only where no shell reads it', async () => {
    answers({ '$(reboot) token': access })

    const hint = await hintOf()

    expect(hint).toContain('{ access: "/$(reboot) token" } } } in the configuration file')
    expect(hint).not.toContain('in the environment')
  })

  it('is told, for the short form, by the setting of that form', async () => {
    answers('<!doctype html>', 200, { 'content-type': 'text/html' })

    const hint = await hintOf({ ...mentorship(), name: 'main' })

    expect(hint).toBe(
      'the sign-in answer: it is an HTML page; look at signIn (--sign-in), or providers.main.signIn.url: ' +
        'it is https://upstream.test/login',
    )
  })

  it.each([
    ['a redirect', 302, '', { location: 'https://canary.test/' }, 'it is a redirect (302)'],
    ['an HTML page', 200, '<!doctype html><p>hi', { 'content-type': 'text/html' }, 'an HTML page'],
    ['HTML without a type', 200, '  <html>', {}, 'an HTML page'],
    ['nothing', 204, '', {}, 'no JSON keys (no content type)'],
    ['an array', 200, '[]', json, 'no access token'],
    ['null', 200, 'null', json, 'no access token'],
    ['a number for a token', 200, '{"access_token":12}', json, 'keys seen: /access_token'],
    ['an empty token', 200, '{"access_token":""}', json, 'keys seen: /access_token'],
    ['half an object', 200, `{"access_token":"${access}`, json, 'no JSON keys (application/json)'],
    ['a compressed body', 200, 'gzip', { 'content-encoding': 'gzip' }, 'its body is compressed'],
    ['bytes of no text', 200, Buffer.from([0xff, 0xfe]), json, 'no JSON keys'],
    ['deep nesting', 200, '['.repeat(100_000), json, 'no JSON keys'],
  ])('is %s', async (_, status, body, headers, hint) => {
    answers(body, status, headers as Record<string, string>)

    expect(await hintOf()).toContain(hint)
  })

  it('is not JSON under an HTML content type', async () => {
    answers(JSON.stringify({ access_token: access }), 200, { 'content-type': 'text/html' })
    knowsAda()

    expect((await signedIn(mentorship())).tokens.access).toBe(access)
  })

  it('names twenty keys at most, none of them long', async () => {
    const body = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, i]))
    answers({ ['x'.repeat(100)]: 1, 'line\nbreak': 2, ...body })

    const hint = await hintOf()

    expect(hint).toContain('/line break')
    expect(hint).not.toContain('xxx')
    expect(hint.match(/\/k\d+/g)).toHaveLength(18)
  })
})

describe('a refusal', () => {
  const refusal = async (status: number, body: unknown, headers: Record<string, string> = {}) => {
    answers(body, status, headers)
    const outcome = await setUp().signIn(fields)
    if (outcome.kind !== 'refused') throw new Error(outcome.kind)
    return outcome
  }

  it.each([
    [{ message: 'm', detail: 'd' }, 'm'],
    [{ detail: 'd', error: 'e' }, 'd'],
    [{ error: 'invalid_grant', error_description: 'Bad credentials' }, 'Bad credentials'],
    [{ error: 'e', title: 't' }, 'e'],
    [{ title: 't' }, 't'],
    [{ error: { message: 'nested' } }, 'nested'],
    [{ message: ['first', 'second'] }, 'first'],
    [{ message: 7, detail: '', title: ' ' }, undefined],
    [{ message: '<b>no</b>' }, undefined],
    [[], undefined],
    [['text'], undefined],
    ['null', undefined],
    ['"text"', undefined],
    ['', undefined],
  ])('%j says %j', async (body, message) => {
    expect((await refusal(401, body, json)).message).toBe(message)
  })

  it.each([
    ['No.\r\n\u001b[31mReally', 'text/plain', 'No. [31mReally'],
    ['x'.repeat(301), 'text/plain', undefined],
    ['<p>No</p>', 'text/html', undefined],
    ['<p>No</p>', 'text/plain', undefined],
    ['No.', 'application/octet-stream', undefined],
  ])('%# says in text what people can read', async (body, type, message) => {
    expect((await refusal(403, body, { 'content-type': type })).message).toBe(message)
  })

  it('says at most 300 characters', async () => {
    expect((await refusal(401, { message: `${'🦊'.repeat(400)}` })).message).toBe('🦊'.repeat(300))
  })

  it('keeps its status and Retry-After', async () => {
    expect(await refusal(429, { message: 'Slow down' }, { 'retry-after': '30' })).toMatchObject({
      status: 429,
      message: 'Slow down',
      retryAfter: 30,
    })
  })

  it('passes byte for byte, unless a token stands in it', async () => {
    const page = '<h1>No</h1>'
    expect((await refusal(422, page, { 'content-type': 'text/html' })).answer).toEqual({
      status: 422,
      contentType: 'text/html',
      body: Buffer.from(page),
    })
    const { answer } = await refusal(403, { message: 'Verify first', access_token: access })
    expect(Buffer.from(answer.body).toString()).toBe('{"message":"Verify first"}')
  })

  it('longer than 256 KiB passes without its body', async () => {
    const { answer, message } = await refusal(400, { message: 'x'.repeat(300_000) })

    expect(answer.body).toHaveLength(0)
    expect(message).toBeUndefined()
  })
})

describe('a provider', () => {
  it.each([500, 502, 503, 504])('is unreachable when it answers %d', async (status) => {
    answers({ message: 'stack trace', access_token: access }, status)

    expect(await setUp().signIn(fields)).toMatchObject({
      kind: 'unreachable',
      timedOut: false,
      cause: new Error(`the sign-in call answered ${status}`),
    })
  })

  it('is unreachable when the connection fails', async () => {
    nock(ORIGIN)
      .post('/login')
      .replyWithError(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))

    expect(await setUp().signIn(fields)).toMatchObject({
      kind: 'unreachable',
      timedOut: false,
      cause: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' },
    })
  })

  it.each([
    ['Bearer {access}', 'Bearer a{access}$&'],
    ['Token {access}', 'Token a{access}$&'],
    ['{access}', 'a{access}$&'],
    ['X {access} {access}', 'X a{access}$& a{access}$&'],
  ])('sends by %j', (template, value) => {
    const { provider } = setUp({ ...mentorship(), send: { template } })

    expect(provider.credential({ access: 'a{access}$&', issuedAt: now })).toEqual([
      'authorization',
      value,
    ])
  })

  it('has nothing to absorb where it sends a header, and no refresh and no revoke where none is configured', () => {
    const { provider } = setUp({ ...mentorship(), refresh: undefined })

    expect(Object.keys(provider).sort()).toEqual(
      ['credential', 'kind', 'name', 'refreshAheadMs', 'signIn'].sort(),
    )
  })
})
