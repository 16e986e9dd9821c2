// A verdict says no more than was seen: what there was no time for, and what nobody could tell, is never plainly clean.
import { describe, expect, it } from 'vitest'
import { type Clock, pause } from '../../../src/lib/clock.ts'
import { runLeaks } from '../../../src/qa/leaks/run-leaks.ts'
import type { Target } from '../../../src/qa/leaks/target.ts'
import { targetFrom } from '../../support/leaks.ts'
import { type Answer, startLittleServer } from '../../support/little-server.ts'
import { startTickingClock } from '../../support/ticking-clock.ts'

const users: readonly string[] = ['alice', 'bob']
const accounts: Readonly<Record<string, string>> = {
  alice: 'DE44500105175407324931',
  bob: 'DE12500105170648489890',
}
const accountOf = (name: string) => accounts[name] ?? ''

interface Asking {
  readonly name: string | undefined
  /** Who signed in last. */
  readonly last: string
  /** Counts the sign-ins; which of them this is. */
  readonly session: number
  readonly clock: Clock
}

type Read = (asking: Asking) => Answer | Promise<Answer>

/** What only who is signed in is told. */
const inside =
  (read: (name: string, asking: Asking) => Answer | Promise<Answer>): Read =>
  (asking) =>
    asking.name === undefined ? [401, {}] : read(asking.name, asking)

/** As the last to begin has it, so that two at once are given one's. */
function race(): Read {
  let current = ''
  return inside(async (name, { clock }) => {
    current = name
    await pause(clock, 100)
    return [200, { owner: `${current}@x.test` }]
  })
}

const own = inside((name) => [200, { owner: `${name}@x.test` }])
const LITTLE = / There was time for little of it \(timeouts\.total\)\.$/

describe('a service that takes its time', () => {
  it('is tried in three of four phases at least, and a race in it is found', async () => {
    const { verdict, phases, calls } = await run({ '/orders': race() }, { slowMs: 1100 })

    expect(verdict.outcome).toBe('leak')
    const took = (name: string) => calls.filter(({ phase }) => phase === name).length
    expect(phases.map(({ name }) => took(name) > 0)).toEqual([
      true,
      true,
      true,
      expect.any(Boolean),
    ])
  })

  it('is clean with a word about the time, where nothing is wrong with it', async () => {
    const { verdict, phases, calls } = await run({ '/orders': own }, { slowMs: 1100 })

    expect(verdict.outcome).toBe('clean')
    expect(verdict.sentence).toMatch(LITTLE)
    expect(verdict.notes?.join('\n')).toMatch(
      /"Steady mixed load" was cut short after \d+ %: timeouts\.total was up\./,
    )
    for (const { name } of phases) {
      const mine = calls.filter(({ phase, outcome }) => phase === name && outcome === 'own')
      expect(new Set(mine.map(({ user }) => user))).toEqual(new Set(users))
    }
  })

  it('is not judged where phases could not be tried', async () => {
    const { verdict } = await run({ '/orders': own }, { slowMs: 2200 })

    expect(verdict.sentence).toMatch(
      /^COULD NOT JUDGE: the time was up \(timeouts\.total, 30 s\) before .*"One connection for all, some leave early" could be tried \(an answer took 2\.\d s\); raise timeouts\.total, or set limit or fewer reads\.$/,
    )
  })

  it('is told of nothing where there is time for all', async () => {
    const { verdict } = await run({ '/orders': own }, { slowMs: 10 })

    expect(verdict.sentence).toMatch(/nobody was thrown out\.$/)
    expect(verdict.notes).toBeUndefined()
  })
})

describe('a read in which nobody is known', () => {
  const frozen = () => {
    let kept: string | undefined
    return inside((name) => {
      kept ??= accountOf(name)
      return [200, { account: kept }]
    })
  }
  const WHY =
    "no answer of GET /r says whose it is, so that somebody else's would not be known; give the users a field that stands in it, or set ordinary: [/r] if it is the same for all."

  it('is not judged where it is all that is read', async () => {
    const { verdict } = await run({ '/r': frozen() })

    expect(verdict.sentence).toBe(`COULD NOT JUDGE: ${WHY}`)
  })

  it('is told beside another that was judged', async () => {
    const { verdict } = await run({ '/r': frozen(), '/orders': own })

    expect(verdict.sentence).toMatch(
      /^CLEAN: all \d+ answers that could be judged belonged to whoever asked, .* \d+ more, of GET \/r, do not say whose they are\.$/,
    )
    expect(verdict.notes).toEqual([`N${WHY.slice(1)}`])
  })

  it('is told where strangers are answered too', async () => {
    const { verdict } = await run({ '/r': () => [200, { products: ['pen', 'cup'] }] })

    expect(verdict.outcome).toBe('clean')
    expect(verdict.sentence).toMatch(/ more, of GET \/r, do not say whose they are\.$/)
  })

  it('is clean where the file says that it is the same for all', async () => {
    const { verdict } = await run({ '/r': frozen() }, { changes: { ordinary: ['/r'] } })

    expect(verdict.sentence).toMatch(/^CLEAN: all \d+ answers belonged to whoever asked/)
    expect(verdict.notes).toBeUndefined()
  })
})

