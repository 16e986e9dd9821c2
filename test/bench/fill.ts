// Fills a SQLite store with sessions as sign-ins would, and hands out their cookies.
import Fastify from 'fastify'
import { systemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { createCookieCodec } from '../../src/session/cookie.ts'
import { createNearCache } from '../../src/session/near.ts'
import { createSealer } from '../../src/session/seal.ts'
import { createSessions } from '../../src/session/sessions.ts'
import { openSqliteStore } from '../../src/session/stores/sqlite.ts'
import { answerCalls } from './calls.ts'
import type { Issued } from './owners.ts'

export interface Filling {
  readonly path: string
  /** Base64url. */
  readonly key: string
  readonly provider: string
}

let filler: Awaited<ReturnType<typeof openFiller>> | undefined

answerCalls({
  async open(filling: Filling) {
    filler = await openFiller(filling)
  },
  add: (issued: readonly Issued[]) => filler?.add(issued),
  close: () => filler?.close(),
})

async function openFiller({ path, key, provider }: Filling) {
  const clock = systemClock
  const random = systemRandom
  const app = Fastify()
  const codec = await createCookieCodec(app, [Buffer.from(key, 'base64url')])
  await app.ready()
  const onError = (error: unknown) => console.error(error)
  const store = await openSqliteStore({ path, clock, random, onError })
  const sessions = createSessions({
    store,
    sealer: createSealer(random),
    near: createNearCache(0),
    clock,
    random,
    idleMs: 8 * 3_600_000,
    lifetimeMs: 7 * 24 * 3_600_000,
    events: { touchFailed: onError, unsealable: onError },
  })
  return {
    /** Cookie values, in the order of `issued`, once every session is on disk. */
    async add(issued: readonly Issued[]): Promise<string[]> {
      const issuedAt = clock.now()
      const accessExpiresAt = issuedAt + 12 * 3_600_000
      const started = issued.map(({ name, access, refresh }) =>
        sessions.start({
          provider,
          sub: name,
          name,
          claims: { identity: name },
          tokens: { access, refresh, accessExpiresAt, issuedAt },
          device: 'Chrome on Linux',
        }),
      )
      return (await Promise.all(started)).map(({ ticket }) => codec.seal(ticket))
    },
    async close() {
      sessions.close()
      await store.close()
      await app.close()
    },
  }
}
