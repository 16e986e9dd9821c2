import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jwtClaims } from '../../../src/tokens/jwt.ts'
import { encode, jwt } from './password-setting.ts'

describe("a JWT's claims", () => {
  it('are read', () => {
    expect(jwtClaims(jwt({ identity: 7, type: 'access', name: 'Zoë 🦊' }))).toEqual({
      identity: 7,
      type: 'access',
      name: 'Zoë 🦊',
    })
  })

  it('keep ids apart that a double cannot', () => {
    expect(jwtClaims(`e30.${encode('{"sub":9007199254740993}')}.s`)).toEqual({
      sub: '9007199254740993',
    })
  })

  it.each([
    ['no dots', 'opaque'],
    ['two parts', `e30.${encode('{}')}`],
    ['four parts', `e30.${encode('{}')}.a.b`],
    ['five parts, as an encrypted one has', `e30.${encode('{}')}.a.b.c`],
    ['no JSON', `e30.${encode('no')}.s`],
    ['an array', `e30.${encode('[1]')}.s`],
    ['null', `e30.${encode('null')}.s`],
    ['standard base64', `e30.${Buffer.from('{"a":"??>>"}').toString('base64')}=.s`],
    ['an empty payload', 'e30..s'],
    ['nothing', ''],
  ])('are absent from what has %s', (_, token) => {
    expect(jwtClaims(token)).toBeUndefined()
  })

  it('throw nothing, whatever the token', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        jwtClaims(`${a}.${encode(b)}.${a}`)
        jwtClaims(`${a}.${b}.${a}`)
      }),
    )
  })
})
