import { describe, expect, it } from 'vitest'
import { createSecretBook } from '../../../src/qa/record/secret-book.ts'

/** As of one issuer: they begin alike. */
const token = (nth: number) =>
  `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${String(nth).padStart(24, 'a')}`

describe('the secrets that a recording has met', () => {
  it('are found wherever they stand, several in one run', () => {
    const book = createSecretBook()
    for (let nth = 1; nth <= 3; nth++) book.add(token(nth), `{{${nth}}}`)

    expect(book.replaceIn(`a${token(1)}${token(2)}.b.${token(3)}`)).toBe('a{{1}}{{2}}.b.{{3}}')
    expect(book.replaceIn(token(4))).toBe(token(4))
  })

  it('are replaced whole where one is the beginning or the end of another', () => {
    const book = createSecretBook()
    const [short, before, after] = ['0123456789abcdef', 'before-', '-and-after-it']
    for (const value of [before + short, short, short + after])
      book.add(value, `{{${value.length}}}`)

    expect(book.replaceIn(`x${before}${short}x`)).toBe('x{{23}}x')
    expect(book.replaceIn(`x${short}x`)).toBe('x{{16}}x')
    expect(book.replaceIn(`x${short}${after}x`)).toBe('x{{29}}x')
  })

  it('are forgotten beyond a number, the oldest first, however alike they begin or end', () => {
    const book = createSecretBook()
    for (let nth = 0; nth <= 100_000; nth++) book.add(token(nth), '{{token}}')
    for (let nth = 0; nth <= 64; nth++) book.add(`${nth}:0123456789abcdef`.slice(-18), '{{alike}}')

    expect(book.replaceIn(token(0))).toBe(token(0))
    expect(book.replaceIn(token(100_000))).toBe('{{token}}')
  })
})
