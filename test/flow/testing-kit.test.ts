// The kit for tests of one’s own: a gateway in this process, its people, and whose an answer is.
import { test as base, describe, expect, it } from 'vitest'
import {
  createOwnerMatchers,
  createOwnerOracle,
  type OwnerMatchers,
  type PersonaContext,
  personaFixtures,
  startTestGateway,
} from '../../src/testing/testing.ts'
import { startUpstream } from '../support/upstream.ts'

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown>
    extends OwnerMatchers<R> {}
}

const test = base.extend<PersonaContext<'alice' | 'bob'>>(personaFixtures(['alice', 'bob']))

describe('startTestGateway', () => {
  it('runs a gateway before the demo’s upstream, and signs its people in', async () => {
    await using gateway = await startTestGateway()
    await using alice = await gateway.as('alice')

    const answer = await alice.get('/api/user')
    const note = await alice.post('/api/notes', { text: 'A note of mine' })

    expect(gateway.personas).toEqual(['alice', 'bob', 'carol', 'dave'])
    expect(answer).toMatchObject({ status: 200, problem: undefined })
    expect(answer.json().username).toBe('alice')
    expect(note.status).toBe(201)
    expect((await gateway.send('/api/user')).problem).toBe('session_required')
  })

  it('gives people in any state, and moves the clock of each alone', async () => {
    await using gateway = await startTestGateway()
    const [alice, bob] = [await gateway.as('alice', 'idle'), await gateway.as('bob')]

    const idle = await alice.get('/api/user')
    const fresh = await alice.put('fresh')
    const moved = await alice.advance('11m')
    const gone = await alice.advance({ to: 'end' })
    const answer = await bob.get('/api/user')

    expect(idle.problem).toBe('session_idle')
    expect((fresh.endsAt ?? 0) - (moved.endsAt ?? 0)).toBe(11 * 60_000)
    expect(gone.state).toBe('absent')
    expect(answer.status).toBe(200)
  })

  it('shows how the gateway fares when the upstream breaks', async () => {
    await using gateway = await startTestGateway()
    const alice = await gateway.as('alice')
    gateway.upstream?.control.fault({ path: '/user' }, { reset: 'head' })

    expect((await alice.get('/api/user')).problem).toBe('upstream_unreachable')
  })

  it('runs before an upstream of one’s own, with people of one’s own', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startTestGateway({
      upstream: upstream.url,
      env: { ADA_PW: 'secret' },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: filled in by the configuration
      config: { qa: { personas: { ada: { password: '${ADA_PW}' } } } },
    })

    const answer = await (await gateway.as('ada')).get('/api/notes')

    expect(gateway.upstream).toBeUndefined()
    expect(answer.status).toBe(200)
    expect(upstream.last.headers.authorization).toMatch(/^Bearer /)
  })

  it('is reached by other containers over plain http, its bench by nobody without its token', async () => {
    await using gateway = await startTestGateway({ host: 'gateway.test' })
    const alice = await gateway.as('alice')

    const answer = await alice.get('/api/user')
    const bench = await gateway.send('/qa/state')

    expect(gateway.url).toMatch(/^http:\/\/gateway\.test:\d+$/)
    expect(answer.json().username).toBe('alice')
    expect(answer.headers.get('coatcheck-warning')).toBeNull()
    expect(bench.status).toBe(401)
  })

  it('says everything that is wrong with its settings, and leaves nothing open', async () => {
    const start = startTestGateway({
      config: { session: { idle: '5' }, csrf: 'sometimes' as 'strict' },
    })

    await expect(start).rejects.toThrow(/session\.idle: a duration.*\n.*csrf: must be one of/s)
  })

  it('says in its own words who cannot be signed in', async () => {
    await using gateway = await startTestGateway({
      config: { qa: { personas: { alice: { password: 'wrong' } } } },
    })

    await expect(gateway.as('alice')).rejects.toThrow('Username or password is wrong.')
    await expect(gateway.as('alcie')).rejects.toThrow('did you mean alice')
  })
})

describe('toBelongTo', () => {
  it('is true of one’s own answers, false of those of others and of nobody’s', async () => {
    await using gateway = await startTestGateway()
    expect.extend(gateway.matchers)
    const [alice, bob] = [await gateway.as('alice'), await gateway.as('bob')]

    const own = await alice.get('/api/user')
    const foreign = await bob.get('/api/user')
    const nobody = await gateway.send('/api/user')

    expect(own).toBelongTo('alice')
    expect(foreign).not.toBelongTo('alice')
    expect(nobody).not.toBelongTo('alice')
    expect(() => expect(foreign).toBelongTo('alice')).toThrow(
      /expected the answer \(200\) to belong to alice, but it holds ".*" of bob/,
    )
    expect(() => expect(nobody).toBelongTo('alice')).toThrow(/nothing in it is of anybody/)
  })

  it('finds what is foreign in a header, and in an answer that is mostly one’s own', () => {
    const oracle = createOwnerOracle()
    oracle.learn('alice', ['alice@example.org'])
    oracle.learn('bob', ['bob@example.org'])
    const { toBelongTo } = createOwnerMatchers(oracle)
    const text = 'to alice@example.org'

    expect(toBelongTo({ text, headers: {} }, 'alice')).toMatchObject({ pass: true })
    expect(toBelongTo(`${text}, bob@example.org`, 'alice')).toMatchObject({ pass: false })
    const header = { text, status: 200, headers: { 'set-cookie': 'was=bob@example.org' } }
    expect(toBelongTo(header, 'alice')).toMatchObject({ pass: false })
  })

  it('reads a Response, and leaves it to be read; reads what Playwright answers', async () => {
    const oracle = createOwnerOracle()
    oracle.learn('alice', ['alice@example.org'])
    expect.extend(createOwnerMatchers(oracle))
    const response = new Response('I am alice@example.org')
    const apiResponse = {
      status: () => 200,
      headers: () => ({ 'content-type': 'text/plain' }),
      text: async () => 'I am alice@example.org',
    }

    await expect(response).toBelongTo('alice')
    await expect(apiResponse).toBelongTo('alice')
    await expect(apiResponse).not.toBelongTo('bob')
    expect(await response.text()).toBe('I am alice@example.org')
  })

  it('refuses to judge what is no answer', () => {
    const { toBelongTo } = createOwnerMatchers(createOwnerOracle())

    expect(() => toBelongTo(42, 'alice')).toThrow(TypeError)
  })
})

describe('fixtures for vitest', () => {
  test('give each test its people', async ({ alice, bob, gateway }) => {
    const answers = [await alice.get('/api/user'), await bob.get('/api/user')]

    expect(answers.map((answer) => answer.json().username)).toEqual(['alice', 'bob'])
    expect(gateway.upstream?.control.count('POST', '/login')).toBe(2)
  })

  test('share one gateway, whose people are signed in once', async ({ alice, gateway }) => {
    expect((await alice.get('/api/user')).status).toBe(200)
    expect(gateway.upstream?.control.count('POST', '/login')).toBeLessThanOrEqual(2)
  })
})
