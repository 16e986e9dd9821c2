import { describe, expect, it } from 'vitest'
import { flatHeaders, headerOf, headersOf } from '../../../src/lib/flat-headers.ts'

const raw = ['Set-Cookie', 'a=1', 'X-User', 'set-cookie', 'SET-COOKIE', 'b=2', 'Via']

describe('headers as the wire has them', () => {
  it('are found by name in whatever case, never by a value that reads like one', () => {
    expect(headerOf(raw, 'x-user')).toBe('set-cookie')
    expect(headerOf(raw, 'set-cookie')).toBe('a=1')
    expect(headersOf(raw, 'set-cookie')).toEqual(['a=1', 'b=2'])
  })

  it('have no value where none came', () => {
    expect(headerOf(raw, 'via')).toBeUndefined()
    expect(headerOf(raw, 'cookie')).toBeUndefined()
    expect(headersOf(raw, 'cookie')).toEqual([])
  })

  it('are made of headers by name, a line for each value', () => {
    const named = { 'set-cookie': ['a=1', 'b=2'], age: 3, via: undefined }
    expect(flatHeaders(named)).toEqual(['set-cookie', 'a=1', 'set-cookie', 'b=2', 'age', '3'])
  })
})
