// One token set is renewed once, whatever the number of requests and processes; thousands at once lose none.
import { describe, expect, it } from 'vitest'
import { manualClock } from '../support/clock.ts'
import { openGates, sharedStores } from '../support/fault-gates.ts'
import { repeated, startFaultProvider } from '../support/fault-provider.ts'
import { cookieOf, startGateway } from '../support/gateway.ts'
import { type HttpClient, openHttpClient } from '../support/http.ts'
import { ASKER, judgeAnswer, ownerName } from '../support/owner-oracle.ts'
import { eventually } from '../support/redis.ts'
import { openTestStore, type StoreKind } from '../support/stores.ts'

const LONG = process.env.COATCHECK_LONG === '1'
const REQUESTS = 1000
const GATES = 4
const ADA = ownerName(1)

describe.each(sharedStores)(
  `one token set that is over, at ${GATES} processes on %s`,
  (name, open) => {
    it(`is renewed once for ${REQUESTS} requests at once, and all are answered`, async () => {
      await using store = await open()
      await using it = await setUp(store.written)

      const hold = it.provider.hold()
      const asking = it.askEverywhere(REQUESTS / GATES)
      await hold.arrived()
      // What a process was sent before this, it has taken in when it answers this.
      await Promise.all(it.gates.map((gate) => gate.send('/auth/health')))
      hold.release()
      const words = await asking

      expect(words).toEqual({ own: REQUESTS })
      expect(it.provider.renewals.length).toBe(1)
      expect(it.provider.foreign).toEqual([])
      expect(await it.renewalsCounted()).toBe(1)
      console.log(`${REQUESTS} requests at ${GATES} processes on ${name}: one renewal`)
    })
  },
)

describe('this check', () => {
  it('finds a second renewal where a lease is taken away by hand', async () => {
    const [, open] = sharedStores.find(([name]) => name === 'redis') ?? missing()
    await using store = await open()
    await using it = await setUp(store.written, 2)

    const hold = it.provider.hold()
    const asking = it.askEverywhere(5)
    await hold.arrived()
    await eventually('a lease to take away', async () => {
      const leases = (await store.command('KEYS', 'coatcheck:lease:*')) as string[]
      return leases.length > 0 && (await store.command('DEL', ...leases)) === leases.length
    })
    await hold.arrived(2)
    hold.release()
    await asking

    expect(it.provider.renewals.length).toBe(2)
    expect(repeated(it.provider.renewals)).toHaveLength(1)
  })
})

const SETS = LONG ? 10_000 : 1000
const CONNECTIONS = 256
const GRANTS_AT_ONCE = 64
const kinds: readonly StoreKind[] = LONG ? ['sqlite', 'redis'] : ['sqlite']

describe.each(kinds)(`${SETS} token sets that are over at once, on %s`, (kind) => {
  it(`are renewed once each, at most ${GRANTS_AT_ONCE} at a time, and none is lost`, async () => {
    const clock = manualClock()
    await using provider = await startFaultProvider({ clock, accessMs: 60_000, latencyMs: 2 })
    await using opened = await openTestStore(kind, clock)
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: provider.url }],
      limits: { signInPerAddress: 1e9, signInPerAccount: 1e9, windowMs: 60_000 },
      options: { clock, store: opened.store },
    })
    using client = openHttpClient(gateway.url, { maxSockets: CONNECTIONS })
    const people = await Promise.all(
      Array.from({ length: SETS }, (_, n) => signIn(client, gateway.host, ownerName(n % 1000))),
    )

    clock.advance(61_000)
    const since = performance.now()
    const answers = await Promise.all(people.map((person) => person.ask()))
    const ms = Math.round(performance.now() - since)
    const again = await Promise.all(people.map((person) => person.ask()))

    console.log(`${SETS} renewals on ${kind} in ${ms} ms, ${provider.mostAtOnce} at a time`)
    expect(tally(answers)).toEqual({ own: SETS })
    expect(tally(again)).toEqual({ own: SETS })
    expect(provider.renewals.length).toBe(SETS)
    expect(repeated(provider.renewals)).toEqual([])
    expect(provider.foreign).toEqual([])
    expect(provider.mostAtOnce).toBeGreaterThan(1)
    expect(provider.mostAtOnce).toBeLessThanOrEqual(GRANTS_AT_ONCE)
  })
})

/** Somebody whose token is over, at processes that all have the session in memory. */
async function setUp(store: string, count = GATES) {
  let accessMs = 1000
  const provider = await startFaultProvider({ accessMs: () => accessMs })
  const gates = await openGates({ store, url: provider.url, count, providerTimeout: '20s' })
  const [first = missing()] = gates.all
  const json = { username: ADA, password: 'any' }
  const cookie = cookieOf(await first.send('/auth/login', { method: 'POST', json }))
  const session = async (gate = first) => (await gate.send('/auth/session', { cookie })).json()
  for (const gate of gates.all) expect(await session(gate)).toMatchObject({ sub: ADA })
  await eventually('a token that is over', async () => {
    const { now, tokens } = await session()
    return now >= tokens.main.expiresAt
  })
  accessMs = 600_000
  return {
    provider,
    gates: gates.all,
    /** Resolves to how many got which answer. */
    async askEverywhere(each: number) {
      const asking = gates.all.flatMap((gate) =>
        Array.from({ length: each }, async () => {
          const headers = { [ASKER]: ADA }
          const answer = await gate.send('/api/notes', { cookie, headers })
          return wordOf(judgeAnswer(ADA, answer))
        }),
      )
      return tally(await Promise.all(asking))
    },
    async renewalsCounted() {
      const counts = gates.all.map((gate) => gate.metric('refreshes_total'))
      return (await Promise.all(counts)).reduce((sum, one) => sum + one, 0)
    },
    async [Symbol.asyncDispose]() {
      await gates[Symbol.asyncDispose]()
      await provider[Symbol.asyncDispose]()
    },
  }
}

async function signIn(client: HttpClient, host: string, name: string) {
  const own = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }
  const json = { username: name, password: 'any' }
  const signedIn = await client.send('/auth/login', { method: 'POST', host, json, headers: own })
  const headers = { ...own, cookie: cookieOf(signedIn), [ASKER]: name }
  return {
    ask: async () => wordOf(judgeAnswer(name, await client.send('/api/notes', { host, headers }))),
  }
}

function wordOf(verdict: ReturnType<typeof judgeAnswer>): string {
  return verdict.kind === 'problem' ? verdict.code : verdict.kind
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}

function missing(): never {
  throw new Error('it is not there')
}
