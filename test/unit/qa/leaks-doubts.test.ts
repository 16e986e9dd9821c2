// What of others stood in answers from the first look on: a list is ordinary, and what nobody can tell is never clean.
import { describe, expect, it, vi } from 'vitest'
import { junitReport } from '../../../src/qa/leaks/report-junit.ts'
import { textReport } from '../../../src/qa/leaks/report-text.ts'
import { runLeaks } from '../../../src/qa/leaks/run-leaks.ts'
import type { Target } from '../../../src/qa/leaks/target.ts'
import { headOf } from '../../../src/qa/report/page/head.ts'
import { targetFrom } from '../../support/leaks.ts'
import { type Answer, startLittleServer } from '../../support/little-server.ts'
import { type SteadyClock, startSteadyClock } from '../../support/steady-clock.ts'

// A run may take the half minute that its target has.
vi.setConfig({ testTimeout: 90_000 })

const users: readonly string[] = ['alice', 'bob', 'carol']
const mailOf = (name: string) => `${name}@x.test`
const idOf = (name: string) =>
  `5f0c1d2e-0000-4000-8000-${name.padEnd(12, '0').replaceAll(/[^0-9a-f]/g, '7')}`

/** What a path answers to whoever has signed in; a visitor gets 401 where it says nothing. */
type Pages = Readonly<
  Record<string, (name: string | undefined, clock: SteadyClock) => Answer | undefined>
>

describe('what stood in the first answers', () => {
  it.each([
    [
      'JSON',
      (name: string, owner: string) => ({ viewer: name, profile: { email: mailOf(owner) } }),
    ],
    ['a page', (name: string, owner: string) => `<h1>Hi ${name}</h1><p>${mailOf(owner)}</p>`],
  ])('is not called clean where another may have left it, in %s', async (_name, page) => {
    let cached: string | undefined
    const dash = (name: string | undefined): Answer | undefined => {
      if (name === undefined) return undefined
      cached ??= name
      return [200, page(name, cached)]
    }
    const { verdict, calls } = await run({ '/dash': dash }, 'reads: [/dash]')

    expect(verdict.outcome).toBe('unjudged')
    expect(verdict.sentence).toBe(
      "COULD NOT JUDGE: GET /dash showed Alice's mail address to Bob and Carol from the first look on, and not theirs to Alice; set ordinary: [/dash] if that is meant; else it is a leak, such as an answer that is kept for whoever comes next.",
    )
    expect(verdict.notes).toHaveLength(1)
    const own = calls.filter(({ outcome, path }) => outcome === 'own' && path === '/dash')
    expect(new Set(own.map(({ user }) => user))).toEqual(new Set(['alice']))
  })

  it.each([30, 300, 900])(
    'is a leak where the next one is shown in its place, %i ms later',
    async (keepMs) => {
      let cached: { name: string; until: number } | undefined
      const { verdict, calls } = await run(
        {
          '/dash': (name, clock) => {
            if (name === undefined) return undefined
            if (!cached || cached.until < clock.now()) {
              cached = { name, until: clock.now() + keepMs }
            }
            return [200, { viewer: name, profile: { email: mailOf(cached.name) } }]
          },
        },
        'reads: [/dash]',
      )

      expect(verdict).toMatchObject({ outcome: 'leak' })
      expect(verdict.bug).not.toBe('request-race')
      expect(verdict.notes).toBeUndefined()
      if (keepMs > 30) {
        const [first] = calls.filter(({ path, user }) => path === '/dash' && user === 'bob')
        expect(first).toMatchObject({ outcome: 'foreign', owner: 'alice' })
      }
      expect(verdict.history?.steps.at(-1)).toMatch(
        /asks GET \/dash → \w+'s mail address at \/profile\/email$/,
      )
    },
  )

  it('is told, and not counted, where everybody sees everybody, whoever came first', async () => {
    const list = users.map((name) => ({ name, id: idOf(name), mail: mailOf(name) }))
    const { verdict } = await run(
      {
        '/user': (name) => [
          200,
          { username: name, id: idOf(name ?? ''), mail: mailOf(name ?? '') },
        ],
        '/members': (name) => (name === undefined ? undefined : [200, { viewer: name, list }]),
        '/friends': (name) => [200, list.filter((one) => one.name !== name)],
      },
      'reads: [/members, /friends]',
    )

    expect(verdict.sentence).toMatch(
      /^CLEAN: all \d+ answers that could be judged belonged .* \d+ more showed what may be ordinary there\.$/,
    )
    const notes = ['/members', '/friends'].map(
      (path) =>
        `GET ${path} showed Alice, Bob, and Carol each other's mail addresses from the first look on: not counted; say ordinary: [${path}] if that is meant, as in a list of people. If it is not, everybody is given what is everybody's.`,
    )
    expect(verdict.notes?.toSorted()).toEqual(notes.toSorted())
  })

  it('is told where it is names, as in a feed with one author', async () => {
    const found = await run(
      {
        '/feed': (name) =>
          name === undefined ? undefined : [200, { viewer: name, feed: [{ by: 'alice' }] }],
      },
      'reads: [/feed]',
    )

    const { verdict } = found
    expect(verdict.outcome).toBe('clean')
    expect(verdict.sentence).toMatch(
      /^CLEAN: all \d+ answers that could be judged belonged .* \d+ more showed what may be ordinary there\.$/,
    )
    const note =
      "GET /feed showed Alice's name to Bob and Carol from the first look on: not counted; say ordinary: [/feed] if that is meant."
    expect(verdict.notes).toEqual([note])
    const told = [
      textReport(found, { colour: false, files: [] }),
      headOf(found).markup.replaceAll('&#39;', "'"),
      junitReport(found).replaceAll('&apos;', "'"),
    ]
    for (const report of told) expect(report).toContain(note)
  })

  it('is ordinary where the file says that it is meant', async () => {
    const { verdict } = await run(
      {
        '/help': (name) => (name === undefined ? undefined : [200, { name, ask: mailOf('alice') }]),
        '/news': (name) => (name === undefined ? undefined : [200, { by: 'alice' }]),
      },
      'reads: [/help, /news]\nordinary: [/help, /news]',
    )

    expect(verdict.sentence).toMatch(/^CLEAN: all \d+ answers belonged to whoever asked/)
    expect(verdict.notes).toBeUndefined()
  })

  it('is judged at whoami too, where what the file says is somebody’s stays theirs', async () => {
    let cached: string | undefined
    const { verdict } = await run({
      '/user': (name) => {
        if (name === undefined) return undefined
        cached ??= name
        return [200, { username: name, email: mailOf(cached) }]
      },
    })

    expect(verdict.sentence).toContain("GET /user showed Alice's mail address to Bob and Carol")
    expect(verdict.outcome).toBe('unjudged')
  })
})

