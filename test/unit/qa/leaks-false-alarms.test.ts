// A sound service is never accused, whatever it says besides; what is somebody's is found all the same.
import { describe, expect, it, vi } from 'vitest'
import { createDice, type Dice } from '../../../src/qa/leaks/dice.ts'
import { runLeaks } from '../../../src/qa/leaks/run-leaks.ts'
import type { Verdict } from '../../../src/qa/run.ts'
import { manualClock } from '../../support/clock.ts'
import { targetFrom } from '../../support/leaks.ts'
import { startLittleServer } from '../../support/little-server.ts'

vi.setConfig({ testTimeout: 60_000 })

interface Session {
  readonly name: string
  /** Place among the users, and among the sign-ins. */
  readonly index: number
  readonly number: number
  readonly dice: Dice
  /** Who signed in last. */
  readonly last: () => string
  /** Counts the answers of reads. */
  readonly asked: () => number
}

interface Kind {
  readonly users?: readonly string[]
  /** Besides the session's own. */
  readonly cookies?: (session: Session) => readonly string[]
  readonly login?: (session: Session) => object
  readonly me?: (session: Session) => object
  readonly id?: (index: number) => number
  readonly read?: (session: Session) => object
}

const SEEDS = [1, 4, 6]
const mailOf = (name: string) => `${name}@corp.example`
const PODS = ['api-7c9d8f6b54-x7k2p', 'api-7c9d8f6b54-m4q9z', 'api-7c9d8f6b54-b2v8t']
const KEY = '5f0c1d7a93be44825f0c1d7a93be4482'
const of = (list: readonly string[], { dice }: Session) => dice.pick(list) ?? ''

const sound: Readonly<Record<string, Kind>> = {
  'a tenant and a locale in cookies': {
    cookies: () => ['tenant=acme-corp; Path=/', 'locale=en_US.UTF-8; Path=/'],
  },
  'the second of the sign-in in a cookie': { cookies: () => ['last_login=1795363200; Path=/'] },
  'a bucket in a cookie': {
    cookies: (one) => [`ab=${of(['checkout-redesign-2026-a', 'checkout-redesign-2026-b'], one)}`],
  },
  'a machine in a cookie': {
    cookies: (one) => [`SERVERID=backend-${one.dice.roll(6)}; Path=/`],
  },
  'a machine by its hash in a cookie': {
    cookies: ({ number }) => [`ARRAffinity=${KEY}${number % 3}f; Path=/`],
  },
  'a greeting and a theme in cookies': {
    cookies: () => ['flash=Welcome%20back%21; Path=/', 'theme=light-mode; Path=/'],
  },
  'a cookie that is taken away': {
    cookies: () => [`old=${KEY}; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT`],
  },
  'moments, paths and words in the answer to a sign-in': {
    login: () => ({
      sessionExpiresAt: '2026-11-22T16:30:00Z',
      passwordChangedAt: '2026-01-15T09:00:00Z',
      refresh_url: '/api/v1/auth/refresh',
      passwordPolicy: 'default-policy-2026',
      access: 'standard-customer',
    }),
  },
  'a key of the service in the answer to a sign-in': { login: () => ({ accessTokenKey: KEY }) },
  'quotes numbered from where users are': {
    id: (index) => 1_000_001 + index,
    read: (one) => ({ quoteId: 999_995 + (one.asked() % 12), mine: mailOf(one.name) }),
  },
  'things numbered from where users are': {
    id: (index) => 10_021 + index,
    read: (one) => ({ id: 10_015 + (one.asked() % 12), mine: mailOf(one.name) }),
  },
  'numbers that pass through the names of users': {
    users: ['1001', '1002'],
    read: ({ asked, name }) => {
      const n = asked() % 15
      return { requestsPerUser: 990 + n, validFor: 1010 - n, quoteNo: 990 + n, mine: mailOf(name) }
    },
  },
  'as many machines as users, in turn': {
    users: ['alice', 'bob', 'carol'],
    read: ({ number }) => ({
      node: ['node-2a7f91c3', 'node-88b0d41e', 'node-c37d5590'][number % 3],
    }),
  },
  'a machine of the session in whoami': {
    me: ({ number }) => ({ meta: { servedBy: PODS[number % 3] } }),
  },
  'a machine of the moment in whoami': { me: (one) => ({ meta: { servedBy: of(PODS, one) } }) },
  'pictures in turn in whoami': {
    me: (one) => ({ banner: { image: `/assets/hero-3f2a9${one.dice.roll(4)}.jpg` } }),
  },
  'plans with names of their own in whoami': {
    me: ({ index }) => ({ plan: { name: index === 0 ? 'Premium' : 'Basic' } }),
    read: (one) => ({
      mine: mailOf(one.name),
      tip: of(['Try Premium today', 'Basic is free'], one),
    }),
  },
  'names that are words': {
    users: ['may', 'will'],
    read: (one) => ({
      mine: mailOf(one.name),
      tip: of(['You may use the search', 'It will be fine'], one),
    }),
  },
}

