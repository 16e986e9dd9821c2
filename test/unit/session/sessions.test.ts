import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src/lib/random.ts'
import { createNearCache } from '../../../src/session/near.ts'
import { createSealer } from '../../../src/session/seal.ts'
import type { SessionRecord, StoreKey } from '../../../src/session/session.ts'
import { createSessions } from '../../../src/session/sessions.ts'
import {
  ANY_RECORD,
  SESSION_TOPIC,
  type SessionStore,
  StoreUnreachableError,
} from '../../../src/session/store.ts'
import { createMemoryStore } from '../../../src/session/stores/memory.ts'
import { createTicket } from '../../../src/session/ticket.ts'
import { manualClock } from '../../support/clock.ts'

const HOUR = 3_600_000

function setUp(
  changes: (store: SessionStore) => Partial<SessionStore> = () => ({}),
  { graceMs = 0 } = {},
) {
  const clock = manualClock()
  const memory = createMemoryStore({ clock, random: systemRandom })
  // Not a spread: a getter must stay one.
  const store: SessionStore = Object.defineProperties(
    { ...memory },
    Object.getOwnPropertyDescriptors(changes(memory)),
  )
  const seen = {
    unsealable: [] as StoreKey[],
    distrusted: [] as StoreKey[],
    touchFailed: [] as unknown[],
  }
  const near = createNearCache(100)
  const sessions = createSessions({
    store,
    sealer: createSealer(systemRandom),
    near,
    clock,
    random: systemRandom,
    idleMs: 8 * HOUR,
    lifetimeMs: 7 * 24 * HOUR,
    graceMs,
    events: {
      distrusted: (storeKey) => seen.distrusted.push(storeKey),
      touchFailed: (error) => seen.touchFailed.push(error),
      unsealable: (storeKey) => seen.unsealable.push(storeKey),
    },
  })
  const start = (sub: string, refreshExpiresAt?: number) =>
    sessions.start({
      provider: 'main',
      sub,
      claims: { sub },
      tokens: {
        access: `access of ${sub}`,
        refresh: `refresh of ${sub}`,
        issuedAt: clock.now(),
        ...(refreshExpiresAt === undefined ? {} : { refreshExpiresAt }),
      },
      device: 'Firefox on Linux',
    })
  return { clock, store, memory, sessions, near, seen, start }
}

