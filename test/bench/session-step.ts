// What the step from a request's Cookie header to a usable token costs, everything in memory.
import { randomBytes } from 'node:crypto'
import Fastify from 'fastify'
import { systemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { ownsTokens } from '../../src/proxy/guard.ts'
import { createCookieCodec } from '../../src/session/cookie.ts'
import { createNearCache } from '../../src/session/near.ts'
import { createCookieReader } from '../../src/session/reader.ts'
import { createSealer } from '../../src/session/seal.ts'
import { createSessions } from '../../src/session/sessions.ts'
import { createMemoryStore } from '../../src/session/stores/memory.ts'
import { judge } from '../../src/tokens/authorize.ts'
import type { Provider } from '../../src/tokens/provider.ts'
import { answerCalls } from './calls.ts'
import { median } from './figures.ts'
import { createOwners } from './owners.ts'

const NAME = '__Host-coatcheck'
const PEOPLE = 200
const BATCHES = 41
const STEPS = 20_000

const provider: Provider = {
  name: 'main',
  kind: 'password',
  credential: ({ access }) => ['authorization', `Bearer ${access}`],
  refreshAheadMs: () => 30_000,
}

answerCalls({ measure })

/** Median µs of one step. Throws when a step does not lead to its own session's token. */
async function measure(): Promise<number> {
  const app = Fastify()
  const codec = await createCookieCodec(app, [randomBytes(32)])
  await app.ready()
  const near = createNearCache(10_000)
  const clock = systemClock
  const random = systemRandom
  const sessions = createSessions({
    store: createMemoryStore({ clock, random }),
    sealer: createSealer(random),
    near,
    clock,
    random,
    idleMs: 8 * 3_600_000,
    lifetimeMs: 7 * 24 * 3_600_000,
    events: { touchFailed: () => {}, unsealable: () => {} },
  })
  const reader = createCookieReader({ name: NAME, codec, capacity: 10_000, onUnreadable: () => {} })
  const owners = createOwners()
  const people: Array<{ header: Buffer; access: string }> = []
  for (let i = 0; i < PEOPLE; i++) {
    const { access, refresh } = owners.issue(`user-${i}`)
    const issuedAt = clock.now()
    const session = await sessions.start({
      provider: 'main',
      sub: String(i),
      claims: {},
      tokens: { access, refresh, accessExpiresAt: issuedAt + 3_600_000, issuedAt },
      device: 'Chrome on Linux',
    })
    const cookies = `theme=dark; ${NAME}=${codec.seal(session.ticket)}`
    people.push({ header: Buffer.from(cookies, 'latin1'), access })
  }

  const step = (header: string): string => {
    const cookie = reader.read(header)
    if (cookie.kind !== 'ticket') throw new Error(`the cookie is ${cookie.kind}`)
    const { ticket } = cookie.opened
    const session = sessions.near(ticket)
    if (!session) throw new Error('the session is not in memory')
    sessions.see(session)
    const judgement = judge(session, provider, clock.now())
    if (judgement.kind !== 'usable') throw new Error(`the token is ${judgement.kind}`)
    if (!ownsTokens(ticket, judgement.tokens)) throw new Error('the token is somebody else’s')
    return judgement.tokens.access
  }

  const batches: number[] = []
  for (let batch = 0; batch < BATCHES; batch++) {
    const startedAt = performance.now()
    for (let i = 0; i < STEPS; i++) {
      const asker = people[i % PEOPLE]
      // A fresh string each time, as from the parser: one whose hash is known would be found sooner.
      if (!asker || step(asker.header.toString('latin1')) !== asker.access) {
        throw new Error('a step led to somebody else’s token')
      }
    }
    batches.push(((performance.now() - startedAt) * 1000) / STEPS)
  }
  sessions.close()
  await app.close()
  return median(batches)
}
