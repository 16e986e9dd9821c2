// What `coatcheck qa init` makes of services that it has never seen: no more than they let be seen.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../../src/lib/clock.ts'
import { systemRandom } from '../../../src/lib/random.ts'
import type { Found } from '../../../src/qa/leaks/found.ts'
import { type ProbeOptions, probe } from '../../../src/qa/leaks/probe.ts'
import { folderOf, signOutPaths } from '../../../src/qa/leaks/probe-paths.ts'
import { starterFile } from '../../../src/qa/leaks/starter.ts'
import { cutShort, nextStep } from '../../../src/qa/leaks/starter-left.ts'
import type { Target } from '../../../src/qa/leaks/target.ts'
import { manualClock } from '../../support/clock.ts'
import { targetFrom } from '../../support/leaks.ts'
import { type Answer, type Answering, startLittleServer } from '../../support/little-server.ts'

// Some hundred questions each, of which a busy machine makes few in a second.
vi.setConfig({ testTimeout: 90_000 })

const BEARER = { type: 'http', scheme: 'bearer' }
const AS_BEARER = { kind: 'header', name: 'authorization', before: 'Bearer ' }
const HTML = { 'content-type': 'text/html; charset=utf-8' }

describe('what answers every path alike proves nothing:', () => {
  const random = () => systemRandom(8).toString('base64url')
  it.each<readonly [string, Answering]>([
    ['401 to all, routes or none', () => [401, { message: 'Sign in first' }]],
    ['401 with an id of its own each time', () => [401, { message: 'no', id: random() }]],
    ['401 that repeats the path', ({ url }) => [401, { message: `Not allowed: ${url}` }]],
    ['401 that names a sign-in', () => [401, { message: 'no', login: '/login', me: '/user' }]],
    ['403 to all', () => [403, 'Forbidden', HTML]],
    ['the page of an app to all', () => [200, '<!doctype html><div id=root></div>', HTML]],
    [
      'the page of an app, and 405 to what is posted',
      ({ method }) => (method === 'GET' ? [200, '<div id=root></div>', HTML] : [405, '']),
    ],
    ['404 in JSON to all', () => [404, { error: 'not found' }]],
    ['400 to all that is posted', ({ method }) => [method === 'POST' ? 400 : 404, {}]],
    ['200 in JSON to all', ({ url }) => [200, { hello: 'world', path: url, at: Date.now() }]],
    [
      'below /api 401, elsewhere a page',
      ({ url }) => (url?.startsWith('/api') ? [401, {}] : [200, '<div id=root></div>', HTML]),
    ],
  ])('%s', async (_name, answering) => {
    await using server = await startLittleServer(answering)

    expect(await foundAt(server.url)).toEqual({})
    expect(server.asked.length).toBeLessThan(300)
  })

  it.each<readonly [string, Answer]>([
    ['401', [401, { message: 'Sign in first' }]],
    ['a page', [200, '<div id=root></div>', HTML]],
    ['404', [404, { error: 'not found' }]],
    ['200 in JSON', [200, {}]],
  ])('%s to all but what is there', async (_name, ordinary) => {
    await using server = await startLittleServer(({ method, url }) => {
      if (`${method} ${url}` === 'POST /api/v1/auth/login') return [400, { need: 'email' }]
      if (`${method} ${url}` === 'POST /api/v1/auth/logout') return [204, '']
      if (`${method} ${url}` === 'GET /api/me') return [401, { message: 'Whose?' }]
      return ordinary
    })

    const { yaml, target } = await initialOf(server.url)

    expect(target).toMatchObject({
      signIn: { path: '/api/v1/auth/login', body: { fields: { email: '{email}' } } },
      signOut: { method: 'POST', path: '/api/v1/auth/logout' },
      whoami: { path: '/api/me', is: '{email}' },
    })
    expect(yaml).toContain('seen: it answered 400 to an empty POST, unlike made-up paths')
  })
})

