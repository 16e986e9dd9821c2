// The QA bench of one gateway, put together; loaded only where the configuration has one.
import { resolve } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { builtPage } from '../built-page.ts'
import type { Config, QaConfig } from '../config/config.ts'
import { parseDuration } from '../config/durations.ts'
import { nearest } from '../config/near.ts'
import { recordTo } from '../config/resolve-record.ts'
import type { Hosts } from '../http/hosts.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Observers } from '../proxy/observe.ts'
import type { CookieCodec } from '../session/cookie.ts'
import type { CookieShape } from '../session/cookie-shape.ts'
import { createEnvelopes } from '../session/envelope.ts'
import type { NearCache } from '../session/near.ts'
import { createCookieReader } from '../session/reader.ts'
import type { Sealer } from '../session/seal.ts'
import type { Sessions } from '../session/sessions.ts'
import type { SessionStore } from '../session/store.ts'
import type { Provider } from '../tokens/provider.ts'
import { asksAt } from './asks-at.ts'
import { createRecordClock } from './clock.ts'
import { createPersonaSignIns } from './personas-sign-in.ts'
import { qaPlugIn } from './plug-in.ts'
import { createEntries } from './record/entry.ts'
import { createPersonaNames } from './record/persona-names.ts'
import type { Recorder } from './record/recorder.ts'
import { createTextRedactor } from './record/redact-text.ts'
import { createSecretBook, type SecretBook } from './record/secret-book.ts'
import type { RecordSwitch } from './record-endpoint.ts'
import { type Bench, createBench } from './sessions.ts'
import { createLinks } from './sessions-links.ts'
import { createTimeline } from './timeline.ts'
import { type CallDetails, createCallDetails } from './timeline-details.ts'
import { createTimelineObserver } from './timeline-observe.ts'
import { createWhose } from './whose.ts'

/** Kept of each body that the page shows. */
const DETAIL_BYTES = 4096

export interface QaParts {
  readonly config: Config
  readonly clock: Clock
  readonly random: Random
  readonly hosts: Hosts
  readonly cookie: CookieShape
  readonly codec: CookieCodec
  readonly sessions: Sessions
  /** Made by `createClockStore`. */
  readonly store: SessionStore
  readonly near: NearCache
  readonly sealer: Sealer
  readonly providers: ReadonlyMap<string, Provider>
  readonly observers: Observers
  readonly headers: Readonly<Record<string, string>>
  readonly recorder: Recorder
  /** Something nobody waits for went wrong. */
  readonly failed: (error: unknown) => void
}

export async function mountQa(app: FastifyInstance, qa: QaConfig, parts: QaParts): Promise<void> {
  const { config, clock, random, cookie, codec, sessions, store, near, providers } = parts
  const { idleMs, lifetimeMs } = config.session
  const timeline = createTimeline(clock)
  const bench = createBench({
    personas: qa.personas.flatMap(({ provider: name, ...persona }) => {
      const provider = providers.get(name)
      return provider ? [{ ...persona, provider }] : []
    }),
    sessions,
    recordClock: createRecordClock({ store, near, envelopes: createEnvelopes(parts.sealer) }),
    signIns: createPersonaSignIns(clock),
    timeline,
    clock,
    idleMs,
    lifetimeMs,
    claims: config.claims,
  })
  const reader = createCookieReader({
    name: cookie.name,
    codec,
    capacity: 0,
    onUnreadable: () => undefined,
  })
  const book = createSecretBook()
  const stop = parts.observers.add(
    createTimelineObserver({
      timeline,
      reader,
      texts: createTextRedactor(book, []),
      madeFor: bench.madeFor,
      madeAs: bench.madeAs,
      called: bench.called,
    }),
  )
  app.addHook('onClose', async () => stop())
  await app.register(qaPlugIn, {
    clock,
    hosts: parts.hosts,
    publicOrigin: config.publicOrigin,
    sameSite: config.cookie.sameSite,
    cookie,
    codec,
    lifetimeMs,
    asksAt: (provider) => asksAt(provider, config),
    home: config.pages.profile,
    token: qa.token,
    headers: parts.headers,
    storeKind: store.kind,
    bench,
    links: createLinks(clock, random),
    timeline,
    details: detailsOf(parts, bench, book),
    recorder: recordSwitch(parts.recorder, qa),
    page: () => builtPage('qa'),
    whose: createWhose({ reader, sessions, bench }),
    parseDuration,
    nearest,
  })
}

function detailsOf(
  { observers, clock, failed }: QaParts,
  bench: Bench,
  book: SecretBook,
): CallDetails {
  const names = createPersonaNames(
    new Map(bench.personas.map(({ username, name }) => [username, name])),
  )
  const lineOf = createEntries({
    book,
    redact: [],
    bodyBytes: DETAIL_BYTES,
    personas: {
      of(seen) {
        const made = seen.session && bench.madeFor(seen.session.ticket.storeKey)
        return made?.persona.name ?? names.of(seen)
      },
    },
    owners: new Map(),
  })
  return createCallDetails({ observers, clock, bodyBytes: DETAIL_BYTES, lineOf, failed })
}

/** Where nobody said where to, it is a file beside the gateway. */
function recordSwitch(recorder: Recorder, { record }: QaConfig): RecordSwitch {
  return {
    get status() {
      return recorder.status
    },
    start: () => recorder.start(record ?? recordTo(resolve('recording.har'))),
    stop: () => recorder.stop(),
  }
}
