import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src/lib/random.ts'
import { createNearCache } from '../../../src/session/near.ts'
import { createPendingSessions, type Outcome } from '../../../src/session/pending.ts'
import { createPendingBox } from '../../../src/session/pending-box.ts'
import { readOutcome, writeOutcome } from '../../../src/session/pending-outcome.ts'
import { createSealer } from '../../../src/session/seal.ts'
import type { StoreKey } from '../../../src/session/session.ts'
import { createSessions } from '../../../src/session/sessions.ts'
import type { SessionStore } from '../../../src/session/store.ts'
import { createTicket } from '../../../src/session/ticket.ts'
import { manualClock } from '../../support/clock.ts'
import { openTestStore } from '../../support/stores.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const signedInAs = (sub: string): Outcome => ({
  kind: 'signed_in',
  who: { provider: 'main', sub, claims: {}, tokens: { access: `token-of-${sub}`, issuedAt: 0 } },
})
const refused: Outcome = { kind: 'refused', reason: 'sign_in_refused' }

async function setUp(wrap: (store: SessionStore) => SessionStore = (store) => store) {
  const clock = manualClock()
  const opened = await openTestStore('memory', clock)
  const store = wrap(opened.store)
  const common = { store, sealer: createSealer(systemRandom), clock, random: systemRandom }
  const lives = { idleMs: HOUR, lifetimeMs: 24 * HOUR }
  const unsealable: StoreKey[] = []
  const sessions = createSessions({
    ...common,
    ...lives,
    near: createNearCache(10),
    events: { touchFailed() {}, unsealable: (key) => void unsealable.push(key) },
  })
  const box = createPendingBox()
  const pending = createPendingSessions({ ...common, ...lives, box, find: sessions.find })
  const started = await pending.start({
    provider: 'invite',
    withinMs: 2 * MINUTE,
    device: '',
    mark: 'mark',
  })
  const { ticket, publicKey } = started
  return {
    clock,
    store,
    sessions,
    pending,
    box,
    ticket,
    settle: (outcome: Outcome, key = publicKey) => pending.settle(ticket.storeKey, key, outcome),
    async [Symbol.asyncDispose]() {
      sessions.close()
      await opened[Symbol.asyncDispose]()
    },
  }
}

describe('a pending session', () => {
  it('is settled once, whoever comes second', async () => {
    await using set = await setUp()

    const outcomes = [
      await set.settle(signedInAs('ada')),
      await set.settle(signedInAs('bob')),
      await set.settle(refused),
    ]

    expect(outcomes).toEqual(['settled', 'settled_before', 'settled_before'])
    const found = await set.pending.adopt(set.ticket)
    expect(found.kind === 'active' && found.session.record.sub).toBe('ada')
  })

  it('is settled once where two write at the same moment', async () => {
    const gate = Promise.withResolvers<void>()
    let reads = 0
    await using set = await setUp((store) => ({
      ...store,
      provenAt: Number.POSITIVE_INFINITY,
      async get(key) {
        const record = await store.get(key)
        if (++reads === 2) gate.resolve()
        await gate.promise
        return record
      },
    }))

    const outcomes = await Promise.all([set.settle(signedInAs('ada')), set.settle(refused)])

    expect(outcomes.sort()).toEqual(['settled', 'settled_before'])
  })

  it('takes no sign-in that comes too late, and still takes the refusal that says so', async () => {
    await using set = await setUp()
    set.clock.advance(2 * MINUTE)

    const late = await set.settle(signedInAs('ada'))
    const end = await set.settle({ kind: 'refused', reason: 'sign_in_late' })

    expect([late, end]).toEqual(['late', 'settled'])
    expect(await set.pending.look(set.ticket)).toEqual({ kind: 'ended', reason: 'sign_in_late' })
  })

  it('says that it is late by itself, where nobody else did', async () => {
    await using set = await setUp()
    set.clock.advance(2 * MINUTE)

    expect(await set.pending.look(set.ticket)).toEqual({ kind: 'ended', reason: 'sign_in_late' })
  })

  it('opens for nobody where it was settled for another key', async () => {
    await using set = await setUp()
    const other = set.box.publicKeyOf(createTicket(systemRandom).key)

    await set.settle(signedInAs('mallory'), other)

    expect(await set.pending.look(set.ticket)).toEqual({ kind: 'unsealable' })
    expect(await set.pending.adopt(set.ticket)).toEqual({ kind: 'unsealable' })
  })

  it('is not brought back by a browser that comes while an operator ends it', async () => {
    await using set = await setUp((store) => ({
      ...store,
      provenAt: Number.POSITIVE_INFINITY,
      async replace(key, record) {
        if (record.revision === 3) await store.delete(key, 'revoked', record.seenAt)
        return store.replace(key, record)
      },
    }))
    await set.settle(signedInAs('ada'))

    const found = await set.pending.adopt(set.ticket)

    expect(found).toEqual({ kind: 'ended', reason: 'revoked' })
    expect(await set.store.count()).toBe(0)
  })

  it('is no session by its own name, at any moment', async () => {
    await using set = await setUp()
    const kinds = [(await set.sessions.find(set.ticket)).kind]
    await set.settle(signedInAs('ada'))
    kinds.push((await set.sessions.find(set.ticket)).kind)
    await set.pending.adopt(set.ticket)
    kinds.push((await set.sessions.find(set.ticket)).kind)

    expect(kinds).toEqual(['pending', 'unsealable', 'unsealable'])
  })
})

describe('an outcome', () => {
  it('is for one session alone', () => {
    const bytes = writeOutcome(refused, 'one' as StoreKey)

    expect(readOutcome(bytes, 'one' as StoreKey)).toEqual(refused)
    expect(readOutcome(bytes, 'other' as StoreKey)).toBeUndefined()
    expect(readOutcome(Buffer.from('{'), 'one' as StoreKey)).toBeUndefined()
  })
})
