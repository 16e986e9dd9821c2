import { describe, expect, it } from 'vitest'
import { cacheKey } from '../../../src/lib/cache-key.ts'
import { systemRandom } from '../../../src/lib/random.ts'
import { createNearCache } from '../../../src/session/near.ts'
import { createSealer } from '../../../src/session/seal.ts'
import type { OpenSession } from '../../../src/session/session.ts'
import { createSessions, type Sessions } from '../../../src/session/sessions.ts'
import { StoreUnreachableError } from '../../../src/session/store.ts'
import { createMemoryStore } from '../../../src/session/stores/memory.ts'
import type { FreshTokens, Provider } from '../../../src/tokens/provider.ts'
import { createRefresher } from '../../../src/tokens/refresh.ts'
import type { IssuedTokens } from '../../../src/tokens/token-set.ts'
import { type ManualClock, manualClock } from '../../support/clock.ts'

/** Several gateways over one store, and a provider whose every grant waits to be told its answer. */
function setUp() {
  const clock = manualClock()
  const store = createMemoryStore({ clock, random: systemRandom })
  const grants: Array<{ seen: string; answer: (answer: FreshTokens) => void }> = []
  const revoked: string[] = []
  let asked = Promise.withResolvers<void>()
  const provider: Provider = {
    name: 'main',
    kind: 'password',
    credential: ({ access }) => ['authorization', `Bearer ${access}`],
    refreshAheadMs: () => 0,
    refresh: (tokens, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
        grants.push({ seen: tokens.access, answer: resolve })
        asked.resolve()
        asked = Promise.withResolvers()
      }),
    revoke: async ({ access }) => void revoked.push(access),
  }
  const told: string[] = []
  const refresherOver = (sessions: Sessions, grantsAtOnce = 64) =>
    createRefresher({
      sessions,
      store,
      clock,
      providerMs: 20_000,
      grantsAtOnce,
      events: {
        refreshed: () => told.push('refreshed'),
        refused: () => told.push('refused'),
        unreachable: () => told.push('unreachable'),
        ownerChanged: () => told.push('ownerChanged'),
        storeUnreachable: () => told.push('storeUnreachable'),
      },
    })
  const gateway = () => {
    const sessions = createSessions({
      store,
      sealer: createSealer(systemRandom),
      near: createNearCache(100),
      clock,
      random: systemRandom,
      idleMs: 3_600_000,
      lifetimeMs: 86_400_000,
      events: { touchFailed: () => undefined, unsealable: () => undefined },
    })
    return { sessions, refresher: refresherOver(sessions) }
  }
  const one = gateway()
  const issued = (access: string): IssuedTokens => ({
    access,
    refresh: 'r',
    issuedAt: clock.now(),
    sub: 'ada',
  })
  const start = () =>
    one.sessions.start({
      provider: 'main',
      sub: 'ada',
      claims: {},
      tokens: issued('access 1'),
      device: 'unknown',
    })
  const nextGrant = () => asked.promise
  return {
    clock,
    store,
    provider,
    grants,
    revoked,
    told,
    gateway,
    refresherOver,
    one,
    issued,
    start,
    nextGrant,
  }
}