describe('a sound service is clean with', () => {
  it.each(
    Object.entries(sound).flatMap(([name, kind]) => SEEDS.map((seed) => ({ name, kind, seed }))),
  )('$name (seed $seed)', async ({ kind, seed }) => {
    const { outcome, sentence, leaks } = await run(kind, seed)

    expect(sentence).toMatch(/^CLEAN/)
    expect({ outcome, leaks }).toEqual({ outcome: 'clean', leaks: 0 })
  })
})

describe('what everybody is shown from the start accuses nobody:', () => {
  it.each<readonly [string, Kind, Verdict['outcome']]>([
    ['a feed with one author', { read: () => ({ posts: [{ author: 'alice' }] }) }, 'clean'],
    ['a word that is a name', { users: ['test', 'demo'], read: () => ({ env: 'test' }) }, 'clean'],
    [
      'a team and who leads it',
      { read: () => ({ lead: { name: 'alice', mail: mailOf('alice') } }) },
      'unjudged',
    ],
    [
      'an order of two',
      { read: () => ({ orders: [{ no: 'ORD-2026-0815', buyer: mailOf('alice') }] }) },
      'unjudged',
    ],
  ])('%s', async (_name, kind, outcome) => {
    for (const seed of SEEDS) {
      const verdict = await run(kind, seed)

      expect(verdict).toMatchObject({ outcome, leaks: 0 })
      expect(verdict.notes?.join()).toMatch(
        /^GET \/r showed .*: not counted; say ordinary: \[\/r\]/,
      )
    }
  })
})

describe('a leak is found where the last to sign in is shown by', () => {
  const numbers = (index: number) => 902_217 + index * 1313
  const refs = ['cr-7f31c09a', 'cr-18be44d2'] as const

  it.each<readonly [string, Kind]>([
    [
      'the number that is his or her account',
      {
        id: numbers,
        read: ({ last }) => ({ items: [{ accountId: numbers(last() === 'alice' ? 0 : 1) }] }),
      },
    ],
    [
      'what whoami says at every sign-in',
      {
        me: ({ index }) => ({ contract: { ref: refs[index] } }),
        read: ({ last }) => ({ ref: refs[last() === 'alice' ? 0 : 1] }),
      },
    ],
    [
      'a name that is a word, and all that stands there',
      { users: ['may', 'will'], read: ({ last }) => ({ by: last() }) },
    ],
  ])('%s', async (_name, kind) => {
    const { outcome } = await run(kind, 1)

    expect(outcome).toBe('leak')
  })
})

/** Time goes by itself, and does not hang on how busy the machine is. */
async function run(kind: Kind, seed: number): Promise<Verdict> {
  const { users = ['alice', 'bob'], read = ({ name }) => ({ mine: mailOf(name) }) } = kind
  const clock = manualClock()
  const ticking = setInterval(() => clock.advance(10), 1)
  const dice = createDice(seed)
  const sessions = new Map<string, Session>()
  const idOf = (number: number) => `8d1f${number.toString(16).padStart(4, '0')}c3a95be7204f6d1c`
  let last = ''
  let asked = 0
  let signIns = 0
  await using server = await startLittleServer(({ url = '', headers }, body) => {
    if (url === '/login') {
      const { username: name } = JSON.parse(body) as { username: string }
      const index = users.indexOf(name)
      const number = signIns++
      const counted = () => asked++
      const session = { name, index, number, dice, last: () => last, asked: counted }
      sessions.set(idOf(number), session)
      last = name
      const own = `sid=${idOf(number)}; Path=/; HttpOnly`
      const cookies = [own, ...(kind.cookies?.(session) ?? [])]
      return [200, kind.login?.(session) ?? {}, { 'set-cookie': cookies }]
    }
    const id = /sid=(\w+)/.exec(`${headers.cookie}`)?.[1] ?? ''
    const session = sessions.get(id)
    if (!session) return [401, {}]
    if (url === '/logout') sessions.delete(id)
    const { name, index } = session
    if (url === '/r') return [200, read(session)]
    if (url === '/orders') return [200, [{ no: 1, owner: mailOf(name) }]]
    const number = kind.id?.(index) ?? index
    return [200, { id: number, username: name, email: mailOf(name), ...kind.me?.(session) }]
  })
  const target = await targetFrom(`
target: ${server.url}
signIn: { post: /login, json: { username: "{name}", password: "{password}" } }
signOut: { post: /logout }
whoami: { get: /user, owner: /username }
reads: [/r, /orders]
users: [${users.map((name) => `{ name: "${name}", password: right }`).join(', ')}]
requests: 15
`)
  try {
    const { verdict } = await runLeaks({ target: { ...target, seed }, clock })
    return verdict
  } finally {
    clearInterval(ticking)
  }
}
