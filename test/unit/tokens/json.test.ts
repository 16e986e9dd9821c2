import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readJson, withoutStrings } from '../../../src/tokens/json.ts'

describe('JSON that is read', () => {
  it('keeps whole numbers apart that a double cannot', () => {
    expect(
      readJson('{"a":9007199254740993,"b":[-9007199254740992],"c":12345678901234567890}'),
    ).toEqual({ a: '9007199254740993', b: ['-9007199254740992'], c: '12345678901234567890' })
  })

  it('keeps every other value as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), (text) => {
        const plain = JSON.parse(text)
        if (!/\d{16}/.test(text)) expect(readJson(text)).toEqual(plain)
      }),
    )
  })

  it.each(['', 'no', '{"a":}', '<html>', '[1,]', '\u0000'])('is undefined for %j', (text) => {
    expect(readJson(text)).toBeUndefined()
  })

  it('is undefined, and nothing breaks, when it is nested a hundred thousand deep', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)

    expect(readJson(deep)).toBeUndefined()
    expect(withoutStrings(deep, () => false)).toBeUndefined()
  })

  it('changes no prototype', () => {
    const read = readJson('{"__proto__":{"polluted":1}}')

    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

describe('JSON without some strings', () => {
  const without = (text: string) => withoutStrings(text, (value) => value === 'x')

  it.each([
    ['{"a":"x","b":"y"}', '{"b":"y"}'],
    ['{"a":{"b":["y",{"c":"x"}]}}', '{"a":{"b":["y",{}]}}'],
    ['["y","x","z"]', '["y",null,"z"]'],
    ['"x"', 'null'],
    ['{"x":1,"b":2}', '{"b":2}'],
    ['{"\\u0078":1,"b":"\\u0078"}', '{}'],
    ['{"a":"x","a":"y"}', '{"a":"y"}'],
    ['{"a":"xx"}', '{"a":"xx"}'],
  ])('makes %s into %s', (text, rest) => {
    expect(without(text)).toBe(rest)
  })

  it('keeps the text of every number', () => {
    const text = '{"n":[12345678901234567890,1.0,-0,1e400,1.10,3.14159265358979323846,-1E+2]}'

    expect(without(text)).toBe(text)
  })

  it('keeps the meaning of everything else', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), (text) => {
        const rest = withoutStrings(text, () => false)
        expect(JSON.parse(rest ?? '')).toEqual(JSON.parse(text))
      }),
    )
  })
})
