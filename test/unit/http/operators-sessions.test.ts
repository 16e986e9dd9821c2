import { describe, expect, it } from 'vitest'
import { sessionsTable } from '../../../src/cli/sessions-table.ts'
import { systemRandom } from '../../../src/lib/random.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { openOperators } from '../../../src/operators.ts'
import { createDesk, type EndedSession } from '../../../src/session/desk.ts'
import { type SessionStore, StoreUnreachableError } from '../../../src/session/store.ts'
import { createMemoryStore } from '../../../src/session/stores/memory.ts'
import { manualClock } from '../../support/clock.ts'
import { send } from '../../support/http.ts'
import { recordAt, storeKey } from '../../support/records.ts'

const passwordProvider = (name: string) => ({ name }) as never

async function setUp({
  token = '',
  providers = ['main'],
  store = {} as Partial<SessionStore>,
} = {}) {
  const clock = manualClock()
  const memory = createMemoryStore({ clock, random: systemRandom, onError: () => {} })
  const told: Array<readonly EndedSession[]> = []
  for (const [name, sub] of Object.entries({ a1: 'ada', a2: 'ada', b1: 'bob' })) {
    await memory.add(storeKey(name), recordAt(clock.now(), { sub, ref: `ref-${name}` }))
  }
  const operators = await openOperators(
    { host: '127.0.0.1', port: 0, ...(token ? { token: new Secret(token) } : {}) },
    { providers: providers.map(passwordProvider) },
    {
      readiness: async () => 'ready',
      metrics: async () => ({ contentType: 'text/plain', text: '' }),
      desk: createDesk({
        store: { ...memory, ...store },
        clock,
        onEnded: (_count, sessions) => told.push(sessions),
      }),
    },
  )
  return {
    clock,
    told,
    ask: (path: string, headers = {}, host?: string) =>
      send(operators.url, path, { headers, ...(host ? { host } : {}) }),
    end: (json: unknown, headers = {}) =>
      send(operators.url, '/sessions/end', { method: 'POST', json, headers }),
    live: async () => (await memory.list({ all: true })).sessions.map(({ record }) => record.ref),
    [Symbol.asyncDispose]: () => operators.close(),
  }
}

