// The path at which a session of the bench is tried belongs to its provider, by the route that leads there.
import { describe, expect, it } from 'vitest'
import { asksAt } from '../../../src/qa/asks-at.ts'
import { type RouteSettings, testConfig } from '../../support/gateway.ts'
import { passwordProvider } from '../../support/password-provider.ts'

const UPSTREAM = 'http://127.0.0.1:8000'

function at(routes: readonly RouteSettings[], identity?: string) {
  const provider = passwordProvider(UPSTREAM, {
    ...(identity === undefined
      ? {}
      : { identity: { url: new URL(identity), sub: '/id', name: '/name' } }),
  })
  return asksAt('main', testConfig({ routes, providers: [provider] }))
}

describe('the path where a session is tried', () => {
  it('is where the provider asks who somebody is, by the route that leads there', () => {
    const routes = [
      { prefix: '/other', upstream: 'http://127.0.0.1:9000' },
      { prefix: '/api', upstream: `${UPSTREAM}/v1` },
    ]

    expect(at(routes, `${UPSTREAM}/v1/user`)).toBe('/api/user')
    expect(at([{ path: '/me', upstream: `${UPSTREAM}/user` }], `${UPSTREAM}/user`)).toBe('/me')
    expect(at([{ prefix: '/', upstream: UPSTREAM }], `${UPSTREAM}/user`)).toBe('/user')
  })

  it('is else a route of that provider, an exact one first, and never a public one', () => {
    const open = { path: '/open', upstream: UPSTREAM, auth: 'public' } as const
    const wide = { prefix: '/api', upstream: UPSTREAM }

    expect(at([open, wide, { path: '/me', upstream: UPSTREAM }])).toBe('/me')
    expect(at([open, wide], 'http://127.0.0.1:9000/user')).toBe('/api')
    expect(at([open])).toBe('/auth/session')
  })
})
