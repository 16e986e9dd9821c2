import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pointerStep, valueAt } from '../../../src/tokens/pointer.ts'

describe('a JSON Pointer', () => {
  // RFC 6901 section 5.
  const document = {
    foo: ['bar', 'baz'],
    '': 0,
    'a/b': 1,
    'c%d': 2,
    'e^f': 3,
    'g|h': 4,
    'i\\j': 5,
    'k"l': 6,
    ' ': 7,
    'm~n': 8,
    '~1': 9,
  }

  it.each([
    ['', document],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
    ['/~01', 9],
  ])('%j finds its value', (pointer, value) => {
    expect(valueAt(document, pointer)).toEqual(value)
  })

  it.each(['foo', '/foo/00', '/foo/01', '/foo/-', '/foo/-1', '/foo/2', '/foo/length', '/foo/0/0'])(
    '%j finds nothing',
    (pointer) => {
      expect(valueAt(document, pointer)).toBeUndefined()
    },
  )

  it.each(['/constructor', '/__proto__', '/toString/name', '/foo/constructor'])(
    '%j finds nothing of what every object inherits',
    (pointer) => {
      expect(valueAt(document, pointer)).toBeUndefined()
    },
  )

  it.each([null, undefined, 1, 'text', true, []])('finds nothing in %j', (empty) => {
    expect(valueAt(empty, '/a')).toBeUndefined()
  })

  it('finds every member by the step written for it', () => {
    fc.assert(
      fc.property(fc.string(), (key) => {
        expect(valueAt(JSON.parse(`{${JSON.stringify(key)}:1}`), `/${pointerStep(key)}`)).toBe(1)
      }),
    )
  })
})
