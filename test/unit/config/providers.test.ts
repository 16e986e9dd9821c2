import { describe, expect, it } from 'vitest'
import { accepted, refused, yamlWith } from './loading.ts'

async function complaints(provider: string, signIn = ''): Promise<string[]> {
  const problems = await refused(yamlWith({ provider, signIn }))
  return problems.map((line) =>
    line.replace(/^coatcheck\.yaml:\d+:\d+ providers\.mentorship\./, ''),
  )
}

describe('providers', () => {
  it('need only a sign-in address', async () => {
    const [provider] = (await accepted(yamlWith())).providers

    expect(provider).toEqual({
      kind: 'password',
      name: 'mentorship',
      signIn: {
        url: new URL('http://localhost:5000/login'),
        also: undefined,
        format: 'json',
        fields: undefined,
        alsoSend: {},
        account: ['username', 'email', 'login', 'user'],
      },
      tokens: {
        access: [
          '/access_token',
          '/accessToken',
          '/access',
          '/token',
          '/jwt',
          '/data/access_token',
          '/data/token',
        ].map((pointer) => ({ pointer })),
        refresh: ['/refresh_token', '/refreshToken', '/refresh', '/data/refresh_token'].map(
          (pointer) => ({ pointer }),
        ),
        expiresIn: ['/expires_in', '/expiresIn', '/data/expires_in'].map((pointer) => ({
          pointer,
        })),
      },
      refresh: undefined,
      revoke: undefined,
      identity: {
        claims: ['sub', 'identity', 'user_id', 'uid', 'id'],
        nameClaims: ['name', 'preferred_username', 'username', 'email'],
      },
      send: { template: 'Bearer {access}' },
      timeoutMs: 20_000,
      ca: undefined,
    })
  })

  it('may say everything themselves', async () => {
    const config = await accepted(
      yamlWith({
        signIn: `also: /api/login, format: form, account: mail,
      fields: { email: username }, alsoSend: { client_id: web }`,
        provider: `tokens:
  access: { header: Authorization }
  refresh: [{ cookie: rt }, /r, { pointer: /s }]
refresh: { url: "http://localhost:5000/token?key=1", form: { grant_type: refresh_token, token: "{refresh}" } }
revoke: { url: http://localhost:5000/logout, bearer: refresh }
identity: { url: http://localhost:5000/user, sub: /id, name: /name }
send: { cookie: _session }
timeout: 3s`,
      }),
    )

    expect(config.providers[0]).toMatchObject({
      signIn: {
        also: '/api/login',
        format: 'form',
        account: ['mail'],
        fields: { email: 'username' },
        alsoSend: { client_id: 'web' },
      },
      tokens: {
        access: [{ header: 'authorization' }],
        refresh: [{ cookie: 'rt' }, { pointer: '/r' }, { pointer: '/s' }],
      },
      refresh: { authorize: { form: { grant_type: 'refresh_token', token: '{refresh}' } } },
      revoke: { bearer: 'refresh' },
      identity: { sub: '/id', name: '/name' },
      send: { cookie: '_session' },
      timeoutMs: 3_000,
    })
    expect(config.providers[0]?.refresh?.url.search).toBe('?key=1')
  })

  it('read the user’s id and name from claims', async () => {
    const config = await accepted(
      yamlWith({ provider: 'identity: { claim: identity, name: [n, m] }' }),
    )

    expect(config.providers[0]?.identity).toEqual({ claims: ['identity'], nameClaims: ['n', 'm'] })
  })

  it('authorise a refresh with the refresh token by default, or with JSON', async () => {
    const url = 'url: http://localhost:5000/refresh'
    const authorize = async (refresh: string) =>
      (await accepted(yamlWith({ provider: `refresh: { ${refresh} }` }))).providers[0]?.refresh
        ?.authorize

    expect(await authorize(url)).toEqual({ bearer: 'refresh' })
    expect(await authorize(`${url}, bearer: access`)).toEqual({ bearer: 'access' })
    expect(await authorize(`${url}, json: { t: "{refresh}" }`)).toEqual({
      json: { t: '{refresh}' },
    })
  })

  const refresh = 'refresh: { url: http://localhost:5000/refresh'
  const identity = 'identity: { url: http://localhost:5000/user'
  it.each([
    [
      'send: Bearer',
      'send: must be one line with {access} where the token goes, such as "Bearer {access}"',
    ],
    [
      'send: "Bearer {acces}"',
      'send: must be one line with {access} where the token goes, such as "Bearer {access}"',
    ],
    [
      'send: "a\\n{access}"',
      'send: must be one line with {access} where the token goes, such as "Bearer {access}"',
    ],
    [
      'send: [a]',
      'send: must be text with {access}, such as "Bearer {access}", or { cookie: NAME }',
    ],
    ['send: { cookie: "a;b" }', 'send.cookie: is not a cookie name (RFC 6265)'],
    ['send: { cokie: a }', 'send.cokie: is not a known setting (did you mean cookie)'],
    [
      'tokens: { access: token }',
      'tokens.access: must be a JSON Pointer such as /access_token (RFC 6901)',
    ],
    [
      'tokens: { access: /a~2 }',
      'tokens.access: must be a JSON Pointer such as /access_token (RFC 6901)',
    ],
    ['tokens: { access: [] }', 'tokens.access: must not be empty'],
    [
      'tokens: { access: { header: a, cookie: b } }',
      'tokens.access: must have exactly one of pointer, header, cookie',
    ],
    ['tokens: { acess: /a }', 'tokens.acess: is not a known setting (did you mean access)'],
    [
      `${refresh}, bearer: refresh, form: { a: "{refresh}" } }`,
      'refresh: must have only one of bearer, form, json',
    ],
    [
      `${refresh}, form: { a: b } }`,
      'refresh.form: must hold {refresh} or {access} in one of its values: nothing else authorises it',
    ],
    [
      `${refresh}, bearer: reffresh }`,
      'refresh.bearer: must be one of access, refresh (did you mean refresh)',
    ],
    ['refresh: { bearer: refresh }', 'refresh.url: is missing'],
    [
      `${identity} }`,
      "identity.sub: is missing: with url it says where the user's id stands, such as /id",
    ],
    [
      `${identity}, sub: /id, claim: id }`,
      'identity.claim: and url exclude each other: with url, write sub: /id',
    ],
    [
      `${identity}, sub: /id, name: name }`,
      'identity.name: with url, must be a JSON Pointer such as /access_token (RFC 6901)',
    ],
    [
      `${identity}, sub: /id, name: [/a, /b] }`,
      'identity.name: with url, must be one JSON Pointer',
    ],
    ['identity: { sub: /id }', 'identity.sub: goes with url: write claim for a claim of the token'],
    ['timeout: 20', 'timeout: a duration is a whole number with its unit: write 500ms, 30s or 12h'],
    ['timeout: 0s', 'timeout: must be longer than zero'],
    ['siblings: x', 'siblings: is not in this version'],
  ])('refuse %s', async (provider, message) => {
    expect(await complaints(provider)).toEqual([message])
  })

  it.each([
    ['also: api/login', 'signIn.also: must start with a slash'],
    ['also: /auth/login', 'signIn.also: everything under /auth belongs to the gateway itself'],
    ['fields: { a: 1 }', 'signIn.fields.a: must be text (put a number in quotes)'],
    ['format: xml', 'signIn.format: must be one of json, form'],
  ])('refuse signIn: { %s }', async (signIn, message) => {
    expect(await complaints('', signIn)).toEqual([message])
  })

  it('refuse a sign-in path that a route answers too', async () => {
    const problems = await refused(
      yamlWith({ signIn: 'also: /x', routes: '- { path: /x, upstream: http://localhost:1 }' }),
    )

    expect(problems).toEqual([
      'coatcheck.yaml:5:55 providers.mentorship.signIn.also: answers the same as the path /x: keep one of the two',
    ])
  })

  it('refuse to let the cookie that stands for the session upstream through to the browser', async () => {
    const problems = await refused(
      yamlWith({ provider: 'send: { cookie: _sid }', route: 'cookies: [_sid]' }),
    )

    expect(problems).toEqual([
      'coatcheck.yaml:8:67 routes[0].cookies[0]: is the cookie that stands for the session upstream: it stays here',
    ])
  })

  it.each([
    ['oidc', 'providers.x.kind: oidc is not in this version: write one of password, confirm'],
    ['service', 'providers.x.kind: service is not in this version: write one of password, confirm'],
    ['pasword', 'providers.x.kind: must be one of password, confirm (did you mean password)'],
  ])('refuse the kind %s in one sentence', async (kind, message) => {
    const yaml = `providers:\n  x: { kind: ${kind}, issuer: https://id.example, clientId: a }\n`

    expect(await refused(yaml)).toEqual([`coatcheck.yaml:2:14 ${message}`])
  })

  it('refuse a name that is no word', async () => {
    expect(await refused('providers:\n  "a b": { kind: password }\n')).toEqual([
      'coatcheck.yaml:2:3 providers["a b"]: is not a usable name (letters, digits, - and _; a letter first)',
    ])
    expect(await refused('providers:\n  __proto__: { kind: password }\n')).toEqual([
      'coatcheck.yaml:2:3 providers.__proto__: is not a usable name (letters, digits, - and _; a letter first)',
    ])
  })
})
