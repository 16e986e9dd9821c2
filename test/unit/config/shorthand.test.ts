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

  it.each([
    [
      'upstream: http://localhost:1\nroutes: [{ prefix: /api, upstream: http://localhost:2 }]',
      'coatcheck.yaml:1:11 upstream: is short for a route with prefix /api, and routes has one: keep one of the two',
    ],
    [
      'signIn: /login\nproviders: { crm: { kind: password, signIn: { url: http://localhost:2/login } } }',
      'coatcheck.yaml:1:9 signIn: is short for a provider, and providers is written: keep one of the two',
    ],
    [
      'signIn: /login',
      'coatcheck.yaml:1:9 signIn: is a path at upstream, which is missing: write upstream or a whole address',
    ],
    [
      'upstream: http://localhost:1\nsignIn: login',
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
