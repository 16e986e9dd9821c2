// A session that others change all the time is left to them, after a few tries.
import { expect, it } from 'vitest'
import { systemRandom } from '../../../src/lib/random.ts'
import { advanced, createRecordClock } from '../../../src/qa/clock.ts'
import { createEnvelopes } from '../../../src/session/envelope.ts'
import { createNearCache } from '../../../src/session/near.ts'
import { createSealer } from '../../../src/session/seal.ts'
import { createSessions } from '../../../src/session/sessions.ts'
import type { SessionStore } from '../../../src/session/store.ts'
import { createMemoryStore } from '../../../src/session/stores/memory.ts'
import { manualClock } from '../../support/clock.ts'

const HOUR = 3_600_000

async function openBusy(lost: number) {
  const clock = manualClock()
  const memory = createMemoryStore({ clock, random: systemRandom })
  let writes = 0
  const store: SessionStore = {
    ...memory,
    async replace(key, record) {
      return ++writes > lost && memory.replace(key, record)
    },
  }
  const near = createNearCache(10)
  const sealer = createSealer(systemRandom)
  const events = { touchFailed: () => undefined, unsealable: () => undefined }
  const times = { idleMs: HOUR, lifetimeMs: 24 * HOUR }
  const parts = { store: memory, sealer, near, clock, random: systemRandom, events }
  const tokens = { access: 'a', issuedAt: clock.now() }
  const sessions = createSessions({ ...parts, ...times })
  const { ticket } = await sessions.start({
    provider: 'main',
    sub: 'ada',
    claims: {},
    tokens,
    device: 'QA ada',
  })
  const recordClock = createRecordClock({ store, near, envelopes: createEnvelopes(sealer) })
  return {
    change: () => recordClock.change(ticket, (opened) => advanced(opened, HOUR, clock.now())),
    writes: () => writes,
  }
}

it('a change is tried eight times, and then refused as one that came too late', async () => {
  const busy = await openBusy(Infinity)

  await expect(busy.change()).rejects.toMatchObject({ code: 'session_changed', statusCode: 409 })
  expect(busy.writes()).toBe(8)
})

it('a change that others were quicker than seven times is made', async () => {
  const busy = await openBusy(7)

  expect(await busy.change()).toBeDefined()
  expect(busy.writes()).toBe(8)
})