describe("what each user's own answers have alone", () => {
  it('is known in those of others', async () => {
    const { verdict } = await run({
      '/r': inside((_name, { last }) => [200, { account: accountOf(last) }]),
    })

    expect(verdict).toMatchObject({ outcome: 'leak', bug: 'shared-jar' })
    expect(verdict.history?.steps.at(-1)).toMatch(/asks GET \/r → (Alice|Bob)'s/)
  })

  it('verifies what is right', async () => {
    let asked = 0
    const { verdict, calls } = await run({
      '/r': inside((name) => {
        asked++
        const passing = {
          at: new Date(asked * 999).toISOString(),
          request: `request-${1e15 + asked}`,
        }
        return [200, { account: accountOf(name), ...passing }]
      }),
    })

    expect(verdict.sentence).toMatch(/^CLEAN: all \d+ answers belonged to whoever asked/)
    const later = calls.filter(({ phase, path, user }) => {
      return phase === 'steady' && path === '/r' && users.includes(user)
    })
    expect(new Set(later.map(({ outcome }) => outcome))).toEqual(new Set(['own']))
  })

  const hosts = ['web-7f9c4d55b-0abcd', 'web-7f9c4d55b-1efgh']
  it.each<readonly [string, Read]>([
    ['a session', inside((_name, { session }) => [200, { host: hosts[session % 2] }])],
    ['a few sessions', inside((_name, { session }) => [200, { host: hosts[(session >> 1) % 2] }])],
    ['a moment', inside((_name, { clock }) => [200, { build: `b-${clock.now() >> 9}-20261122` }])],
    ['an answer', takesTurns(hosts)],
    ['a few answers', takesTurns(hosts.flatMap((host) => [host, host]))],
    ['a draw', draws(Array.from({ length: 12 }, (_, n) => `item-0000-${1000 + n}`))],
  ])('is nobody’s where it comes with %s', async (_name, read) => {
    const { verdict } = await run({ '/r': read, '/orders': own })

    expect(verdict.outcome).toBe('clean')
    expect(verdict.leaks).toBe(0)
  })
})

it('verifies nothing by a list in which everybody stands', async () => {
  const all = users.map((name) => ({ id: `order-of-${name}`, owner: `${name}@x.test` }))
  const { verdict, calls } = await run({ '/orders': inside(() => [200, all]) })

  expect(verdict.outcome).toBe('clean')
  expect(verdict.sentence).toMatch(
    /^CLEAN: all \d+ answers that could be judged belonged .* \d+ more showed what may be ordinary there\.$/,
  )
  expect(verdict.notes).toEqual([
    "GET /orders showed Alice and Bob each other's mail addresses from the first look on: not counted; say ordinary: [/orders] if that is meant, as in a list of people. If it is not, everybody is given what is everybody's.",
  ])
  expect(calls.filter(({ path, outcome }) => path === '/orders' && outcome === 'own')).toEqual([])
})

function takesTurns(hosts: readonly string[]): Read {
  let at = 0
  return inside(() => [200, { host: hosts[at++ % hosts.length] }])
}

/** Four of them, others each time. */
function draws(items: readonly string[]): Read {
  let state = 7
  const next = () => {
    state = (state * 48_271) % 2_147_483_647
    return items[state % items.length]
  }
  return inside(() => [200, { items: [next(), next(), next(), next()] }])
}

interface Service {
  /** Each answer takes so long. */
  readonly slowMs?: number
  readonly changes?: Partial<Target>
}

async function run(reads: Readonly<Record<string, Read>>, { slowMs = 0, changes }: Service = {}) {
  using time = startTickingClock()
  const { clock } = time
  const sessions: string[] = []
  await using server = await startLittleServer(async ({ url = '', headers }, body) => {
    if (slowMs > 0) await pause(clock, slowMs)
    if (url === '/login') {
      const { username } = JSON.parse(body) as { username: string }
      sessions.push(username)
      const id = `session-number-${sessions.length - 1}`
      return [200, {}, { 'set-cookie': `sid=${id}; Path=/` }]
    }
    const session = Number(/session-number-(\d+)/.exec(`${headers.cookie}`)?.[1] ?? -1)
    const name = sessions[session]
    const read = reads[url]
    if (read) return read({ name, last: sessions.at(-1) ?? '', session, clock })
    return name === undefined ? [401, {}] : [200, { username: name, email: `${name}@x.test` }]
  })
  const target = await targetFrom(`
target: ${server.url}
signIn: { post: /login, json: { username: "{name}", password: "{password}" } }
whoami: { get: /user, owner: /username }
reads: [${Object.keys(reads).join(', ')}]
users: [${users.map((name) => `{ name: ${name}, password: right }`).join(', ')}]
`)
  return await runLeaks({ target: { ...target, requests: 20, ...changes }, clock })
}
