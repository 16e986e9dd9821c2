// Whatever secret a recording has met is replaced wherever it stands, and the oldest are forgotten first.
import { describe, expect, it } from 'vitest'
import { createSecretBook } from '../../../src/qa/record/secret-book.ts'

/** As of one issuer: they begin alike. */
const token = (nth: number) =>
  `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${String(nth).padStart(24, 'a')}`

describe('the secrets that a recording has met', () => {
  it('are found wherever they stand, several in one run', () => {
    const book = createSecretBook()
    for (let nth = 1; nth <= 3; nth++) book.add(token(nth), `{{${nth}.token}}`)

    expect(book.replaceIn(`a${token(1)}${token(2)}.b.${token(3)}`)).toBe(
      'a{{1.token}}{{2.token}}.b.{{3.token}}',
    )
    expect(book.replaceIn(token(4))).toBe(token(4))
  })

  it('are replaced whole where one is the beginning or the end of another', () => {
    const book = createSecretBook()
    const [short, before, after] = ['0123456789abcdef', 'before-', '-and-after-it']
    for (const value of [before + short, short, short + after])
      book.add(value, `{{${value.length}.token}}`)

    expect(book.replaceIn(`x${before}${short}x`)).toBe('x{{23.token}}x')
    expect(book.replaceIn(`x${short}x`)).toBe('x{{16.token}}x')
    expect(book.replaceIn(`x${short}${after}x`)).toBe('x{{29.token}}x')
  })

  it('are forgotten beyond a number, the oldest first', () => {
    const book = createSecretBook({ tokens: 1000 })
    for (let nth = 0; nth <= 2000; nth++) book.add(token(nth), '{{a.token}}')

    expect(book.replaceIn(token(0))).toBe(token(0))
    for (let nth = 1001; nth <= 2000; nth++) expect(book.replaceIn(token(nth))).toBe('{{a.token}}')
  })

  it('are all kept in mind however many begin or end alike', () => {
    const book = createSecretBook()
    const people = Array.from({ length: 300 }, (_, nth) => [
      `Passw0rd!${nth}`,
      `${String(nth).padStart(3, '0')}-TestPassword-2026-ok`,
    ])
    for (const passwords of people)
      for (const password of passwords) book.add(password, '{{a.password}}')
    for (let nth = 100; nth < 400; nth++) book.add(`${nth}-0123456789abcdef`, '{{a.token}}')

    for (const password of people.flat()) {
      for (const text of [password, `my ${password}.`, btoa(`bob:${password}`)]) {
        expect(book.replaceOdd(text)).toContain('{{a.password}}')
        expect(book.replaceOdd(text)).not.toContain(password)
      }
    }
    for (let nth = 100; nth < 400; nth++)
      expect(book.replaceIn(`${nth}-0123456789abcdef`)).toBe('{{a.token}}')
  })

  it('are told apart however late they differ', () => {
    const book = createSecretBook()
    const long = 'one sentence, and ! '.repeat(10)
    for (const end of ['ab', 'a', 'b']) book.add(long + end, `{{${end}.password}}`)
    const token = '0123456789'.repeat(20)
    for (const start of ['a', 'b']) book.add(start + token, `{{${start}.token}}`)

    for (const end of ['a', 'b', 'ab'])
      expect(book.replaceOdd(`(${long}${end})`)).toBe(`({{${end}.password}})`)
    for (const start of ['a', 'b']) expect(book.replaceIn(start + token)).toBe(`{{${start}.token}}`)
  })

  it('are hidden whole however long they are, in base64 too', () => {
    const book = createSecretBook()
    const long = Array.from({ length: 700 }, (_, nth) => `${nth} of them; `).join('')
    book.add(long, '{{a.password}}')

    expect(book.replaceOdd(`(${long})`)).toMatch(/^\((\{\{a\.password\}\})+\)$/)
    expect(book.replaceOdd(btoa(long)).replaceAll('{{a.password}}', '').length).toBeLessThan(200)
  })

  it('are found in either form of Unicode', () => {
    const book = createSecretBook()
    book.add('S\u00f6mmer2026!x', '{{a.password}}')
    book.add('Wi\u0308nter2026!', '{{b.password}}')

    expect(book.replaceOdd('my So\u0308mmer2026!x.')).toBe('my {{a.password}}.')
    expect(book.replaceOdd('my W\u00efnter2026!.')).toBe('my {{b.password}}.')
  })

  it('are found escaped while nobody has typed a password yet', () => {
    const book = createSecretBook()
    book.add('Zm9vYmFyYmF6/cXV1eA/0123', '{{a.token}}')

    expect(book.replaceOdd('"Zm9vYmFyYmF6\\/cXV1eA\\/0123"')).toBe('"{{a.token}}"')
  })

  it('says when it can learn no more of what people type', () => {
    const book = createSecretBook({ mostWords: 100 })

    for (let nth = 0; nth < 10; nth++) book.add(`Passw0rd!${nth}`, '{{a.password}}')
    expect(book.full).toBe(false)
    for (let nth = 10; nth < 50; nth++) book.add(`Passw0rd!${nth}`, '{{a.password}}')

    expect(book.full).toBe(true)
    expect(book.replaceOdd('Passw0rd!7')).toBe('{{a.password}}')
  })

  it('are no room for what anybody may send: of refused values a number is looked for', () => {
    const book = createSecretBook({ mostWords: 20_000 })

    for (let nth = 0; nth < 5000; nth++)
      book.add(`not-the-password-${nth}!`, '{{a.wrong_password}}')
    book.add('Passw0rd!1', '{{a.password}}')

    expect(book.full).toBe(false)
    expect(book.replaceOdd('Passw0rd!1')).toBe('{{a.password}}')
  })
})
