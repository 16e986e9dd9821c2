import { Agent } from 'undici'
import { describe, expect, it } from 'vitest'
import { demoPassword } from '../../../src/qa/personas.ts'
import { brandTokens, type TokenSet } from '../../../src/tokens/token-set.ts'
import { openDemo } from '../../support/demo.ts'
import { mentorship, providerOf, tokenSet } from './password-setting.ts'

const MINUTE = 60_000

async function setUp(options: Parameters<typeof openDemo>[0] = {}) {
  const demo = await openDemo(options)
  const dispatcher = new Agent()
  const made = providerOf(dispatcher, mentorship(demo.url), demo.clock)
  return {
    demo,
    ...made,
    async tokens(username = 'alice'): Promise<TokenSet> {
      const outcome = await made.signIn({ username, password: demoPassword })
      if (outcome.kind !== 'signed_in') throw new Error(outcome.kind)
      return brandTokens(outcome.tokens, tokenSet({}).owner)
    },
    async [Symbol.asyncDispose]() {
      await dispatcher.destroy()
      await demo[Symbol.asyncDispose]()
    },
  }
}

describe('the password provider before an upstream like the Mentorship System', () => {
  it('signs in by username and by e-mail', async () => {
    await using it = await setUp()
    for (const username of ['alice', 'alice@example.org']) {
      const outcome = await it.signIn({ username, password: demoPassword })
      expect(outcome).toMatchObject({ kind: 'signed_in', identity: { name: 'Alice Ashby' } })
    }
  })

  it('believes the tokens where the answer is wrong by a UTC offset', async () => {
    await using it = await setUp({ expiryFields: { offByMs: 330 * MINUTE } })

    const { accessExpiresAt = 0, refreshExpiresAt = 0 } = await it.tokens()

    const now = it.clock.now()
    expect(Math.abs(accessExpiresAt - now - 10 * MINUTE)).toBeLessThanOrEqual(1000)
    expect(Math.abs(refreshExpiresAt - now - 28 * 24 * 60 * MINUTE)).toBeLessThanOrEqual(1000)
  })

  it('passes its refusals on', async () => {
    await using it = await setUp()
    const refusals = [
      [{ username: 'alice', password: 'wrong' }, 401, 'Username or password is wrong.'],
      [{ password: 'x' }, 400, 'The field username is missing.'],
      [{ username: 'alice' }, 400, 'Password field is missing.'],
    ] as const
    for (const [fields, status, message] of refusals) {
      expect(await it.signIn(fields)).toMatchObject({ kind: 'refused', status, message })
    }
  })

  it('renews the access token until the refresh token is over, and is then refused', async () => {
    await using it = await setUp()
    const first = await it.tokens()
    it.clock.advance(11 * MINUTE)

    const outcome = await it.refresh(first)

    expect(outcome).toMatchObject({
      kind: 'fresh',
      tokens: { refresh: first.refresh, refreshExpiresAt: first.refreshExpiresAt },
    })
    expect(outcome).not.toHaveProperty('sub')
    expect(outcome).not.toHaveProperty('tokens.access', first.access)
    it.clock.advance(28 * 24 * 60 * MINUTE)
    expect(await it.refresh(first)).toEqual({ kind: 'refused' })
  })

  it('takes what a rotating upstream gives', async () => {
    await using it = await setUp({ rotation: true })
    const first = await it.tokens()

    const outcome = await it.refresh(first)

    expect(outcome.kind).toBe('fresh')
    expect(outcome).not.toHaveProperty('tokens.refresh', first.refresh)
    expect(it.demo.control.reuses).toBe(0)
  })

  it("renews a deleted person's token, and does not sign them in", async () => {
    await using it = await setUp()
    const tokens = await it.tokens('bob')
    it.demo.control.remove('bob')

    expect(await it.refresh(tokens)).toMatchObject({ kind: 'fresh' })
    expect(await it.signIn({ username: 'bob', password: demoPassword })).toMatchObject({
      kind: 'refused',
      status: 401,
    })
  })
})