describe('the leak finder cannot judge', () => {
  it('what nobody can read', async () => {
    const { verdict } = await run({}, 'reads: [/notfound]')

    expect(verdict.sentence).toBe(
      'COULD NOT JUDGE: GET /notfound never answered anybody with 2xx (the first: 404 for alice); correct reads.',
    )
  })

  it('a sign-out that is not there', async () => {
    const { verdict } = await run({}, 'signOut: { post: /nologout }')

    expect(verdict.sentence).toMatch(
      /^COULD NOT JUDGE: the sign-out POST \/nologout answered 404 for \w+; correct signOut.$/,
    )
  })

  it('a sign-out that signs nobody out', async () => {
    const { verdict } = await run({ '/bye': () => [200, {}] }, 'signOut: { post: /bye }')

    expect(verdict.sentence).toMatch(
      /^COULD NOT JUDGE: the sign-out POST \/bye answered 200 for (\w+), and \1 was signed in as before; correct signOut, or mend the sign-out.$/,
    )
  })
})

it('says of a token that is good after the sign-out that it is, and counts nothing', async () => {
  const { verdict } = await run(
    { '/bye': () => [200, {}] },
    'signOut: { post: /bye }\ncarry: { bearer: /token }',
  )

  expect(verdict.outcome).toBe('clean')
  expect(verdict.notes).toEqual([
    expect.stringMatching(/^What \w+ had carried was good after the sign-out: not counted/),
  ])
})

it.each([1, 2, 3, 4, 5, 6])('signs everybody out in turn, seed %i', async (seed) => {
  const { verdict } = await run({}, 'signOut: { post: /logout }', { seed, requests: 2 }, 'shifts')

  expect(verdict.sentence).toMatch(/^(LEAK|THROWN OUT)/)
})

it('refuses an ordinary path that is never asked', async () => {
  await expect(run({}, 'reads: [/help]\nordinary: [/hepl]')).rejects.toThrow(
    'must be whoami.get or one of reads',
  )
})

/** Against a service that is sound but for its pages; `shifts`: a session is a place in a list, and lists close up. */
async function run(
  pages: Pages,
  more = '',
  changes: Partial<Target> = { requests: 6 },
  kind: 'sound' | 'shifts' = 'sound',
) {
  const sessions: Array<string | undefined> = []
  // One for both: what a service keeps for a moment is not over because the machine stood still.
  using clock = startSteadyClock()
  await using server = await startLittleServer(({ url = '', headers, method }, body) => {
    const [, place = ''] =
      /session-number-(\d+)/.exec(`${headers.cookie}${headers.authorization}`) ?? []
    if (url === '/login') {
      sessions.push((JSON.parse(body) as { username: string }).username)
      const token = `session-number-${sessions.length - 1}`
      return [200, { token }, { 'set-cookie': `sid=${token}; Path=/` }]
    }
    const name = place === '' ? undefined : sessions[Number(place)]
    if (url === '/logout' && name !== undefined) {
      if (kind === 'shifts') sessions.splice(Number(place), 1)
      else sessions[Number(place)] = undefined
      return [200, {}]
    }
    if (method === 'POST' && !pages[url]) return [404, {}]
    const page = pages[url]
    const signedOut: Answer = [401, {}]
    if (page) return page(name, clock) ?? signedOut
    if (url !== '/user') return [404, {}]
    return name === undefined ? signedOut : [200, { username: name }]
  })
  const target = await targetFrom(`
target: ${server.url}
signIn: { post: /login, json: { username: "{name}", password: "{password}" } }
whoami: { get: /user, owner: /username }
users: [${users.map((name) => `{ name: ${name}, password: right, email: ${mailOf(name)} }`).join(', ')}]
${more}
`)
  return await runLeaks({ target: { ...target, ...changes }, clock })
}