describe('a session', () => {
  it('is found by its ticket alone, with its own tokens, branded', async () => {
    const { sessions, near, start } = setUp()
    const ada = await start('ada')
    const bob = await start('bob')
    near.clear()

    const found = await sessions.find(ada.ticket)
    const mixed = await sessions.find({ ...ada.ticket, key: bob.ticket.key })

    expect(found).toMatchObject({
      kind: 'active',
      session: {
        record: { sub: 'ada' },
        content: { tokens: { main: { access: 'access of ada', owner: ada.ticket.storeKey } } },
      },
    })
    expect(mixed).toEqual({ kind: 'unsealable' })
  })

  it('shows a store nothing of a token, a claim or a key', async () => {
    const { memory, start } = setUp()
    const { ticket } = await start('ada')

    const record = await memory.get(ticket.storeKey)
    const shown = JSON.stringify(record) + Buffer.from(record?.sealed ?? []).toString('latin1')

    expect(record?.sub).toBe('ada')
    for (const secret of ['access of ada', 'refresh of ada', ticket.id, ticket.key]) {
      expect(shown).not.toContain(secret)
    }
  })

  it('in memory is found only by the whole ticket', async () => {
    const { sessions, start } = setUp()
    const ada = await start('ada')
    const other = createTicket(systemRandom)

    expect(sessions.near(ada.ticket)?.record.sub).toBe('ada')
    expect(sessions.near({ ...ada.ticket, key: other.key, text: other.text })).toBeUndefined()
  })

  it('idles out after a time without requests, and each request moves that time', async () => {
    const { clock, sessions, start } = setUp()
    const ada = await start('ada')

    clock.advance(7 * HOUR)
    const session = sessions.near(ada.ticket)
    if (session) sessions.see(session)
    clock.advance(7 * HOUR)
    const moved = sessions.near(ada.ticket)
    clock.advance(HOUR)

    expect(moved).toBeDefined()
    expect(sessions.near(ada.ticket)).toBeUndefined()
    expect(await sessions.find(ada.ticket)).toEqual({ kind: 'idle' })
  })

  it('never outlives its lifetime nor its refresh token, however busy', async () => {
    const { clock, sessions, start } = setUp()
    const ada = await start('ada')
    const brief = await start('bob', clock.now() + 5 * HOUR)

    for (let hour = 0; hour < 7 * 24; hour++) {
      for (const { ticket } of [ada, brief]) {
        const session = sessions.near(ticket)
        if (session) sessions.see(session)
      }
      if (hour === 4) expect(sessions.near(brief.ticket)).toBeDefined()
      if (hour === 5) expect(await sessions.find(brief.ticket)).toEqual({ kind: 'absent' })
      clock.advance(HOUR)
    }

    expect(sessions.near(ada.ticket)).toBeUndefined()
    expect(await sessions.find(ada.ticket)).toEqual({ kind: 'absent' })
  })

  it('ends later when its refresh token is renewed, and never after its lifetime', async () => {
    const { clock, sessions, start } = setUp()
    const begun = clock.now()
    const ada = await start('ada', begun + HOUR)
    const renewed = (hours: number) =>
      sessions.replaceTokens(ada, 'main', {
        access: `access after ${hours}`,
        refreshExpiresAt: begun + hours * HOUR,
        issuedAt: begun,
      })

    const later = await renewed(2)
    const latest = await renewed(1000)

    expect(later.kind === 'replaced' && later.session.record.endsAt).toBe(begun + 2 * HOUR)
    expect(latest.kind === 'replaced' && latest.session.record.endsAt).toBe(begun + 7 * 24 * HOUR)
    expect(await sessions.find(ada.ticket)).toMatchObject({ kind: 'active' })
  })

  it('hands out at its sign-out what it held at that moment', async () => {
    const { sessions, start } = setUp()
    const ada = await start('ada')
    await sessions.replaceTokens(ada, 'main', { access: 'access 2', issuedAt: 0 })

    const ended = await sessions.signOut(ada.ticket)

    expect(ended?.content.tokens.main?.access).toBe('access 2')
    expect(await sessions.signOut(ada.ticket)).toBeUndefined()
    expect(await sessions.find(ada.ticket)).toEqual({ kind: 'ended', reason: 'signed_out' })
  })

  it('stays ended: new tokens that arrive late are refused, with the reason', async () => {
    const { sessions, start } = setUp()
    const ada = await start('ada')
    await sessions.end(ada.ticket.storeKey, 'signed_out')

    const late = await sessions.replaceTokens(ada, 'main', { access: 'late', issuedAt: 0 })

    expect(late).toEqual({ kind: 'ended', reason: 'signed_out' })
    expect(sessions.near(ada.ticket)).toBeUndefined()
    expect(await sessions.find(ada.ticket)).toEqual({ kind: 'ended', reason: 'signed_out' })
  })

  it('keeps what two providers renew at the same moment', async () => {
    const { sessions, start } = setUp()
    const first = await start('ada')
    const both = await sessions.extend(first, 'other', { access: 'other 1', issuedAt: 0 })
    if (!both) throw new Error('not extended')

    await Promise.all([
      sessions.replaceTokens(both, 'main', { access: 'main 2', issuedAt: 1 }),
      sessions.replaceTokens(both, 'other', { access: 'other 2', issuedAt: 1 }),
    ])

    const found = await sessions.find(both.ticket)
    expect(found).toMatchObject({
      session: {
        record: { revision: 3 },
        content: { tokens: { main: { access: 'main 2' }, other: { access: 'other 2' } } },
      },
    })
  })

  it('gets a new ticket with another provider, keeps who it is for, and leaves the old one ended', async () => {
    const { sessions, start } = setUp()
    const first = await start('ada')

    const both = await sessions.extend(first, 'other', { access: 'other', issuedAt: 0 })

    expect(both?.ticket.text).not.toBe(first.ticket.text)
    expect(both?.record).toMatchObject({ provider: 'main', sub: 'ada', ref: first.record.ref })
    expect(await sessions.find(first.ticket)).toEqual({ kind: 'ended', reason: 'replaced' })
    for (const tokens of Object.values(both?.content.tokens ?? {})) {
      expect(tokens.owner).toBe(both?.ticket.storeKey)
    }
  })

  it('is extended with what its first provider renewed while the second was signed in at', async () => {
    const { sessions, clock, start } = setUp()
    const begun = clock.now()
    const first = await start('ada', begun + HOUR)
    await sessions.replaceTokens(first, 'main', {
      access: 'access 2',
      refresh: 'refresh 2',
      refreshExpiresAt: begun + 9 * HOUR,
      issuedAt: begun,
    })

    const both = await sessions.extend(first, 'other', { access: 'other', issuedAt: 0 })

    const tokens = { main: { refresh: 'refresh 2' }, other: { access: 'other' } }
    expect(both).toMatchObject({ record: { endsAt: begun + 9 * HOUR }, content: { tokens } })
    const { ticket = first.ticket } = both ?? {}
    expect(await sessions.find(ticket)).toMatchObject({ session: { content: { tokens } } })
    for (const { owner } of Object.values(both?.content.tokens ?? {})) {
      expect(owner).toBe(ticket.storeKey)
    }
  })

  it('that ended before its extension was whole leaves nobody signed in', async () => {
    let extending = false
    const { sessions, memory, start } = setUp((store) => ({
      async replace(key, record) {
        if (extending) await store.delete(key, 'revoked', 0)
        return store.replace(key, record)
      },
    }))
    const first = await start('ada')
    await sessions.replaceTokens(first, 'main', { access: 'access 2', issuedAt: 0 })
    extending = true

    const both = await sessions.extend(first, 'other', { access: 'other', issuedAt: 0 })

    expect(both).toBeUndefined()
    expect(await memory.count()).toBe(0)
  })

  it('is not extended once it has ended', async () => {
    const { sessions, memory, start } = setUp()
    const first = await start('ada')
    await sessions.end(first.ticket.storeKey, 'signed_out')

    const both = await sessions.extend(first, 'other', { access: 'other', issuedAt: 0 })

    expect(both).toBeUndefined()
    expect(await memory.count()).toBe(0)
  })
})

