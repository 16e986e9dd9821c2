import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/lib/random.ts'
import { type DemoUpstreamOptions, openDemoUpstream } from '../../src/qa/demo-upstream.ts'
import { demoPassword } from '../../src/qa/personas.ts'
import { manualClock } from '../support/clock.ts'
import { openHttpClient, portOf } from '../support/http.ts'
import { openSharedJar } from '../support/shared-jar.ts'

const INVALID = { message: 'The token is invalid!' }

describe('a gateway with one jar for all', () => {
  it('throws out whoever signed in before the last, though the upstream knows the token', async () => {
    await using house = await openHouse()
    const alice = await house.signIn('alice')
    const before = await house.details(alice)

    await house.signIn('bob')
    const after = await house.details(alice)

    expect([before.status, before.json().username]).toEqual([200, 'alice'])
    expect([after.status, after.json()]).toEqual([401, INVALID])
    expect((await house.straight(alice)).json()).toMatchObject({ username: 'alice' })
  })

  it("shows one user another's profile when two sign in at the same moment", async () => {
    await using house = await openHouse()
    const hold = house.control.hold({ path: '/user', times: 1 })

    const alicesSignIn = house.signIn('alice')
    await hold.arrived()
    const bob = await house.signIn('bob')
    // The jar holds Bob's token by now; Alice's profile comes last.
    hold.release()
    const alice = await alicesSignIn
    const answers = [await house.details(alice), await house.details(bob)]

    expect(answers.map(({ status }) => status)).toEqual([401, 200])
    expect(answers[1]?.json().username).toBe('alice')
  })

  it('refuses 19 of 20 users, of whom the upstream would refuse none', async () => {
    await using house = await openHouse({ anybody: true })
    const names = Array.from({ length: 20 }, (_, index) => `user${index}`)

    const tokens = await Promise.all(names.map((name) => house.signIn(name)))
    const calls = tokens.flatMap((token) => Array.from({ length: 30 }, () => token))
    const through = await Promise.all(calls.map((token) => house.details(token)))
    const straight = await Promise.all(calls.map((token) => house.straight(token)))

    expect(through.filter(({ status }) => status === 401)).toHaveLength(570)
    expect(straight.map((answer) => answer.json().username)).toEqual(
      names.flatMap((name) => Array.from({ length: 30 }, () => name)),
    )
  })

  it('after a restart answers a valid token with 500, and lets any garbage pass', async () => {
    await using house = await openHouse()
    const alice = await house.signIn('alice')
    const guarded = await house.get('/organizations', 'garbage')

    house.restart()
    const valid = await house.details(alice)
    const garbage = await house.get('/organizations', 'garbage')

    expect(guarded.status).toBe(401)
    expect(valid.status).toBe(500)
    expect(garbage.status).toBe(200)
  })

  it('serves 10 calls of 40 where four workers take turns', async () => {
    await using house = await openHouse({}, 4)
    const alice = await house.signIn('alice')

    const statuses = []
    for (let call = 0; call < 40; call++) statuses.push((await house.details(alice)).status)

    expect(statuses.filter((status) => status === 200)).toHaveLength(10)
    expect(statuses.filter((status) => status === 500)).toHaveLength(30)
  })

  it("writes one user's change into another's profile, when that one signs in between check and use", async () => {
    await using house = await openHouse()
    const alice = await house.signIn('alice')

    const writing = house.beginPut(alice, { bio: 'I am Alice' })
    await writing.checked
    const bob = await house.signIn('bob')
    const status = await writing.finish()

    expect(status).toBe(200)
    expect((await house.straight(bob)).json()).toMatchObject({ username: 'bob', bio: 'I am Alice' })
    expect((await house.straight(alice)).json()).toMatchObject({ username: 'alice', bio: null })
  })

  it('drops the refresh token and logs the access token', async () => {
    await using house = await openHouse()

    const answer = await house.login('alice')

    expect(Object.keys(answer.json())).toEqual(['access_token'])
    expect(house.log.join()).toContain(answer.json().access_token)
  })

  it('passes a refused sign-in on', async () => {
    await using house = await openHouse()

    const answer = await house.login('alice', 'guess')

    expect([answer.status, answer.json()]).toEqual([
      401,
      { message: 'Username or password is wrong.' },
    ])
  })
})

/** The demo upstream with the shared jar before it. */
async function openHouse(options: Partial<DemoUpstreamOptions> = {}, workers = 1) {
  const upstream = await openDemoUpstream({
    clock: manualClock(),
    random: systemRandom,
    ...options,
  })
  const jar = await openSharedJar({ upstream: upstream.url, workers })
  const through = openHttpClient(jar.url, { maxSockets: 20 })
  const straight = openHttpClient(upstream.url, { maxSockets: 20 })

  const login = (username: string, password = demoPassword) =>
    through.send('/login', { method: 'POST', json: { username, password } })
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

  return {
    control: upstream.control,
    log: jar.log,
    restart: jar.restart,
    login,
    signIn: async (username: string): Promise<string> =>
      (await login(username)).json().access_token,
    get: (path: string, token: string) => through.send(path, bearer(token)),
    details: (token: string) => through.send('/user/personal_details', bearer(token)),
    beginPut: (token: string, body: object) => beginPut(jar.url, bearer(token).headers, body),
    straight: (token: string) => straight.send('/user', bearer(token)),
    async [Symbol.asyncDispose]() {
      through[Symbol.dispose]()
      straight[Symbol.dispose]()
      await jar[Symbol.asyncDispose]()
      await upstream.close()
    },
  }
}

/** Sends the head of a PUT, and its body when told to finish. */
function beginPut(url: string, headers: Record<string, string>, body: object) {
  const checked = Promise.withResolvers<void>()
  const status = Promise.withResolvers<number>()
  const outgoing = request({
    host: '127.0.0.1',
    port: portOf(url),
    path: '/user/personal_details',
    method: 'PUT',
    headers: { ...headers, expect: '100-continue' },
  })
  outgoing.on('continue', () => checked.resolve())
  outgoing.on('response', (incoming) => {
    status.resolve(incoming.resume().statusCode ?? 0)
  })
  outgoing.on('error', status.reject)
  outgoing.flushHeaders()
  return {
    /** Resolves when the gateway has seen the head. */
    checked: checked.promise,
    finish() {
      outgoing.end(JSON.stringify(body))
      return status.promise
    },
  }
}
