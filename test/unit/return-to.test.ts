import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { returnTo } from '../../src/lib/return-to.ts'

const OWN = 'https://app.example.org'

describe('where a browser may be sent', () => {
  it.each(['/', '/notes', '/notes?id=1&x=%2F%2Fevil', '/a/../b', '/notes#top', '/%2e%2e/x'])(
    'is %s',
    (path) => {
      const target = returnTo(path, '/fallback')

      expect(target).not.toBe('/fallback')
      expect(new URL(target, OWN).href).toBe(new URL(path, OWN).href)
    },
  )

  it.each([
    undefined,
    '',
    'notes',
    '//evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/\t/evil.example',
    '/ /evil.example',
    '/\n/evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/x/..//evil.example',
    '/%2e//evil.example',
    'https://evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    '/auth/logout',
    '/auth',
    '/%61uth/login',
    '/x/../auth/login',
    `/${'a'.repeat(3000)}`,
    '/\u0000',
    '/\\/evil.example',
  ])('is not %j', (path) => {
    expect(returnTo(path, '/fallback')).toBe('/fallback')
  })

  it('is on our own origin, whatever is asked for', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '//',
      '%2f',
      '%5c',
      '%09',
      '\t',
      ' ',
      '@',
      ':',
      '?',
      '#',
      'evil.example',
      'https:',
      'a',
      '%00',
      '\u2028',
      '\uff0f',
      ';',
      '。',
      '&',
      '\r\n',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const target = returnTo(`/${pieces.join('')}`, '/fallback')
        expect(new URL(target, OWN).origin).toBe(OWN)
        expect(target.startsWith('/')).toBe(true)
      }),
      { numRuns: 50_000, seed: 20 },
    )
  })
})