describe("sessions on the operators' listener", () => {
  it('tells facts, page by page, and never a store key', async () => {
    await using it = await setUp()

    const first = (await it.ask('/sessions?sub=ada&limit=1')).json()
    const second = (await it.ask(`/sessions?sub=ada&limit=1&after=${first.next}`)).json()

    expect(first.sessions).toEqual([
      {
        ref: 'ref-a1',
        provider: 'main',
        sub: 'ada',
        device: 'Firefox on Linux',
        createdAt: it.clock.now(),
        seenAt: it.clock.now(),
        idleAt: it.clock.now() + 1_800_000,
        endsAt: it.clock.now() + 43_200_000,
        state: 'active',
      },
    ])
    expect(second.sessions.map(({ ref }: { ref: string }) => ref)).toEqual(['ref-a2'])
    expect(JSON.stringify([first, second])).not.toMatch(/"a1"|sealed|key/)
  })

  it.each([
    ['one user', { sub: 'ada' }, ['ref-a1', 'ref-a2'], ['ref-b1']],
    ['one session', { ref: 'ref-a2' }, ['ref-a2'], ['ref-a1', 'ref-b1']],
    ['everybody', { all: true }, ['ref-a1', 'ref-a2', 'ref-b1'], []],
    ['nobody', { sub: 'eve' }, [], ['ref-a1', 'ref-a2', 'ref-b1']],
  ])('ends %s, tells the log once, and leaves the others', async (_, who, ended, left) => {
    await using it = await setUp()

    const answer = (await it.end(who)).json()

    expect(answer.count).toBe(ended.length)
    expect(answer.sessions.map(({ ref }: { ref: string }) => ref)).toEqual(ended)
    expect(await it.live()).toEqual(left)
    expect(it.told.map((some) => some.map(({ ref }) => ref))).toEqual(ended.length ? [ended] : [])
  })

  it.each([
    ['nothing', {}],
    ['two ways at once', { sub: 'ada', all: true }],
    ['everybody at a provider', { all: true, provider: 'main' }],
    ['all: false', { all: false }],
    ['a misspelt word', { sub: 'ada', provder: 'main' }],
    ['a list', ['ada']],
    ['a number', { sub: 1 }],
    ['an empty text', { sub: '' }],
  ])('ends nobody for %s', async (_, body) => {
    await using it = await setUp()

    const answer = await it.end(body)

    expect(answer.status).toBe(400)
    expect(answer.headers['coatcheck-problem']).toBe('bad_request')
    expect(await it.live()).toHaveLength(3)
  })

  it('asks which provider where there are several', async () => {
    await using it = await setUp({ providers: ['main', 'other'] })

    const unsaid = await it.end({ sub: 'ada' })
    const said = await it.end({ sub: 'ada', provider: 'main' })

    expect(unsaid.json()).toMatchObject({ status: 400, detail: 'say which provider: main, other' })
    expect(said.json()).toMatchObject({ count: 2 })
  })

  it.each([
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of the same machine', { 'sec-fetch-site': 'same-site' }, 403],
    ['any page', { origin: 'http://127.0.0.1' }, 403],
    ['a sandboxed page', { origin: 'null' }, 403],
    ['a name that was bent to this machine', { host: 'rebound.example.org' }, 421],
    ['nobody’s name', { host: '' }, 421],
  ])('answers %s nothing and ends nobody', async (_, headers, status) => {
    await using it = await setUp()

    const asked = await it.ask('/sessions', headers)
    const ended = await it.end({ all: true }, headers)

    expect([asked.status, ended.status]).toEqual([status, status])
    expect(asked.text).not.toContain('ada')
    expect(await it.live()).toHaveLength(3)
  })

  it('takes no form, which a page could send without asking', async () => {
    await using it = await setUp()

    const answer = await it.end({ all: true }, { 'content-type': 'text/plain' })

    expect(answer.status).toBe(415)
    expect(await it.live()).toHaveLength(3)
  })

  it('wants the token where there is one, under any name', async () => {
    await using it = await setUp({ token: 'operators-canary' })
    const authorization = 'Bearer operators-canary'

    expect((await it.ask('/sessions')).status).toBe(401)
    expect((await it.end({ all: true }, { authorization: 'Bearer other' })).status).toBe(401)
    expect(await it.live()).toHaveLength(3)
    expect((await it.ask('/sessions', { authorization }, 'coatcheck:3001')).status).toBe(200)
    expect((await it.end({ sub: 'bob' }, { authorization })).json()).toMatchObject({ count: 1 })
  })

  it('is 503 while the store cannot be reached', async () => {
    const away = async () => Promise.reject(new StoreUnreachableError('away'))
    await using it = await setUp({ store: { list: away, deleteBy: away } })

    const answers = [await it.ask('/sessions'), await it.end({ all: true })]

    expect(answers.map(({ status }) => status)).toEqual([503, 503])
    expect(answers[0]?.headers['coatcheck-problem']).toBe('store_unreachable')
  })
})

describe('the table of sessions', () => {
  it('shows times as people say them, and lets nobody steer the terminal', () => {
    const now = 1_000_000_000_000
    const facts = {
      ref: 'k3m9p2q7rs',
      provider: 'main',
      sub: '\u001b[2Jada\n\u202ebob',
      device: 'Firefox on Linux',
      createdAt: now - 3 * 86_400_000,
      seenAt: now - 150_000,
      idleAt: now,
      endsAt: now + 90 * 60_000,
      state: 'active' as const,
    }

    expect(sessionsTable([facts], now)).toBe(
      [
        'ref         provider  sub         device            state   signed in  last seen  ends',
        'k3m9p2q7rs  main      [2Jada bob  Firefox on Linux  active  3 d ago    2 min ago  in 90 min',
        '',
      ].join('\n'),
    )
  })
})
