import { describe, expect, it } from 'vitest'
import { openDemo } from '../support/demo.ts'
import { send } from '../support/http.ts'

const MINUTE = 60_000
const MISSING = { message: 'The authorization token is missing!' }
const INVALID = { message: 'The token is invalid!' }
const EXPIRED = { message: 'The token has expired! Please, login again or refresh it.' }

describe("the demo upstream's tokens", () => {
  it('are HS256 JWTs with the owner in `identity`, no `sub`, and whole seconds', async () => {
    await using demo = await openDemo()
    demo.clock.advance(1234)

    const { access, refresh } = await demo.signIn('carol')

    expect(part(access, 0)).toEqual({ typ: 'JWT', alg: 'HS256' })
    const now = Math.floor(demo.clock.now() / 1000)
    const claims = { identity: 3, type: 'access', jti: expect.any(String), iat: now, nbf: now }
    expect(part(access, 1)).toEqual({ ...claims, fresh: false, exp: now + 600 })
    expect(part(refresh, 1)).toMatchObject({ type: 'refresh', exp: now + 4 * 7 * 24 * 3600 })
    expect(part(access, 1)).not.toHaveProperty('sub')
  })

  it('are refused when missing, forged, of the wrong kind, or behind another scheme', async () => {
    await using demo = await openDemo()
    await using other = await openDemo()
    const { access, refresh } = await demo.signIn('alice')
    const [header, payload, signature] = access.split('.')
    const bobs = encode({ ...part(access, 1), identity: 2 })
    const none = encode({ typ: 'JWT', alg: 'none' })
    const forged = [
      'garbage',
      `${header}.${bobs}.${signature}`,
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${header}.${payload}.${signature}=`,
      `${access}.${signature}`,
      (await other.signIn('alice')).access,
      refresh,
    ]

    expect(await demo.get('/user')).toMatchObject({ status: 401, text: JSON.stringify(MISSING) })
    for (const token of forged) {
      expect((await demo.get('/user', token)).json(), token).toEqual(INVALID)
    }
    for (const value of [`bearer ${access}`, `BEARER ${access}`, access, `Token ${access}`]) {
      const answer = await send(demo.url, '/user', { headers: { authorization: value } })
      expect([answer.status, answer.json()]).toEqual([401, INVALID])
    }
  })

  it('expire at their second, told apart from invalid ones by the text alone', async () => {
    await using demo = await openDemo({ accessMs: 30_000 })
    const { access } = await demo.signIn('alice')

    demo.clock.advance(29_999)
    const before = await demo.get('/user', access)
    demo.clock.advance(1)
    const after = await demo.get('/user', access)

    expect(before.status).toBe(200)
    expect([after.status, after.json()]).toEqual([401, EXPIRED])
  })

  it('take their lifetime from a function where each should differ', async () => {
    const lives = [5000, 90_000]
    await using demo = await openDemo({ accessMs: () => lives.shift() ?? 1 })

    const short = await demo.signIn('alice')
    const long = await demo.signIn('alice')
    demo.clock.advance(5000)

    expect((await demo.get('/user', short.access)).status).toBe(401)
    expect((await demo.get('/user', long.access)).status).toBe(200)
  })
})

describe('a refresh at the demo upstream', () => {
  it('answers an access token only, and never lengthens the life of the refresh token', async () => {
    await using demo = await openDemo({ refreshMs: 60 * MINUTE })
    const { access, refresh } = await demo.signIn('dave')

    demo.clock.advance(59 * MINUTE)
    const renewed = await demo.refresh(refresh)
    const again = await demo.refresh(refresh)
    demo.clock.advance(MINUTE)
    const late = await demo.refresh(refresh)

    expect(renewed.status).toBe(200)
    expect(Object.keys(renewed.json())).toEqual(['access_token'])
    expect(again.status).toBe(200)
    expect((await demo.get('/user', access)).json()).toEqual(EXPIRED)
    expect((await demo.get('/user', renewed.json().access_token)).json()).toMatchObject({
      username: 'dave',
    })
    expect([late.status, late.json()]).toEqual([401, EXPIRED])
  })

  it('refuses an access token, garbage and nothing', async () => {
    await using demo = await openDemo()
    const { access } = await demo.signIn('dave')

    expect((await demo.refresh(access)).json()).toEqual(INVALID)
    expect((await demo.refresh('garbage')).json()).toEqual(INVALID)
    expect((await send(demo.url, '/refresh', { method: 'POST' })).json()).toEqual(MISSING)
  })

  it('rotates where asked to, and ends all that came of a sign-in when a token is used twice', async () => {
    await using demo = await openDemo({ rotation: true })
    const first = await demo.signIn('alice')
    const elsewhere = await demo.signIn('alice')

    const second = (await demo.refresh(first.refresh)).json()
    const third = (await demo.refresh(second.refresh_token)).json()
    const good = await demo.get('/user', third.access_token)
    const reused = await demo.refresh(first.refresh)

    expect(good.status).toBe(200)
    expect([reused.status, reused.json()]).toEqual([401, INVALID])
    expect((await demo.refresh(third.refresh_token)).json()).toEqual(INVALID)
    expect((await demo.get('/user', third.access_token)).json()).toEqual(INVALID)
    expect((await demo.get('/user', elsewhere.access)).status).toBe(200)
    expect((await demo.refresh(elsewhere.refresh)).status).toBe(200)
    expect(demo.control.reuses).toBe(1)
  })
})

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function part(token: string, index: number): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString())
}
