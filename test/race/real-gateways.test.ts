// The same promises through real gateways that share a store: what the browser, the log and the metrics are told.
import { expect, it } from 'vitest'
import { systemRandom } from '../../src/lib/random.ts'
import { createMemoryStore } from '../../src/session/stores/memory.ts'
import { manualClock } from '../support/clock.ts'
import { startGateway } from '../support/gateway.ts'
import { startUpstream } from '../support/upstream.ts'

const MINUTE = 60_000

async function setUp() {
  const clock = manualClock()
  const upstream = await startUpstream({ clock, rotation: true })
  const store = createMemoryStore({ clock, random: systemRandom })
  const revoke = { url: new URL('/revoke', upstream.url), bearer: 'access' as const }
  const gateway = () =>
    startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url }],
      provider: { revoke },
      options: { clock, store },
    })
  const [one, two] = [await gateway(), await gateway()]
  return {
    clock,
    upstream,
    one,
    two,
    async [Symbol.asyncDispose]() {
      await Promise.all([one.close(), two.close()])
      await store.close()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

it('two processes renew an expired token once and answer everybody', async () => {
  await using it = await setUp()
  const { cookie } = await it.one.signIn('ada')
  it.clock.advance(10 * MINUTE)

  const people = [it.one.person(cookie), it.two.person(cookie)]
  const asking = Array.from({ length: 100 }, (_, at) => people[at % 2]?.get('/api/user'))
  const answers = await Promise.all(asking)

  expect(answers.map((answer) => answer?.status)).toEqual(Array(100).fill(200))
  expect(it.upstream.refreshes).toHaveLength(1)
  expect(it.upstream.reuses).toBe(0)
})

it('signed out elsewhere during a renewal is session_ended, though the new tokens cannot be revoked', async () => {
  await using it = await setUp()
  const ada = await it.one.signIn('ada')
  it.clock.advance(10 * MINUTE)
  const held = it.upstream.hold({ path: '/refresh' })
  it.upstream.on('/revoke', (_request, response) => response.destroy())
  const waiting = ada.get('/api/user')
  await held.arrived(1)

  await it.two.person(ada.cookie).send('/auth/logout', { method: 'POST' })
  held.release()
  const answer = await waiting

  expect([answer.status, answer.json()]).toMatchObject([
    401,
    { code: 'session_ended', reason: 'signed_out' },
  ])
  const given = `Bearer ${it.upstream.refreshes[0]?.access}`
  await expect
    .poll(() => it.upstream.requests.filter(({ path }) => path === '/revoke'))
    .toContainEqual(
      expect.objectContaining({ headers: expect.objectContaining({ authorization: given }) }),
    )
})

it("another person's token from the provider ends the session, is used for nobody, counted and alarmed", async () => {
  await using it = await setUp()
  const ada = await it.one.signIn('ada')
  await it.one.signIn('bob')
  const bobs = it.upstream.signIns[1]?.access
  it.upstream.on('/refresh', (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ access_token: bobs, refresh_token: 'r' }))
  })
  it.clock.advance(10 * MINUTE)

  const answer = await ada.get('/api/user')
  const elsewhere = await it.two.person(ada.cookie).get('/api/user')

  for (const refused of [answer, elsewhere]) {
    expect([refused.status, refused.json()]).toMatchObject([
      401,
      { code: 'session_ended', reason: 'owner_changed' },
    ])
  }
  expect(it.upstream.requests.some(({ path }) => path === '/user')).toBe(false)
  const { text } = await it.one.app.coatcheck.metrics.render()
  expect(text).toMatch(/coatcheck_refreshes_total\{[^}]*outcome="owner_changed"[^}]*\} 1/)
  const line = it.one.log.find((one) => one.includes('"event":"owner_changed"'))
  expect(JSON.parse(line ?? '{}')).toMatchObject({ level: 50, provider: 'main' })
  expect(it.one.log.join('')).not.toContain(bobs)
})
