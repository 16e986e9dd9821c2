import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openPools } from '../../../src/proxy/pool.ts'
import { createRoute, hidesDotSegment, plainTarget } from '../../../src/proxy/route.ts'
import { testConfig } from '../../support/gateway.ts'

function routeOf(at: { prefix: string } | { path: string }, upstream = 'http://up.example/base/') {
  const [config] = testConfig({ routes: [{ ...at, upstream, auth: 'public' }] }).routes
  if (!config) throw new Error('a route was given')
  return createRoute(
    config,
    openPools().open({ origin: 'http://up.example', ca: undefined, connectMs: 1 }),
    undefined,
  )
}

describe('the short cut', () => {
  const route = routeOf({ prefix: '/api' })

  it('takes paths of plain characters and leaves the query as it is', () => {
    const targets = [
      '/api',
      '/api/',
      '/api/a.b~c_d-e/F',
      '/api/...',
      '/api/..a',
      '/api/a?b=%2f..&//',
      '/api?',
    ]

    expect(targets.map((target) => plainTarget(route, target))).toEqual([
      '/base',
      '/base/',
      '/base/a.b~c_d-e/F',
      '/base/...',
      '/base/..a',
      '/base/a?b=%2f..&//',
      '/base?',
    ])
    expect(plainTarget(routeOf({ prefix: '/' }, 'http://up.example'), '/a')).toBe('/a')
    expect(plainTarget(routeOf({ path: '/api' }, 'http://up.example'), '/api?q')).toBe('/?q')
  })

  it('leaves everything to the long way that anybody could read differently', () => {
    const odd = fc.constantFrom(
      '.',
      '..',
      '',
      '%61',
      'a;b',
      'a%2fb',
      '\\',
      'é',
      'a b',
      'a#',
      '@',
      ':',
      '*',
      '\0',
    )
    const plain = fc.stringMatching(/^[A-Za-z0-9_~-]{1,8}$/)

    fc.assert(
      fc.property(
        fc.array(plain, { maxLength: 4 }),
        odd,
        fc.array(plain, { maxLength: 4 }),
        (before, one, after) => {
          const target = ['/api', ...before, one, ...after].join('/')
          // An empty segment at the end is a slash at the end.
          fc.pre(!(one === '' && after.length === 0))
          expect(plainTarget(route, target)).toBeUndefined()
        },
      ),
    )
    for (const query of ['?a#b', '?a b', '?\t', '?\x7f']) {
      expect(plainTarget(route, `/api/x${query}`), query).toBeUndefined()
    }
  })
})

it.each([
  ['/a/..;/b', true],
  ['/a/..;x=y/b', true],
  ['/a/%2e%2e;/b', true],
  ['/a/%2E.%3Bx', true],
  ['/a\\..;\\b', true],
  ['..;/a', true],
  ['/a%00', true],
  ['/a/..%00/b', true],
  ['/a/..b;c', false],
  ['/a;..;/b', false],
  ['/a/...;/b', false],
  ['/a;b=c/d', false],
  ['/a/%252e%252e;', false],
])('%s hides a dot segment: %s', (path, hides) => {
  expect(hidesDotSegment(path)).toBe(hides)
})

describe('a Location', () => {
  it('of a prefix comes back whole segments at a time, of a path only as itself', () => {
    const prefix = routeOf({ prefix: '/api' })
    const path = routeOf({ path: '/api/me' }, 'http://up.example/user')

    expect(prefix.mapLocation('http://up.example/base/x?y#z')).toBe('/api/x?y#z')
    expect(prefix.mapLocation('http://up.example/base')).toBe('/api')
    expect(prefix.mapLocation('http://up.example/based')).toBeUndefined()
    expect(prefix.mapLocation('http://up.example.evil/base')).toBeUndefined()
    expect(prefix.mapLocation('/base/x')).toBeUndefined()
    expect(path.mapLocation('http://up.example/user?x')).toBe('/api/me?x')
    expect(path.mapLocation('http://up.example/user/1')).toBeUndefined()
  })

  it('never names another host once it is a path', () => {
    const root = routeOf({ prefix: '/' }, 'http://up.example')
    const slashes = fc.stringMatching(/^[/\\\t]{0,4}$/)

    fc.assert(
      fc.property(
        slashes,
        fc.constantFrom('', 'evil.example', '@evil.example', '..//evil.example'),
        (start, rest) => {
          const mapped = root.mapLocation(`http://up.example/${start}${rest}`)
          if (mapped !== undefined) {
            expect(new URL(mapped, 'https://app.example/x/y').origin).toBe('https://app.example')
          }
        },
      ),
    )
  })
})