it('sends no name and no password, and posts nothing but an empty object', async () => {
  const bodies = new Set<string>()
  await using server = await startLittleServer((_request, body) => {
    bodies.add(body)
    return [404, {}]
  })

  await foundAt(server.url)

  expect([...bodies].toSorted()).toEqual(['', '{}'])
})

describe('a description', () => {
  it('is followed through references, allOf and security', async () => {
    const document = {
      openapi: '3.1.0',
      servers: [{ url: '/v1' }],
      paths: {
        '/register': { post: { requestBody: body('Login'), responses: {} } },
        '/auth/login': {
          post: {
            security: [],
            requestBody: { $ref: '#/components/requestBodies/Login' },
            responses: { 200: { $ref: '#/components/responses/Tokens' } },
          },
        },
        '/auth/logout': { $ref: '#/components/pathItems/Logout' },
        '/users/{id}/profile': { get: { responses: {} } },
        '/profile': { get: { security: [], responses: {} } },
        '/account': { get: { responses: { 200: json('Account') } } },
      },
      security: [{ bearer: [] }],
      components: {
        pathItems: { Logout: { post: { responses: {} } } },
        requestBodies: { Login: body('Login') },
        responses: { Tokens: json('Wrapped') },
        schemas: {
          Login: { allOf: [{ $ref: '#/components/schemas/Who' }, fields('password')] },
          Who: fields('email', 'tenant'),
          Wrapped: {
            type: 'object',
            properties: { data: { $ref: '#/components/schemas/Tokens' } },
          },
          Tokens: fields('expires', 'accessToken'),
          Account: { oneOf: [fields('id', 'email'), fields('other')] },
        },
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      },
    }
    await using server = await startLittleServer(described('/openapi.json', document, '/v1'))

    const { yaml, target } = await initialOf(server.url)

    expect(target).toMatchObject({
      signIn: {
        method: 'POST',
        path: '/v1/auth/login',
        body: { format: 'json', fields: { email: '{email}', password: '{password}' } },
      },
      signOut: { path: '/v1/auth/logout' },
      carry: { kind: 'header', before: 'Bearer ', from: '/data/accessToken' },
      whoami: { path: '/v1/account', owner: { pointer: '/email' }, is: '{email}' },
    })
    expect(target.users[0]?.fields.email).toBe('alice@example.org')
    expect(yaml).toContain('# How a user signs in: read from /openapi.json\n')
    expect(yaml).toContain('# It requires also: tenant. Add them to signIn.')
  })

  it.each<readonly [string, object]>([
    ['3', { openapi: '3.0.0' }],
    ['2', { swagger: '2.0' }],
  ])('of version %s knows a password by its format, whatever its name', async (_name, version) => {
    const secret = { type: 'string', format: 'password' }
    const schema = {
      required: ['login', 'secretWord'],
      properties: { secretWord: secret, login: { type: 'string' } },
    }
    const post =
      'openapi' in version
        ? { requestBody: { content: { 'application/json': { schema } } } }
        : {
            parameters: [
              { name: 'login', in: 'formData', type: 'string' },
              { name: 'secretWord', in: 'formData', ...secret },
            ],
          }
    const document = { ...version, paths: { '/enter/login': { post } } }
    await using server = await startLittleServer(described('/openapi.json', document))

    const { yaml, target } = await initialOf(server.url)

    expect(target.signIn.body?.fields).toEqual({ login: '{name}', secretWord: '{password}' })
    expect(yaml).not.toContain('It requires also')
  })

  it('with an OAuth2 password flow says best where a form is posted', async () => {
    const document = {
      openapi: '3.1.0',
      paths: {
        '/login': { get: {} },
        '/login/access': {
          post: {
            requestBody: {
              content: { 'application/x-www-form-urlencoded': { schema: ref('Body_login') } },
            },
            responses: { 200: { content: { 'application/json': { schema: {} } } } },
          },
        },
        '/users/me': { get: { security: [{ password: [] }], responses: { 200: json('User') } } },
      },
      components: {
        schemas: {
          Body_login: fields('grant_type', 'username', 'password', 'scope', 'client_secret'),
          User: fields('username', 'email'),
        },
        securitySchemes: {
          password: {
            type: 'oauth2',
            flows: { password: { scopes: {}, tokenUrl: 'login/access' } },
          },
        },
      },
    }
    await using server = await startLittleServer(described('/openapi.json', document))

    const { yaml, target } = await initialOf(server.url)

    expect(target.signIn).toMatchObject({
      path: '/login/access',
      body: {
        format: 'form',
        fields: { grant_type: 'password', username: '{name}', password: '{password}' },
      },
    })
    expect(target.carry).toMatchObject({ from: '/access_token' })
    expect(target.whoami).toMatchObject({ path: '/users/me', owner: { pointer: '/username' } })
    expect(yaml).toContain('read from /openapi.json, the OAuth2 password flow')
  })

  it('in YAML is read as well, numbers for statuses and all', async () => {
    const yaml = `
openapi: 3.0.3
info: { title: Notes, version: "1" }
paths:
  /v1/token:
    post:
      requestBody:
        content: { application/json: { schema: { properties: { user: {}, pwd: {} } } } }
      responses:
        200:
          content: { application/json: { schema: { properties: { token: { type: string } } } } }
  /v1/whoami:
    get: { responses: { 200: { description: fine } } }
`
    await using server = await startLittleServer(described('/openapi.yaml', yaml))

    const { target } = await initialOf(server.url)

    expect(target).toMatchObject({
      signIn: { path: '/v1/token', body: { fields: { user: '{name}', pwd: '{password}' } } },
      carry: { from: '/token' },
      whoami: { path: '/v1/whoami' },
    })
  })

  it('in Swagger 2 too, with its forms', async () => {
    const document = {
      swagger: '2.0',
      basePath: '/api',
      paths: {
        '/sessions': {
          post: {
            parameters: ['login', 'password'].map((name) => ({ name, in: 'formData' })),
            responses: { 201: { schema: { $ref: '#/definitions/Session' } } },
          },
        },
        '/sessions/current': { delete: {}, get: { responses: {} } },
      },
      definitions: { Session: fields('api_token') },
      securityDefinitions: { key: { type: 'apiKey', in: 'header', name: 'X-Api-Token' } },
    }
    await using server = await startLittleServer(described('/swagger.json', document, '/api'))

    const { yaml, target } = await initialOf(server.url)

    expect(target).toMatchObject({
      signIn: { path: '/api/sessions', body: { format: 'form', fields: { login: '{name}' } } },
      signOut: { method: 'DELETE', path: '/api/sessions/current' },
      carry: { kind: 'header', name: 'x-api-token' },
      whoami: { path: '/api/sessions/current' },
    })
    expect(yaml).toContain('where the sign-in answers it is a guess: correct it')
  })

  it.each<readonly [string, object, string[], object]>([
    ['a key of the header', { k: key('header', 'X-Key') }, ['token'], { name: 'x-key' }],
    ['a Bearer token beside it', { k: key('header', 'X-Key'), b: BEARER }, ['token'], AS_BEARER],
    ['a Bearer token in the words of old', { k: key('header', 'Authorization') }, [], AS_BEARER],
    ['a cookie', { k: key('cookie', 'sid') }, ['ok'], { kind: 'cookies' }],
    ['a token that nobody names', {}, ['token'], AS_BEARER],
    ['nothing', {}, ['ok'], { kind: 'cookies' }],
  ])('that speaks of %s is followed in what is carried', async (_name, schemes, told, carry) => {
    const document = {
      openapi: '3.0.0',
      paths: { '/login': { post: { responses: { 200: json('Told') } } } },
      components: { schemas: { Told: fields(...told) }, securitySchemes: schemes },
    }
    await using server = await startLittleServer(described('/openapi.json', document))

    const { target } = await initialOf(server.url)

    expect(target.carry).toMatchObject(carry)
  })

  it.each([
    ['/auth/login/', '/users/me/', '/auth/logout/'],
    ['/authenticate', '/api/account/current', '/sign-out'],
  ])('with paths such as %s, %s and %s is understood', async (login, me, logout) => {
    const document = {
      openapi: '3.0.0',
      paths: {
        [login]: { post: { requestBody: body('In') } },
        [me]: { get: { responses: { 200: json('In') } } },
        [logout]: { post: {} },
      },
      components: { schemas: { In: fields('username', 'password') } },
    }
    await using server = await startLittleServer(described('/openapi.json', document))

    expect(await foundAt(server.url)).toMatchObject({
      signIn: { path: login },
      whoami: { path: me, owner: '/username' },
      signOut: { path: logout },
    })
  })

  it('without a sign-in that is known keeps what else it says', async () => {
    const document = {
      openapi: '3.0.0',
      paths: {
        '/enter': { post: {} },
        '/logout': { post: {} },
        '/me': { get: { responses: { 200: json('Me') } } },
      },
      components: { schemas: { Me: { properties: { data: fields('userName') } } } },
    }
    await using server = await startLittleServer(described('/openapi.json', document))

    const { yaml, target } = await initialOf(server.url)

    expect(target).toMatchObject({
      signIn: { path: '/login' },
      signOut: { path: '/logout' },
      whoami: { path: '/me', owner: { pointer: '/data/userName' } },
    })
    expect(yaml).toContain('# How a user signs in: a guess: correct it\n')
    expect(yaml).toContain('# How a user asks who he or she is: read from /openapi.json\n')
  })

  it.each([
    ['/api/v1', '/api/v1'],
    ['https://api.example.org/prod', '/prod'],
    ['https://api.example.org/prod', ''],
  ])('with the server %j is believed where its paths are: at %j', async (url, base) => {
    const document = {
      openapi: '3.0.0',
      servers: [{ url }],
      paths: { '/login': { post: {} } },
    }
    await using server = await startLittleServer(described('/openapi.json', document, base))

    expect(await foundAt(server.url)).toMatchObject({ signIn: { path: `${base}/login` } })
  })

  it('of a service below a path has paths within it', async () => {
    const document = {
      openapi: '3.0.0',
      servers: [{ url: '/api' }],
      paths: { '/login': { post: {} } },
    }
    await using server = await startLittleServer(described('/api/openapi.json', document, '/api'))

    expect(await foundAt(server.url, '/api')).toMatchObject({ signIn: { path: '/login' } })
  })

  it('that leads in circles, or nowhere, says nothing', async () => {
    const schemas = { A: ref('B'), B: ref('A'), C: { allOf: [ref('C')], properties: {} } }
    const document = {
      openapi: '3.0.0',
      paths: {
        '/login': {
          post: { requestBody: body('A'), responses: { 200: json('C'), 201: ref('None') } },
        },
        '/me': 7,
        '/user': { get: null },
      },
      components: { schemas },
    }
    await using server = await startLittleServer(described('/openapi.json', document))

    expect((await foundAt(server.url)).signIn).toMatchObject({ path: '/login', fields: [] })
  })
})

