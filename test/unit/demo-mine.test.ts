import { describe, expect, it } from 'vitest'
import { openDemo } from '../support/demo.ts'

describe('what the demo upstream tells about a token', () => {
  it('is whose it is, its last four characters and its times, and never the token', async () => {
    await using demo = await openDemo({ accessMs: 30_000 })
    const { access } = await demo.signIn('alice')
    const now = demo.clock.now()

    const answer = await demo.get('/demo/mine', access)

    expect(answer.json()).toEqual({
      username: 'alice',
      token: access.slice(-4),
      issuedAt: now,
      expiresAt: now + 30_000,
      renewals: 0,
    })
    expect(answer.text).not.toContain(access.slice(-5))
  })

  it.each([false, true])('counts the renewals of one sign-in (rotation: %s)', async (rotation) => {
    await using demo = await openDemo({ rotation })
    const [first, second] = [await demo.signIn('alice'), await demo.signIn('alice')]
    const counts: number[] = []

    let { refresh } = first
    for (let time = 0; time < 3; time++) {
      const renewed = (await demo.refresh(refresh)).json()
      refresh = renewed.refresh_token ?? refresh
      counts.push((await demo.get('/demo/mine', renewed.access_token)).json().renewals)
    }
    const other = (await demo.refresh(second.refresh)).json().access_token

    expect(counts).toEqual([1, 2, 3])
    expect((await demo.get('/demo/mine', other)).json().renewals).toBe(1)
  })

  it('is for the token’s owner alone, and leaves nothing in the journal', async () => {
    await using demo = await openDemo({ accessMs: 30_000 })
    const { access, refresh } = await demo.signIn('alice')

    const answers = [
      await demo.get('/demo/mine'),
      await demo.get('/demo/mine', 'garbage'),
      await demo.get('/demo/mine', refresh),
    ]
    await demo.get('/demo/mine', access)
    demo.clock.advance(30_000)
    answers.push(await demo.get('/demo/mine', access))

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401])
    expect(demo.control.seen().map(({ path }) => path)).toEqual(['/login'])
  })
})
