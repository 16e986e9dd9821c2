// A session whose clock is moved ages alone, and everything that reads its deadlines agrees on them.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src/lib/random.ts'
import { advanced, createRecordClock } from '../../../src/qa/clock.ts'
import { aheadMs, createClockStore, deviceAhead } from '../../../src/qa/clock-store.ts'
import { createEnvelopes } from '../../../src/session/envelope.ts'
import { createNearCache } from '../../../src/session/near.ts'
import { createSealer } from '../../../src/session/seal.ts'
import { createSessions } from '../../../src/session/sessions.ts'
import type { SessionStore } from '../../../src/session/store.ts'
import { createMemoryStore } from '../../../src/session/stores/memory.ts'
import { openSqliteStore } from '../../../src/session/stores/sqlite.ts'
import { manualClock } from '../../support/clock.ts'
import { openFolder } from '../../support/folder.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** One process that shares `shared` with others. */
function openProcess(shared: SessionStore, clock: ReturnType<typeof manualClock>) {
  const store = createClockStore(shared)
  const near = createNearCache(100)
  const sealer = createSealer(systemRandom)
  const sessions = createSessions({
    store,
    sealer,
    near,
    clock,
    random: systemRandom,
    idleMs: 8 * HOUR,
    lifetimeMs: 7 * 24 * HOUR,
    events: { touchFailed: () => undefined, unsealable: () => undefined },
  })
  const recordClock = createRecordClock({ store, near, envelopes: createEnvelopes(sealer) })
  const start = (sub: string) =>
    sessions.start({
      provider: 'main',
      sub,
      claims: {},
      tokens: {
        access: `access of ${sub}`,
        accessExpiresAt: clock.now() + 10 * MINUTE,
        refresh: `refresh of ${sub}`,
        refreshExpiresAt: clock.now() + 28 * 24 * HOUR,
        issuedAt: clock.now(),
      },
      device: `QA ${sub}`,
    })
  return { store, near, sessions, recordClock, start }
}

function setUp() {
  const clock = manualClock()
  const shared = createMemoryStore({ clock, random: systemRandom })
  return { clock, shared, ...openProcess(shared, clock) }
}

