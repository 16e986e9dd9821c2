import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src/lib/random.ts'
import { createNearCache } from '../../../src/session/near.ts'
import { createSealer } from '../../../src/session/seal.ts'
import type { SessionRecord, StoreKey } from '../../../src/session/session.ts'
import { createSessions } from '../../../src/session/sessions.ts'
import { ANY_RECORD, SESSION_TOPIC, type SessionStore } from '../../../src/session/store.ts'
import { createMemoryStore } from '../../../src/session/stores/memory.ts'
import { createTicket } from '../../../src/session/ticket.ts'
import { manualClock } from '../../support/clock.ts'

const HOUR = 3_600_000

function setUp(changes: (store: SessionStore) => Partial<SessionStore> = () => ({})) {
  const clock = manualClock()
  const memory = createMemoryStore({ clock, random: systemRandom })
  // Not a spread: a getter must stay one.
  const store: SessionStore = Object.defineProperties(
    { ...memory },
    Object.getOwnPropertyDescriptors(changes(memory)),
  )
  const seen = { unsealable: [] as StoreKey[], touchFailed: [] as unknown[] }
  const near = createNearCache(100)
  const sessions = createSessions({
    store,
    sealer: createSealer(systemRandom),
    near,
    clock,
    random: systemRandom,
    idleMs: 8 * HOUR,
    lifetimeMs: 7 * 24 * HOUR,
    events: {
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