describe('the near cache', () => {
  it('is not believed when events from the store have not been heard for a second', async () => {
    let provenAt = Infinity
    const { clock, sessions, start } = setUp(() => ({
      get provenAt() {
        return provenAt
      },
    }))
    const { ticket } = await start('ada')
    provenAt = clock.now()

    expect(sessions.near(ticket)).toBeDefined()
    clock.advance(1001)
    expect(sessions.near(ticket)).toBeUndefined()
  })

  it('is believed through a silence as long as the grace, and is read anew after it', async () => {
    let provenAt = Infinity
    const { clock, sessions, near, start } = setUp(
      () => ({
        get provenAt() {
          return provenAt
        },
      }),
      { graceMs: 30_000 },
    )
    const { ticket } = await start('ada')
    const bob = await start('bob')
    provenAt = clock.now()

    clock.advance(30_000)
    expect(sessions.near(ticket)).toBeDefined()
    clock.advance(1)
    expect(sessions.near(ticket)).toBeUndefined()
    provenAt = clock.now()
    expect(sessions.near(bob.ticket)).toBeUndefined()
    expect(near.size).toBe(0)

    await sessions.find(ticket)
    expect(sessions.near(ticket)).toBeDefined()
  })

  it('takes in nothing under grace that was read before the silence was over', async () => {
    let provenAt = Infinity
    const gate = Promise.withResolvers<void>()
    let held = false
    const { clock, sessions, start } = setUp(
      (store) => ({
        async get(key) {
          const record = await store.get(key)
          if (held) await gate.promise
          return record
        },
        get provenAt() {
          return provenAt
        },
      }),
      { graceMs: 30_000 },
    )
    const ada = await start('ada')
    const bob = await start('bob')
    provenAt = clock.now()
    clock.advance(5000)
    sessions.near(bob.ticket)
    held = true

    const slow = sessions.find(ada.ticket)
    provenAt = clock.now()
    sessions.near(bob.ticket)
    gate.resolve()
    await slow

    expect(sessions.near(ada.ticket)).toBeUndefined()
  })

  it('knows under grace of deadlines, and of an end that the store could not be told', async () => {
    let provenAt = Infinity
    let down = false
    const { clock, sessions, start } = setUp(
      (store) => ({
        delete: (...args) =>
          down ? Promise.reject(new StoreUnreachableError('gone')) : store.delete(...args),
        get provenAt() {
          return provenAt
        },
      }),
      { graceMs: 24 * HOUR },
    )
    const ada = await start('ada')
    const bob = await start('bob', clock.now() + HOUR)
    const eve = await start('eve')
    provenAt = clock.now()
    down = true

    await expect(sessions.end(eve.ticket.storeKey, 'revoked')).rejects.toThrow('gone')
    await sessions.find(eve.ticket)
    expect(sessions.near(eve.ticket)).toBeUndefined()
    clock.advance(2 * HOUR)
    expect(sessions.near(bob.ticket)).toBeUndefined()
    expect(sessions.near(ada.ticket)).toBeDefined()
    clock.advance(7 * HOUR)
    expect(sessions.near(ada.ticket)).toBeUndefined()
  })

  it('does not take in a sign-in whose session ended before it was told', async () => {
    const { sessions, start } = setUp((store) => ({
      async add(key, record) {
        const added = await store.add(key, record)
        await store.delete(key, 'revoked', 0)
        return added
      },
    }))

    const { ticket } = await start('ada')

    expect(sessions.near(ticket)).toBeUndefined()
  })

  it('does not take in a read that began before the session changed', async () => {
    const gate = Promise.withResolvers<void>()
    const reading = Promise.withResolvers<void>()
    let held = false
    const { sessions, near, memory, start } = setUp((store) => ({
      async get(key: StoreKey): Promise<SessionRecord | undefined> {
        const record = await store.get(key)
        if (held) {
          reading.resolve()
          await gate.promise
        }
        return record
      },
    }))
    const { ticket } = await start('ada')
    near.clear()
    held = true

    const slow = sessions.find(ticket)
    await reading.promise
    await memory.delete(ticket.storeKey, 'signed_out', 0)
    gate.resolve()
    await slow

    expect(sessions.near(ticket)).toBeUndefined()
  })

  it('forgets everybody when events were missed', async () => {
    const { sessions, memory, near, start } = setUp()
    await start('ada')
    await start('bob')

    await memory.publish(SESSION_TOPIC, ANY_RECORD)

    expect(near.size).toBe(0)
    expect(sessions.nearSize).toBe(0)
  })

  it('tells the store of requests once in a while, not each time', async () => {
    let touches = 0
    const { clock, sessions, start } = setUp((store) => ({
      touch: (key, times) => {
        touches++
        return store.touch(key, times)
      },
    }))
    const { ticket } = await start('ada')

    for (let second = 0; second < 600; second++) {
      clock.advance(1000)
      const session = sessions.near(ticket)
      if (session) sessions.see(session)
    }

    expect(touches).toBe(10)
  })
})