describe('advancing one session', () => {
  it('changes no deadline and no answer of any other, whatever is advanced how often', async () => {
    const names = ['ada', 'bob', 'cleo', 'dan']
    const step = fc.record({ who: fc.nat(3), ms: fc.integer({ min: 0, max: 400 * 24 * HOUR }) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        const { clock, shared, sessions, recordClock, start } = setUp()
        const people = await Promise.all(names.map(start))
        const still = names.map((_, index) => !steps.some(({ who }) => who === index))
        const look = () =>
          Promise.all(
            people.map(async ({ ticket }, index) =>
              still[index]
                ? [await shared.get(ticket.storeKey), await sessions.find(ticket)]
                : undefined,
            ),
          )
        const before = await look()

        for (const { who, ms } of steps) {
          const ticket = people[who]?.ticket
          if (ticket) {
            await recordClock.change(ticket, (opened) => advanced(opened, ms, clock.now()))
          }
        }

        expect(await look()).toEqual(before)
      }),
      { numRuns: 100 },
    )
  })

  it('moves its own deadlines by the sum of all moves, however they are cut up', async () => {
    const moves = fc.array(fc.integer({ min: 0, max: 5 * MINUTE }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(moves, async (cut) => {
        const { clock, recordClock, start } = setUp()
        const { ticket, record } = await start('ada')
        const sum = cut.reduce((all, ms) => all + ms, 0)

        for (const ms of cut) {
          await recordClock.change(ticket, (opened) => advanced(opened, ms, clock.now()))
        }
        const found = await recordClock.read(ticket)

        expect(found?.record).toMatchObject({
          createdAt: record.createdAt - sum,
          seenAt: record.seenAt - sum,
          idleAt: record.idleAt - sum,
          endsAt: record.endsAt - sum,
          revision: 1 + cut.length,
        })
        expect(found?.content?.tokens.main).toMatchObject({
          accessExpiresAt: record.createdAt + 10 * MINUTE - sum,
          owner: ticket.storeKey,
        })
      }),
      { numRuns: 50 },
    )
  })

  it('is seen by other processes at once, and a request there keeps it from becoming idle', async () => {
    const { clock, shared, recordClock, start } = setUp()
    const other = openProcess(shared, clock)
    const { ticket } = await start('ada')
    await other.sessions.find(ticket)

    await recordClock.change(ticket, (opened) => advanced(opened, 7 * HOUR, clock.now()))
    const near = other.sessions.near(ticket)
    const found = await other.sessions.find(ticket)
    const idleAt = found.kind === 'active' ? found.session.idleAt : 0
    if (found.kind === 'active') other.sessions.see(found.session)
    await recordClock.change(ticket, (opened) => advanced(opened, 2 * HOUR, clock.now()))

    expect(near).toBeUndefined()
    expect(idleAt).toBe(clock.now() + HOUR)
    expect(await other.sessions.find(ticket)).toMatchObject({
      kind: 'active',
      session: { idleAt: clock.now() + 6 * HOUR },
    })
  })

  it('counts what this process has seen and the store has not heard of yet', async () => {
    const { clock, sessions, recordClock, start } = setUp()
    const ada = await start('ada')
    clock.advance(30_000)
    const near = sessions.near(ada.ticket)
    if (near) sessions.see(near)

    await recordClock.change(ada.ticket, (opened) => advanced(opened, HOUR, clock.now()))

    const found = await sessions.find(ada.ticket)
    expect(found).toMatchObject({ session: { idleAt: clock.now() + 7 * HOUR } })
  })

  it('loses nothing to a change that comes in between, and brings no ended session back', async () => {
    const { clock, sessions, recordClock, start } = setUp()
    const ada = await start('ada')
    let once = true

    await recordClock.change(ada.ticket, (opened) => {
      if (once) {
        once = false
        void sessions.replaceTokens(ada, 'main', (old) => old && { ...old, access: 'renewed' })
      }
      return advanced(opened, HOUR, clock.now())
    })
    const found = await recordClock.read(ada.ticket)
    await sessions.end(ada.ticket.storeKey, 'signed_out')
    const late = await recordClock.change(ada.ticket, (opened) =>
      advanced(opened, HOUR, clock.now()),
    )

    expect(found?.content?.tokens.main?.access).toBe('renewed')
    expect(found?.record.createdAt).toBe(ada.record.createdAt - HOUR)
    expect(late).toBeUndefined()
    expect(await sessions.find(ada.ticket)).toMatchObject({ kind: 'ended' })
  })

  it('is kept by SQLite across a restart', async () => {
    await using folder = await openFolder()
    const clock = manualClock()
    const options = {
      path: `${folder.path}/sessions.db`,
      clock,
      random: systemRandom,
      onError: () => undefined,
    }
    const first = await openSqliteStore(options)
    const before = openProcess(first, clock)
    const { ticket } = await before.start('ada')
    await before.recordClock.change(ticket, (opened) => advanced(opened, HOUR, clock.now()))
    await first.close()

    const second = await openSqliteStore(options)
    const found = await openProcess(second, clock).sessions.find(ticket)
    await second.close()

    expect(found).toMatchObject({ kind: 'active', session: { idleAt: clock.now() + 7 * HOUR } })
  })
})

describe('the name of a device', () => {
  it('carries how far its session runs ahead, and nothing else changes it', () => {
    expect(aheadMs({ device: 'Firefox on Linux' })).toBe(0)
    expect(aheadMs({ device: deviceAhead('QA ada', 660_000) })).toBe(660_000)
    expect(deviceAhead(deviceAhead('QA ada', 660_000), 0)).toBe('QA ada')
  })
})
