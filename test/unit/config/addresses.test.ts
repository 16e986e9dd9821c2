import { describe, expect, it } from 'vitest'
import { baseIn, originIn } from '../../../src/config/addresses.ts'

describe('an address as somebody typed it', () => {
  it.each([
    ['http://localhost:5000', 'http://localhost:5000', ''],
    ['http://localhost:5000/', 'http://localhost:5000', ''],
    ['HTTPS://App.Example.org:443/#/home', 'https://app.example.org', ''],
    ['http://localhost:5000/api//?a=b', 'http://localhost:5000', '/api'],
  ])('%s has an origin and what stands before its paths', (text, origin, base) => {
    expect(baseIn(text)).toEqual({ origin, base })
    expect(originIn(text)).toBe(base === '' ? origin : undefined)
  })

  it.each([
    'localhost:5000',
    'here',
    'ftp://a.example',
    'http://ada@a.example',
    'http://:pw@a.example',
  ])('%s is none', (text) => {
    expect(baseIn(text)).toBeUndefined()
    expect(originIn(text)).toBeUndefined()
  })
})