it('says so once, after a second look, when a record does not open with its ticket', async () => {
  let reads = 0
  const { sessions, seen, near, start } = setUp((store) => ({
    async get(key: StoreKey) {
      reads++
      const record = await store.get(key)
      return record && { ...record, sealed: record.sealed.map((byte) => byte ^ 1) }
    },
  }))
  const { ticket } = await start('ada')
  near.clear()

  expect(await sessions.find(ticket)).toEqual({ kind: 'unsealable' })
  expect(reads).toBe(2)
  expect(seen.unsealable).toEqual([ticket.storeKey])
})

describe("somebody else's reply", () => {
  /** Every call of `get` that `wrong` is true for is answered with what `other` is. */
  function mixUp() {
    const calls: string[] = []
    const it = { other: undefined as StoreKey | undefined, wrong: 0 }
    const set = setUp((store) => ({
      async get(key) {
        calls.push('get')
        return store.get(it.wrong-- > 0 && it.other ? it.other : key)
      },
      distrust() {
        calls.push('distrust')
      },
    }))
    return { ...set, it, calls }
  }

  it('is not believed: what it came by is given up, and the store asked once more', async () => {
    const { sessions, seen, start, near, it, calls } = mixUp()
    const ada = await start('ada')
    it.other = (await start('bob')).ticket.storeKey
    near.clear()
    it.wrong = 1

    const found = await sessions.find(ada.ticket)

    expect(found).toMatchObject({ kind: 'active', session: { record: { sub: 'ada' } } })
    expect(calls).toEqual(['get', 'distrust', 'get'])
    expect(seen).toMatchObject({ distrusted: [ada.ticket.storeKey], unsealable: [] })
  })

  it('that comes twice lets nobody in', async () => {
    const { sessions, seen, start, near, it } = mixUp()
    const ada = await start('ada')
    it.other = (await start('bob')).ticket.storeKey
    near.clear()
    it.wrong = 2

    expect(await sessions.find(ada.ticket)).toEqual({ kind: 'unsealable' })
    expect(seen.unsealable).toEqual([ada.ticket.storeKey])
  })

  it('costs no renewed token: the record is read once more', async () => {
    const { sessions, start, it } = mixUp()
    const ada = await start('ada')
    it.other = (await start('bob')).ticket.storeKey
    await sessions.replaceTokens(ada, 'main', { access: 'access 2', issuedAt: 0 })
    it.wrong = 1

    // Over an older revision, so that it has to look what stands there.
    const replaced = await sessions.replaceTokens(ada, 'main', { access: 'access 3', issuedAt: 0 })

    expect(replaced.kind).toBe('replaced')
  })
})