describe('a form to sign in with', () => {
  it('says by itself what it sends, and where', async () => {
    await using server = await startLittleServer(({ method, url }) => {
      if (url === '/') return [302, '', { location: '/enter?next=%2F' }]
      if (method !== 'GET' || !url?.startsWith('/enter')) return [404, 'nothing', HTML]
      const page = `<!-- <form method=post><input type=password name=old></form> -->
<form action="/search"><input name="q"></form>
<FORM class="a>b" METHOD='POST' action=/do?step=1&amp;x=2>
  <input type="hidden" name="_csrf" value="abc"><input type=hidden name=realm value="staff">
  <input name=mail type=email required><input name='secret-word' type="PASSWORD"/>
  <input type=checkbox name=remember><button name=go>Go</button>
</FORM>`
      return [200, page, HTML]
    })

    const { yaml, target } = await initialOf(server.url)

    expect(target.signIn).toEqual({
      page: '/enter?next=%2F',
      method: 'POST',
      path: '/do?step=1&x=2',
      headers: {},
      body: {
        format: 'form',
        fields: {
          realm: 'staff',
          mail: '{email}',
          'secret-word': '{password}',
          _csrf: '{page:_csrf}',
        },
      },
    })
    expect(target.carry).toEqual({ kind: 'cookies' })
    expect(yaml).toContain('read from the form at /enter\n')
    expect(yaml).toContain('\n# page is fetched before each sign-in, with the cookies of the user;')
  })

  it('is read whatever its fields are called', async () => {
    const page = `<form method="post" action="/users/sign_in">
<input name="authenticity_token" type="hidden" value="x"><input name="user[email]">
<input name="user[password]" type="password"></form>`
    await using server = await startLittleServer(({ url }) =>
      url === '/users/sign_in' ? [200, page, HTML] : [404, '', HTML],
    )

    const { target } = await initialOf(server.url)

    expect(target.signIn.body?.fields).toEqual({
      authenticity_token: '{page:authenticity_token}',
      'user[email]': '{email}',
      'user[password]': '{password}',
    })
  })

  it.each([
    [
      'to register',
      '<form method=post><input type=password name=a><input type=password name=b></form>',
    ],
    ['that is no post', '<form><input type=password name=a></form>'],
    [
      'of another site',
      '<form method=post action=https://sso.example.org/><input type=password name=a></form>',
    ],
    [
      'of a script',
      '<script>const a = "<form method=post><input type=password name=a></form>"</script>',
    ],
  ])('is none %s', async (_name, page) => {
    await using server = await startLittleServer(() => [200, page, HTML])

    expect(await foundAt(server.url)).toEqual({})
  })
})

