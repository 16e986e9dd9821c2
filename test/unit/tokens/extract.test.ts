import { describe, expect, it } from 'vitest'
import type { TokenPlace } from '../../../src/config/config.ts'
import { createAnswer } from '../../../src/tokens/answer.ts'
import { bodyWithoutTokens, expiryAt, isUsableToken, tokenAt } from '../../../src/tokens/extract.ts'

const answerOf = (
  body: unknown,
  headers: Record<string, string | string[]> = {},
  cookies: Record<string, string> = {},
) =>
  createAnswer(200, headers, new Map(Object.entries(cookies)), {
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  })

describe('a token', () => {
  it('is the first that a place gives, empty and other values passed over', () => {
    const places: TokenPlace[] = [
      { pointer: '/absent' },
      { pointer: '/empty' },
      { pointer: '/number' },
      { pointer: '/object' },
      { pointer: '/deep/0/a~1b' },
      { pointer: '/late' },
    ]
    const body = { empty: '', number: 7, object: {}, deep: [{ 'a/b': 'first' }], late: 'second' }

    expect(tokenAt(places, answerOf(body))).toBe('first')
  })

  it.each([
    ['Bearer abc', 'abc'],
    ['bearer   abc', 'abc'],
    ['Token abc', 'abc'],
    ['abc', 'abc'],
    ['Bearerabc', 'Bearerabc'],
    ['Bearer', undefined],
  ])('stands in a header %j as %j', (value, token) => {
    const places = [{ header: 'Authorization' }]

    expect(tokenAt(places, answerOf({}, { authorization: value }))).toBe(token)
  })

  it('stands in the first of several headers that is not empty', () => {
    expect(tokenAt([{ header: 'X-Auth' }], answerOf({}, { 'x-auth': ['', 'abc'] }))).toBe('abc')
  })

  it('stands in a cookie of exactly that name', () => {
    const answer = answerOf({}, {}, { SID: 'other', sid: 'abc' })

    expect(tokenAt([{ cookie: 'sid' }], answer)).toBe('abc')
  })

  it.each(['[]', 'null', '""', '1', 'true', '', 'no JSON', '[[[]]]'])(
    'is absent from a body of %s',
    (body) => {
      expect(tokenAt([{ pointer: '/access_token' }, { pointer: '/0' }], answerOf(body))).toBe(
        undefined,
      )
    },
  )

  it.each([
    ['abc', true],
    ['eyJ.eyJ._-~+/=', true],
    ['two words', true],
    ['x'.repeat(16_384), true],
    ['x'.repeat(16_385), false],
    ['a\r\nX-Evil: 1', false],
    ['a\n', false],
    ['a\0b', false],
    ['a\tb', false],
    ['a\x7fb', false],
    ['é', false],
    ['a\u2028b', false],
    [' a', false],
    ['a ', false],
    ['', false],
  ])('%# can or cannot stand in a header', (token, usable) => {
    expect(isUsableToken(token)).toBe(usable)
  })
})

describe('the expiry in an answer', () => {
  it('is the first number or text', () => {
    const places = [{ pointer: '/null' }, { pointer: '/zero' }, { pointer: '/text' }]

    expect(expiryAt(places, answerOf({ null: null, zero: 0, text: '600' }))).toBe(0)
    expect(expiryAt(places, answerOf({ null: null, text: '600' }))).toBe('600')
    expect(expiryAt(places, answerOf([]))).toBeUndefined()
  })
})

describe('a body without its tokens', () => {
  const places = [{ pointer: '/access' }, { pointer: '/token' }]
  const token = 'token-of-twenty-bytes'
  const strip = (body: string, issued: string[] = [token]) =>
    Buffer.from(bodyWithoutTokens(answerOf(body), places, issued)).toString()

  it('loses the member and keeps the rest, digits and all', () => {
    expect(strip(`{"access":"${token}","id":12345678901234567890,"balance":1.10}`)).toBe(
      '{"id":12345678901234567890,"balance":1.10}',
    )
  })

  it('loses every repetition, in strings, names and arrays too', () => {
    const body = {
      access: token,
      header: `Bearer ${token}`,
      list: [1, token],
      [token]: true,
      deep: { url: `https://x.test/?t=${token}`, kept: 'yes' },
    }

    expect(strip(JSON.stringify(body))).toBe('{"list":[1,null],"deep":{"kept":"yes"}}')
  })

  it('loses a repetition that is written with escapes', () => {
    expect(strip(`{"other":"\\u0074${token.slice(1)}"}`)).toBe('{}')
  })

  it('loses what stands at any place of the configuration, and under the standard names', () => {
    const body = '{"access":"first","token":"second","refresh_token":"r","id_token":"i","x":"y"}'

    expect(strip(body, ['first'])).toBe('{"x":"y"}')
  })

  it('keeps strings that merely hold a very short token', () => {
    expect(strip('{"access":"1","version":"1.2","also":"1"}', ['1'])).toBe('{"version":"1.2"}')
  })

  it.each(['{ "user" : "ada",\n "n": 1.0 }', '[]', 'plain', '', '<p>hello</p>'])(
    'is the same bytes where there is none: %s',
    (body) => {
      const answer = answerOf(body)
      expect(bodyWithoutTokens(answer, places, [token])).toBe(answer.body)
    },
  )

  it('is null where the whole body is the token', () => {
    expect(strip(JSON.stringify(token))).toBe('null')
  })

  it('is empty where a body that is no JSON holds one, percent-encoded too', () => {
    expect(strip(`<token>${token}</token>`)).toBe('')
    expect(strip(`t=${encodeURIComponent('a+b/c=')}`, ['a+b/c='])).toBe('')
  })

  it('is empty where bytes that are no UTF-8 hold one', () => {
    const body = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(token)])
    const answer = createAnswer(200, {}, new Map(), { body })

    expect(bodyWithoutTokens(answer, places, [token])).toHaveLength(0)
  })
})
