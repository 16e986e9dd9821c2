import { Agent } from 'undici'
import { describe, expect, it } from 'vitest'
import { jwt, mentorship, providerOf, tokenSet } from './password-setting.ts'

const now = Date.UTC(2030, 0, 1)

describe("an upstream's cookie, kept per session", () => {
  const { provider } = providerOf(new Agent(), { ...mentorship(), send: { cookie: 'sid' } })
  const old = tokenSet({ access: 'old', accessExpiresAt: now + 1, refresh: 'r', id: 'i' })
  const absorb = (...rawHeaders: string[]) => provider.absorb?.(old, rawHeaders)

  it('is replaced by the one an answer sets, with the expiry that one has', () => {
    expect(
      absorb('Content-Type', 'text/html', 'Set-Cookie', 'sid=a%20b; Path=/; HttpOnly'),
    ).toEqual({
      access: 'a%20b',
      refresh: 'r',
      id: 'i',
      issuedAt: now,
    })
    const access = jwt({ exp: now / 1000 + 60 })
    expect(absorb('set-cookie', `sid=${access}`)).toMatchObject({ accessExpiresAt: now + 60_000 })
  })

  it('is the last of its name', () => {
    expect(
      absorb('set-cookie', 'sid=one', 'SET-COOKIE', 'sid=two', 'set-cookie', 'other=3'),
    ).toMatchObject({ access: 'two' })
  })

  it.each([
    ['without Set-Cookie', ['Content-Length', '1', 'X-Name', 'Set-Cookie', 'sid=no', 'x']],
    ['that sets another', ['Set-Cookie', 'SID=x', 'Set-Cookie', 'other=sid']],
    ['that sets the same', ['Set-Cookie', 'sid=old; Path=/']],
    ['that clears it', ['Set-Cookie', 'sid=; Max-Age=0']],
    ['that sets what no header can carry', ['Set-Cookie', 'sid=é']],
    ['without headers', []],
  ])('stays after an answer %s', (_, rawHeaders) => {
    expect(absorb(...rawHeaders)).toBeUndefined()
  })
})