/** Lets time pass, with everything that happens meanwhile. */
async function pass(clock: ManualClock, ms: number) {
  await new Promise((resolve) => setImmediate(resolve))
  for (let passed = 0; passed < ms; passed += 250) {
    clock.advance(250)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function accessOf(session: OpenSession) {
  const tokens = session.content.tokens.main
  if (!tokens) throw new Error('no tokens')
  return tokens
}

describe('a token set', () => {
  it('is renewed once for all who ask in one process', async () => {
    const { provider, grants, one, issued, start, nextGrant } = setUp()
    const session = await start()

    const asking = nextGrant()
    const waiting = Array.from({ length: 100 }, () =>
      one.refresher.refresh(session, provider, accessOf(session)),
    )
    await asking
    grants[0]?.answer({ kind: 'fresh', tokens: issued('access 2') })
    const outcomes = await Promise.all(waiting)

    expect(grants).toHaveLength(1)
    for (const outcome of outcomes) {
      expect(outcome.kind === 'fresh' && accessOf(outcome.session).access).toBe('access 2')
    }
  })

  it('is renewed once across processes: who has no lease waits for the event and takes the result', async () => {
    const { clock, provider, grants, gateway, issued, start, nextGrant } = setUp()
    const session = await start()
    const gateways = Array.from({ length: 4 }, gateway)

    const asking = nextGrant()
    const waiting = gateways.map(({ refresher }) =>
      refresher.refresh(session, provider, accessOf(session)),
    )
    await asking
    grants[0]?.answer({ kind: 'fresh', tokens: issued('access 2') })
    const outcomes = await Promise.all(waiting)
    clock.advance(1000)

    expect(grants).toHaveLength(1)
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['fresh', 'fresh', 'fresh', 'fresh'])
  })

  it('is not asked for again by whoever held an old copy', async () => {
    const { provider, grants, one, gateway, issued, start, nextGrant } = setUp()
    const session = await start()
    const asking = nextGrant()
    const first = one.refresher.refresh(session, provider, accessOf(session))
    await asking
    grants[0]?.answer({ kind: 'fresh', tokens: issued('access 2') })
    await first

    const late = await gateway().refresher.refresh(session, provider, accessOf(session))

    expect(grants).toHaveLength(1)
    expect(late.kind === 'fresh' && accessOf(late.session).access).toBe('access 2')
  })

  it('that arrives after a sign-out is dropped, revoked, and brings nothing back', async () => {
    const { provider, grants, revoked, one, issued, start, nextGrant } = setUp()
    const session = await start()
    const asking = nextGrant()
    const waiting = one.refresher.refresh(session, provider, accessOf(session))
    await asking

    await one.sessions.end(session.ticket.storeKey, 'signed_out')
    grants[0]?.answer({ kind: 'fresh', tokens: issued('access 2') })

    expect(await waiting).toEqual({ kind: 'ended', reason: 'signed_out' })
    expect(revoked).toEqual(['access 2'])
    expect(await one.sessions.find(session.ticket)).toEqual({ kind: 'ended', reason: 'signed_out' })
  })

  it('that the provider refuses ends the session with the reason', async () => {
    const { provider, grants, told, one, start, nextGrant } = setUp()
    const session = await start()
    const asking = nextGrant()
    const waiting = one.refresher.refresh(session, provider, accessOf(session))
    await asking
    grants[0]?.answer({ kind: 'refused' })

    expect(await waiting).toEqual({ kind: 'ended', reason: 'refresh_refused' })
    expect(await one.sessions.find(session.ticket)).toMatchObject({ reason: 'refresh_refused' })
    expect(told).toEqual(['refused'])
  })

  it('issued for somebody else ends the session and is used by nobody', async () => {
    const { provider, grants, told, one, issued, start, nextGrant } = setUp()
    const session = await start()
    const asking = nextGrant()
    const waiting = one.refresher.refresh(session, provider, accessOf(session))
    await asking
    grants[0]?.answer({ kind: 'fresh', tokens: issued("bob's"), sub: 'bob' })

    expect(await waiting).toEqual({ kind: 'ended', reason: 'owner_changed' })
    expect(told).toEqual(['ownerChanged'])
  })

  it('stays as it was when the provider cannot be reached, or takes too long', async () => {
    const { clock, provider, grants, one, start, nextGrant } = setUp()
    const session = await start()

    const firstAsking = nextGrant()
    const first = one.refresher.refresh(session, provider, accessOf(session))
    await firstAsking
    grants[0]?.answer({ kind: 'unreachable', cause: new Error('refused') })
    expect(await first).toMatchObject({ kind: 'unreachable' })

    const secondAsking = nextGrant()
    const second = one.refresher.refresh(session, provider, accessOf(session))
    await secondAsking
    clock.advance(20_000)
    expect(await second).toMatchObject({ kind: 'unreachable' })
    expect(await one.sessions.find(session.ticket)).toMatchObject({ kind: 'active' })
  })

  it('is renewed by the next process when the one that asked dies: its lease lapses', async () => {
    const { clock, store, provider, grants, one, issued, start, nextGrant } = setUp()
    const session = await start()
    // A process that took the lease and was killed: nobody renews or releases it.
    const name = cacheKey('refresh', session.ticket.storeKey, 'main')
    expect(await store.lease(name, 25_000)).toBeDefined()

    const early = one.refresher.refresh(session, provider, accessOf(session))
    await pass(clock, 21_000)
    expect(await early).toMatchObject({ kind: 'unreachable' })
    const asking = nextGrant()
    const waiting = one.refresher.refresh(session, provider, accessOf(session))
    await pass(clock, 5000)
    await asking
    grants[0]?.answer({ kind: 'fresh', tokens: issued('access 2') })

    expect(await waiting).toMatchObject({ kind: 'fresh' })
    expect(grants).toHaveLength(1)
  })

  it('keeps its lease while a slow grant runs', async () => {
    const { clock, provider, grants, one, gateway, issued, start, nextGrant } = setUp()
    const session = await start()
    const asking = nextGrant()
    const slow = one.refresher.refresh(session, provider, accessOf(session))
    await asking
    const other = gateway().refresher.refresh(session, provider, accessOf(session))

    for (let ms = 0; ms < 19_000; ms += 250) {
      clock.advance(250)
      await new Promise((resolve) => setImmediate(resolve))
    }
    grants[0]?.answer({ kind: 'fresh', tokens: issued('access 2') })

    expect((await slow).kind).toBe('fresh')
    expect((await other).kind).toBe('fresh')
    expect(grants).toHaveLength(1)
  })

  it('ahead of its end is not asked for by every request while the provider is down', async () => {
    const { clock, provider, grants, one, start, nextGrant } = setUp()
    const session = await start()
    const ahead = () => one.refresher.refreshAhead(session, provider, accessOf(session))

    const asking = nextGrant()
    ahead()
    await asking
    grants[0]?.answer({ kind: 'unreachable', cause: undefined })
    await new Promise((resolve) => setImmediate(resolve))
    ahead()
    clock.advance(4999)
    ahead()
    const early = [grants.length, one.refresher.underWay]
    const againAsked = nextGrant()
    clock.advance(1)
    ahead()
    await againAsked

    expect(early).toEqual([1, 0])
    expect(grants).toHaveLength(2)
  })

  it('that a process was refused too late is taken from whoever renewed it meanwhile', async () => {
    const { provider, grants, one, gateway, issued, start, nextGrant } = setUp()
    const session = await start()
    const asking = nextGrant()
    const slept = one.refresher.refresh(session, provider, accessOf(session))
    await asking

    await gateway().sessions.replaceTokens(session, 'main', issued('access 2'))
    grants[0]?.answer({ kind: 'refused' })

    const outcome = await slept
    expect(outcome.kind === 'fresh' && accessOf(outcome.session).access).toBe('access 2')
    expect(await one.sessions.find(session.ticket)).toMatchObject({ kind: 'active' })
  })

  it('that was granted but could not be written is written as soon as that is possible, not asked for again', async () => {
    const { clock, provider, grants, gateway, refresherOver, one, issued, start, nextGrant } =
      setUp()
    const session = await start()
    let down = true
    const refresher = refresherOver({
      ...one.sessions,
      replaceTokens: (...args: Parameters<typeof one.sessions.replaceTokens>) =>
        down
          ? Promise.reject(new StoreUnreachableError('the disk is full'))
          : one.sessions.replaceTokens(...args),
    })
    const asking = nextGrant()
    const first = refresher.refresh(session, provider, accessOf(session))
    await asking
    grants[0]?.answer({ kind: 'fresh', tokens: issued('access 2') })
    await expect(first).rejects.toThrow('the disk is full')
    const meanwhile = refresher.refresh(session, provider, accessOf(session))
    await expect(meanwhile).rejects.toThrow('the disk is full')
    const elsewhere = gateway().refresher.refresh(session, provider, accessOf(session))
    down = false
    await pass(clock, 500)

    const outcome = await elsewhere

    expect(outcome.kind === 'fresh' && accessOf(outcome.session).access).toBe('access 2')
    expect(grants).toHaveLength(1)
  })

  it('that nobody wants any more is not an error when it cannot be revoked', async () => {
    const { provider, grants, one, issued, start, nextGrant } = setUp()
    const deaf = { ...provider, revoke: () => Promise.reject(new Error('away')) }
    const session = await start()
    const asking = nextGrant()
    const waiting = one.refresher.refresh(session, deaf, accessOf(session))
    await asking

    await one.sessions.end(session.ticket.storeKey, 'signed_out')
    grants[0]?.answer({ kind: 'fresh', tokens: issued('access 2') })

    expect(await waiting).toEqual({ kind: 'ended', reason: 'signed_out' })
    await one.refresher.close()
  })

  it('is renewed once where the provider answers with the access token it has issued before', async () => {
    const { clock, provider, grants, gateway, one, issued, start, nextGrant } = setUp()
    const session = await start()
    const asking = nextGrant()
    const first = one.refresher.refresh(session, provider, accessOf(session))
    await asking
    clock.advance(1)
    grants[0]?.answer({ kind: 'fresh', tokens: { ...issued('access 1'), refresh: 'r 2' } })
    await first

    const late = await gateway().refresher.refresh(session, provider, accessOf(session))

    expect(late.kind === 'fresh' && accessOf(late.session).refresh).toBe('r 2')
    expect(grants).toHaveLength(1)
  })

  it('stays as it was with a provider that overlooks that it is too late', async () => {
    const { clock, provider, one, start } = setUp()
    const session = await start()
    const asked = Promise.withResolvers<void>()
    const deaf: Provider = {
      ...provider,
      refresh() {
        asked.resolve()
        return new Promise(() => undefined)
      },
    }
    const waiting = one.refresher.refresh(session, deaf, accessOf(session))
    await asked.promise

    clock.advance(20_000)

    expect(await waiting).toMatchObject({ kind: 'unreachable' })
    expect(one.refresher.underWay).toBe(0)
  })

  it('is left alone while what it is copied from must not change', async () => {
    const { clock, provider, grants, gateway, one, issued, start, nextGrant } = setUp()
    const session = await start()
    const held = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const copying = gateway().refresher.undisturbed(session, async (current) => {
      begun.resolve()
      await held.promise
      return accessOf(current).access
    })
    await begun.promise
    const asking = nextGrant()
    const renewing = one.refresher.refresh(session, provider, accessOf(session))
    await pass(clock, 1000)
    const meanwhile = grants.length

    held.resolve()
    expect(await copying).toBe('access 1')
    await pass(clock, 250)
    await asking
    grants[0]?.answer({ kind: 'fresh', tokens: issued('access 2') })

    expect(meanwhile).toBe(0)
    expect(await renewing).toMatchObject({ kind: 'fresh' })
  })

  it('under way is waited for when the process goes: written, and its lease let go', async () => {
    const { store, provider, grants, one, issued, start, nextGrant } = setUp()
    const session = await start()
    const asking = nextGrant()
    one.refresher.refreshAhead(session, provider, accessOf(session))
    await asking
    let closed = false
    const closing = one.refresher.close().then(() => {
      closed = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    const early = closed

    grants[0]?.answer({ kind: 'fresh', tokens: issued('access 2') })
    await closing

    const found = await one.sessions.find(session.ticket)
    expect(early).toBe(false)
    expect(found.kind === 'active' && accessOf(found.session).access).toBe('access 2')
    const name = cacheKey('refresh', session.ticket.storeKey, 'main')
    expect(await store.lease(name, 1)).toBeDefined()
  })

  it('of a second provider that refuses is dropped alone; the session goes on', async () => {
    const { provider, grants, one, issued, start, nextGrant } = setUp()
    const second: Provider = { ...provider, name: 'second' }
    const session = await one.sessions.extend(await start(), 'second', issued('other 1'))
    if (!session) throw new Error('not extended')
    const seen = session.content.tokens.second
    if (!seen) throw new Error('no tokens')
    const asking = nextGrant()
    const refreshing = one.refresher.refresh(session, second, seen)
    await asking
    grants[0]?.answer({ kind: 'refused' })

    expect(await refreshing).toMatchObject({ kind: 'dropped' })
    const found = await one.sessions.find(session.ticket)
    expect(found.kind === 'active' && Object.keys(found.session.content.tokens)).toEqual(['main'])
  })
})

describe('many token sets at once', () => {
  const SETS = 10_000

  it('10,000 that end in the same second are renewed once each, a bounded number at a time, none lost', async () => {
    const { clock, provider, gateway, one, issued } = setUp()
    let now = 0
    let most = 0
    let asked = 0
    const answers: Array<() => void> = []
    const slow: Provider = {
      ...provider,
      refresh({ access }) {
        asked += 1
        now += 1
        most = Math.max(most, now)
        return new Promise((resolve) => {
          answers.push(() => {
            now -= 1
            resolve({ kind: 'fresh', tokens: issued(`${access} again`) })
          })
        })
      },
    }
    const start = (at: number) =>
      one.sessions.start({
        provider: 'main',
        sub: `user ${at}`,
        claims: {},
        tokens: { ...issued(`access ${at}`), sub: `user ${at}` },
        device: 'unknown',
      })
    const sessions = await Promise.all(Array.from({ length: SETS }, (_, at) => start(at)))
    const { refresher } = gateway()

    const renewing = sessions.map((session) => refresher.refresh(session, slow, accessOf(session)))
    let settled = false
    const all = Promise.all(renewing).finally(() => {
      settled = true
    })
    while (!settled) {
      clock.advance(50)
      for (const answer of answers.splice(0)) answer()
      await new Promise((resolve) => setImmediate(resolve))
    }
    const outcomes = await all

    expect(asked).toBe(SETS)
    expect(most).toBe(64)
    const held = outcomes.map((it) => (it.kind === 'fresh' ? accessOf(it.session).access : it.kind))
    expect(held).toEqual(sessions.map((session) => `${accessOf(session).access} again`))
  })

  it('that wait too long for a provider are told so in time, and asked for when somebody comes again', async () => {
    const { clock, provider, grants, refresherOver, one, issued, start } = setUp()
    const refresher = refresherOver(one.sessions, 1)
    const first = await start()
    const second = await start()
    const renewing = refresher.refresh(first, provider, accessOf(first))
    const waiting = refresher.refresh(second, provider, accessOf(second))

    // The first one is given up after 20 s, and only then the second one's turn has come.
    await pass(clock, 20_000)
    expect(await renewing).toMatchObject({ kind: 'unreachable' })
    await pass(clock, 1000)
    expect(await waiting).toMatchObject({ kind: 'unreachable' })
    const again = refresher.refresh(second, provider, accessOf(second))
    await new Promise((resolve) => setImmediate(resolve))
    grants[1]?.answer({ kind: 'fresh', tokens: issued('access 2') })

    expect(await again).toMatchObject({ kind: 'fresh' })
    expect(grants).toHaveLength(2)
  })
})
