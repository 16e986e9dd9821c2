import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/lib/random.ts'
import { openDemoMail } from '../../src/qa/demo-mail.ts'
import { openDemoUpstream } from '../../src/qa/demo-upstream.ts'
import { manualClock } from '../support/clock.ts'
import { type Answer, send } from '../support/http.ts'

const SLOW_MS = 5000

async function setUp() {
  const clock = manualClock()
  const upstream = await openDemoUpstream({ clock, random: systemRandom })
  const mail = await openDemoMail({
    clock,
    random: systemRandom,
    upstream: upstream.url,
    slowMs: SLOW_MS,
  })
  const post = (path: string, json: object, key = 'one') =>
    send(mail.url, path, { method: 'POST', json, headers: { 'idempotency-key': key } })
  return {
    clock,
    post,
    async check(token: string, key?: string): Promise<Answer> {
      let over = false
      const answer = post('/confirm', { token }, key).finally(() => {
        over = true
      })
      while (!over) {
        await new Promise(setImmediate)
        clock.advance(1000)
      }
      return answer
    },
    async write(): Promise<string> {
      const { path } = (await post('/mail', { username: 'alice' })).json()
      return String(path).replace('/auth/confirm/', '')
    },
    async [Symbol.asyncDispose]() {
      await mail.close()
      await upstream.close()
    },
  }
}

describe('the post of the demo', () => {
  it('writes to its own people only', async () => {
    await using set = await setUp()

    expect((await set.post('/mail', { username: 'alice' })).json()).toEqual({
      to: 'Alice Ashby',
      path: expect.stringMatching(/^\/auth\/confirm\/[\w-]{32}$/),
    })
    expect((await set.post('/mail', { username: 'mallory' })).status).toBe(400)
  })

  it('finds a link good once, for the question that asked first, after a while', async () => {
    await using set = await setUp()
    const token = await set.write()
    const began = set.clock.now()

    const first = await set.check(token)
    const took = set.clock.now() - began
    const [again, another] = [await set.check(token), await set.check(token, 'two')]

    expect(first.json()).toMatchObject({ ok: true, access_token: expect.stringMatching(/^eyJ/) })
    expect(took).toBeGreaterThanOrEqual(SLOW_MS)
    expect(again.json().ok).toBe(true)
    expect(another.json()).toEqual({ ok: false })
  })

  it('finds no other link good', async () => {
    await using set = await setUp()

    expect((await set.check('made-up')).json()).toEqual({ ok: false })
  })
})