it('knows a Coatcheck gateway by its session, whichever of its providers asks for a password', async () => {
  const signIn = ['sso', 'main', 'other'].map((provider) => {
    return { provider, kind: provider === 'sso' ? 'oidc' : 'password', url: '/auth/login' }
  })
  await using server = await startLittleServer(({ url }) =>
    url === '/auth/session'
      ? [200, { authenticated: false, state: 'absent', now: 1, signIn }]
      : [401, { code: 'session_required' }],
  )

  const { yaml, target } = await initialOf(server.url)

  expect(target).toMatchObject({
    signIn: {
      path: '/auth/login',
      headers: { 'x-csrf': '1' },
      body: { fields: { provider: 'main', username: '{name}' } },
    },
    signOut: { path: '/auth/logout' },
    carry: { kind: 'cookies' },
    whoami: { path: '/auth/session', owner: { pointer: '/name' } },
  })
  expect(yaml).toContain('seen: a Coatcheck gateway answers GET /auth/session here')
})

describe('a service that is slow', () => {
  it('is given up when the time is up, and what was found by then counts', async () => {
    const clock = manualClock()
    await using server = await startLittleServer(({ method, url }) => {
      clock.advance(300)
      if (`${method} ${url}` === 'POST /auth/login') return [400, { need: 'username' }]
      return [404, {}]
    })

    const probed = await probeAt(server.url, { clock })

    expect(probed).toMatchObject({
      found: { signIn: { path: '/auth/login' } },
      missed: ['whoami', 'signOut'],
    })
    expect(server.asked).toContain('GET /user')
    expect(server.asked.length).toBeLessThanOrEqual(70)
  })

  it('that hangs after its first answers proves nothing by that', async () => {
    const clock = manualClock()
    await using server = await startLittleServer(({ method, url }) => {
      if (method === 'GET' && (url === '/' || /^\/[0-9a-f]{18}$/.test(url ?? ''))) return [404, {}]
      // Longer than anybody waits.
      clock.advance(4_000)
      return [401, {}]
    })

    const probed = await probeAt(server.url, { clock })

    expect(probed).toEqual({
      answers: true,
      found: {},
      missed: ['signIn', 'whoami'],
    })
  })

  it('that hangs at paths that are made up proves nothing by any other', async () => {
    const clock = manualClock()
    await using server = await startLittleServer(({ method, url }) => {
      if (method === 'POST' && /^\/[0-9a-f]{18}$/.test(url ?? '')) clock.advance(4_000)
      return method === 'POST' && url === '/login' ? [401, {}] : [404, {}]
    })

    expect(await probeAt(server.url, { clock })).toHaveProperty('found', {})
    expect(server.asked).toContain('POST /login')
  })

  it('that never answers is told in a sentence that needs no setting', async () => {
    const clock = manualClock()
    await using server = await startLittleServer(() => {
      clock.advance(10_000)
      return [200, {}]
    })

    expect(await probeAt(server.url, { clock })).toEqual({
      answers: false,
      why: `${server.url} did not answer: nothing came within 10 seconds; look whether it hangs, or is still starting.`,
    })
  })

  it('is asked a few things side by side, and told of as it goes', async () => {
    const told: number[] = []
    let [under, most] = [0, 0]
    const server = createServer((_request, response) => {
      under++
      most = Math.max(most, under)
      setImmediate(() => {
        under--
        response.writeHead(404).end('{}')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo

    await probeAt(`http://127.0.0.1:${port}`, { onAsked: (asked) => told.push(asked) })
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))

    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(8)
    expect(told).toEqual(told.map((_, index) => index + 1))
    expect(told.length).toBeGreaterThan(100)
  })
})

it('guesses a page that greets only where one signs in by cookies', () => {
  const fields = ['username', 'password'].map((name) => ({ name, required: true }))
  const signIn = { path: '/token', format: 'form', fields, how: '' } as const
  const bearer = { kind: 'bearer', from: '/access_token', how: '' } as const

  expect(starterFile('http://a.example', { signIn })).toContain('whoami: { get: /, owner: { text:')
  expect(starterFile('http://a.example', { signIn, carry: bearer })).toContain(
    'whoami: { get: /user, owner: /username,',
  )
})

describe('a target file that is written', () => {
  it('names no header for a cookie that only happens to be called so', async () => {
    const form = '<form method=post action=/login><input name=u><input type=password name=p></form>'
    await using server = await startLittleServer(({ url, method }) => {
      if (url !== '/login') return [404, {}]
      if (method === 'POST') return [401, {}]
      return [200, form, { ...HTML, 'set-cookie': ['constructor=1', 'toString=2'] }]
    })

    const yaml = starterFile(server.url, await foundAt(server.url))

    expect(yaml).toContain('post: /login')
    expect(yaml).not.toMatch(/native code|\{cookie:constructor/)
  })

  it('leaves out everywhere, and says so, what it cannot name', () => {
    const how = 'seen'
    const fields = ['login', 'password'].map((name) => ({ name, required: true }))
    const oneTime = ['_csrf', 'a{b}']
    const signIn = { path: '/in', format: 'form', fields, page: '/in', oneTime, how } as const

    const yaml = starterFile('http://localhost:1', {
      signIn,
      signOut: { method: 'post', path: '/out', how },
    })

    expect(yaml.match(/\{page:_csrf\}/g)).toHaveLength(2)
    expect(yaml).not.toContain('a{b}')
    expect(yaml).toContain(
      '# Its page has a field made anew for each visit with a name that no target file takes: left out.',
    )
  })

  it.each(['\0AWS_SECRET\0', '{cookie:sid}', '{page:/a}', '{name}'])(
    'leaves out what is always sent as %j',
    (constant) => {
      const how = 'seen'
      const fields = [
        { name: 'login', required: true },
        { name: 'password', required: true },
        { name: 'tz', required: true, constant },
      ]

      const yaml = starterFile('http://localhost:1', {
        signIn: { path: '/in', format: 'form', fields, how },
      })

      expect(yaml).toContain('# What it always sends as tz has {…} in it')
      expect(yaml).not.toContain('tz: ')
    },
  )
})

describe('what is left to do', () => {
  const how = 'seen'
  const fields = ['login', 'password'].map((name) => ({ name, required: true }))
  const signIn = { path: '/in', format: 'json', fields, how } as const
  const whoami = { path: '/me', owner: '/login', how }
  const cookies = { kind: 'cookies', how } as const

  it.each<readonly [string, Found]>([
    ['Fill in signIn, whoami and users, check carry (a guess), then', {}],
    ['Fill in users, then', { signIn, whoami, carry: cookies }],
    [
      'Fill in whoami and users, check signIn and carry (guesses), then',
      { signIn: { ...signIn, fields: [] }, carry: { kind: 'bearer', how } },
    ],
    [
      'Fill in users, check whoami (a guess), then',
      {
        signIn: { ...signIn, page: '/in', oneTime: ['_csrf'] },
        whoami: { path: '/me', how },
        carry: { kind: 'bearer', from: '/token', how },
      },
    ],
    ['Try it with', { gateway: 'demo', signIn, whoami, carry: cookies }],
  ])('is said as %j', (todo, found) => {
    expect(nextStep(found, 'a.yaml')).toBe(`Wrote a.yaml. ${todo}: coatcheck qa leaks a.yaml`)
  })

  it('names what the time did not suffice for', () => {
    expect(cutShort([])).toBeUndefined()
    expect(cutShort(['signIn', 'whoami'])).toBe(
      'It answers slowly: the time was up before signIn and whoami had been looked for everywhere. Try again, or write what you know.',
    )
  })
})

it('looks for a sign-out beside the sign-in, whose query is none of its path', () => {
  expect(signOutPaths('/do/login?next=/a/b')).toContain('/do/logout')
  expect(folderOf('/login?next=/a/b')).toBe('')
})

function probeAt(origin: string, options: Partial<ProbeOptions> = {}) {
  const usual = { base: '', clock: systemClock, random: systemRandom, totalMs: 20_000 }
  return probe({ origin, ...usual, ...options })
}

async function foundAt(origin: string, base = ''): Promise<Found> {
  const probed = await probe({
    origin,
    base,
    clock: systemClock,
    random: systemRandom,
    totalMs: 20_000,
  })
  if (!probed.answers) throw new Error(probed.why)
  return probed.found
}

/** The file that is written, and what it comes to. */
async function initialOf(origin: string): Promise<{ yaml: string; target: Target }> {
  const yaml = starterFile(origin, await foundAt(origin))
  const env = { ALICE_PASSWORD: 'a', BOB_PASSWORD: 'b' }
  return { yaml, target: await targetFrom(yaml, { env }) }
}

/** A service of exactly the paths that its description names, below `base`. */
function described(at: string, document: object | string, base = ''): Answering {
  const text = typeof document === 'string' ? document : JSON.stringify(document)
  const paths = [...text.matchAll(/(?:"|^ {2})(\/[\w/]+)"?:/gm)].map(([, path]) => base + path)
  return ({ url = '' }) => {
    if (url === at) return [200, text, { 'content-type': 'text/plain' }]
    return paths.includes(url) ? [401, {}] : [404, {}]
  }
}

function key(where: 'header' | 'cookie', name: string) {
  return { type: 'apiKey', in: where, name }
}

function ref(name: string) {
  return { $ref: `#/components/schemas/${name}` }
}

function json(name: string) {
  return { content: { 'application/json': { schema: ref(name) } } }
}

function body(name: string) {
  return { required: true, ...json(name) }
}

function fields(...names: readonly string[]) {
  const properties = Object.fromEntries(names.map((name) => [name, { type: 'string' }]))
  return { type: 'object', required: names, properties }
}
