import { describe, expect, it } from 'vitest'
import { accepted, refused } from './loading.ts'

describe('shorthand', () => {
  it('is one route, and one provider that answers under our own prefix too', async () => {
    const config = await accepted('upstream: http://localhost:1/v1/\nsignIn: /sessions/new\n')

    expect(config.routes).toHaveLength(1)
    expect(config.routes[0]).toMatchObject({
      match: 'prefix',
      at: '/api',
      auth: 'required',
      provider: 'main',
    })
    expect(config.routes[0]?.upstream.href).toBe('http://localhost:1/v1')
    expect(config.providers).toHaveLength(1)
    expect(config.providers[0]).toMatchObject({
      name: 'main',
      signIn: { also: '/api/sessions/new' },
    })
    expect(config.providers[0]?.signIn.url.href).toBe('http://localhost:1/v1/sessions/new')
    expect(config.warnings).toEqual([])
  })

  it('may name a sign-in elsewhere, with routes in full', async () => {
    const config = await accepted(
      'signIn: http://localhost:2/token\nroutes: [{ prefix: /x, upstream: http://localhost:1 }]',
    )

    expect(config.providers[0]?.signIn).toMatchObject({ also: '/api/login' })
    expect(config.providers[0]?.signIn.url.href).toBe('http://localhost:2/token')
    expect(config.routes[0]?.provider).toBe('main')
  })

  it('may be joined by more routes', async () => {
    const config = await accepted(
      'upstream: http://localhost:1\nroutes: [{ path: /api/register, upstream: http://localhost:1/register, auth: public }]',
    )

    expect(config.routes.map(({ at }) => at)).toEqual(['/api/register', '/api'])
  })

  it('may lead to a provider in full', async () => {
    const config = await accepted(
      'upstream: http://localhost:1\nproviders: { crm: { kind: password, signIn: { url: http://localhost:2/login } } }',
    )

    expect(config.routes[0]?.provider).toBe('crm')
    expect(config.providers).toHaveLength(1)
  })

  it('may be joined by what it does not say, under providers.main', async () => {
    const config = await accepted(
      `upstream: http://localhost:1
signIn: /token
providers:
  main:
    signIn: { format: form }
    tokens: { access: /user/jwt }
    refresh: { url: http://localhost:1/refresh }`,
    )

    expect(config.providers).toHaveLength(1)
    expect(config.providers[0]).toMatchObject({
      kind: 'password',
      name: 'main',
      signIn: { also: '/api/token', format: 'form' },
      tokens: {
        access: [{ pointer: '/user/jwt' }],
        refresh: [{ pointer: '/refresh_token' }, {}, {}, {}],
      },
      refresh: { authorize: { bearer: 'refresh' } },
    })
    expect(config.providers[0]?.signIn.url.href).toBe('http://localhost:1/token')
    expect(config.routes[0]?.provider).toBe('main')
  })

  it('may be joined by a variable, with flags for all the rest', async () => {
    const config = await accepted(undefined, {
      env: { COATCHECK__PROVIDERS__MAIN__TOKENS__ACCESS: '/user/jwt' },
      overrides: { upstream: 'http://localhost:1' },
    })

    expect(config.providers[0]).toMatchObject({
      name: 'main',
      signIn: { url: new URL('http://localhost:1/login') },
      tokens: { access: [{ pointer: '/user/jwt' }] },
    })
  })

  it('leaves the sign-in path to providers.main where that names one', async () => {
    const config = await accepted(
      'upstream: http://localhost:1\nproviders: { main: { signIn: { also: /in } } }',
    )

    expect(config.providers[0]?.signIn.also).toBe('/in')
  })

  it.each([
    ['{ signIn: { url: http://localhost:2/login } }', 'kind'],
    ['{ kind: password }', 'signIn'],
    ['{ kind: password, signIn: { also: /x } }', 'signIn.url'],
  ])('does not fill in another provider: %s lacks its %s', async (crm, missing) => {
    const problems = await refused(`upstream: http://localhost:1\nproviders: { crm: ${crm} }`)

    expect(problems).toEqual([
      expect.stringMatching(
        new RegExp(`^coatcheck.yaml:2:\\d+ providers.crm.${missing}: is missing$`),
      ),
    ])
  })

  it.each([
    [
      'upstream: http://localhost:1\nroutes: [{ prefix: /api, upstream: http://localhost:2 }]',
      'coatcheck.yaml:1:11 upstream: is short for a route with prefix /api, and routes has one: keep one of the two',
    ],
    [
      'signIn: /login\nproviders: { crm: { kind: password, signIn: { url: http://localhost:2/login } } }',
      'coatcheck.yaml:1:9 signIn: is short for the provider main, and providers has others: keep one of the two',
    ],
    [
      'upstream: http://localhost:1\nsignIn: /login\nproviders: { main: { kind: password, signIn: { url: http://localhost:2/login } } }',
      'coatcheck.yaml:2:9 signIn: is short for providers.main.signIn.url, which is written: keep one of the two',
    ],
    [
      'signIn: /login\nproviders: { main: { tokens: { access: /a } } }',
      'coatcheck.yaml:1:9 signIn: is a path at upstream, which is missing: write upstream or a whole address',
    ],
    [
      'upstream: http://localhost:1\nproviders: { main: { signIn: { also: /api/in } } }\nroutes: [{ path: /api/in, upstream: http://localhost:2 }]',
      'coatcheck.yaml:2:38 providers.main.signIn.also: answers the same as the path /api/in: keep one of the two',
    ],
    [
      'upstream: http://localhost:1\nproviders: { main: { kind: oidc } }',
      'coatcheck.yaml:2:28 providers.main.kind: oidc is not in this version: write one of password, confirm',
    ],
    [
      'signIn: /login',
      'coatcheck.yaml:1:9 signIn: is a path at upstream, which is missing: write upstream or a whole address',
    ],
    [
      'upstream: http://localhost:1\nsignIn: login',
      'coatcheck.yaml:2:9 signIn: must be a path that begins with /, such as /login, or a whole http(s) address',
    ],
    [
      'upstream: http://localhost:1\nsignIn: localhost:2/login',
      'coatcheck.yaml:2:9 signIn: write an absolute http(s) address, such as https://api.example.org',
    ],
    [
      'upstream: http://localhost:1\nsignIn: /a/../b',
      'coatcheck.yaml:2:9 signIn: must not contain . or .. as a segment',
    ],
    [
      'upstream: http://localhost:1\nroutes: [{ path: /api/login, upstream: http://localhost:2 }]',
      'coatcheck.yaml:1:11 upstream: answers the same as the path /api/login: keep one of the two',
    ],
  ])('is refused where it contradicts: %s', async (yaml, message) => {
    expect(await refused(yaml)).toEqual([message])
  })
})
