// The session store, as the gateway would open it: a probe goes in and comes out, and what it stands on is looked at.
import { relative } from 'node:path'
import type { RedisStoreConfig, StoreConfig } from '../config/config.ts'
import { variable } from '../config/sources.ts'
import type { StoreKey } from '../session/session.ts'
import type { SessionStore } from '../session/store.ts'
import { openStore } from '../session/stores/open.ts'
import type { Finding } from './finding.ts'
import { diskAt, whyNotMade } from './gather-disk.ts'
import { judgeDisk } from './judge-disk.ts'
import { judgeRedis } from './judge-redis.ts'
import { judgeStore } from './judge-store.ts'
import { ASK_MS, type Examined, type Part } from './part.ts'

export async function examineStore(examined: Examined): Promise<Part> {
  const { store } = examined.config
  if (store.kind === 'memory') return { findings: [judgeStore({ kind: 'memory' })], clocks: [] }
  return store.kind === 'redis' ? examineRedisStore(store, examined) : examineFile(store, examined)
}

async function examineFile(
  store: StoreConfig & { kind: 'sqlite' },
  examined: Examined,
): Promise<Part> {
  const { cwd, env, random } = examined
  const disk = await diskAt(store.path)
  const short = relative(cwd, store.path)
  const path = short.startsWith('..') ? store.path : short
  const isDyno = variable(env, 'DYNO') !== undefined
  const found = disk.exists
    ? await probe(examined, () => open(examined), `sqlite ${path}`)
    : judgeStore({ kind: 'absent', path, why: await whyNotMade(store.path, random) })
  return { findings: [found, ...judgeDisk({ path, ...disk, isDyno })], clocks: [] }
}

async function examineRedisStore(place: RedisStoreConfig, examined: Examined): Promise<Part> {
  const { clock, random, config } = examined
  const [{ openRedisStore }, { examineRedis }] = await Promise.all([
    import('../session/stores/redis.ts'),
    import('../session/stores/redis-examine.ts'),
  ])
  const opening = () =>
    openRedisStore({ place, clock, timer: clock, random, openMs: ASK_MS, onError: () => {} })
  const [found, report] = await Promise.all([
    probe(examined, opening, undefined),
    // Where it cannot be reached, opening it says why.
    examineRedis(place, clock, ASK_MS).catch(() => undefined),
  ])
  if (report === undefined || found.level === 'problem') return { findings: [found], clocks: [] }
  const each = report.masters > 1 || place.mode === 'cluster' ? report.masters + 1 : 2
  const { time, ...state } = report
  return {
    findings: [found, ...judgeRedis({ state, connections: each * config.workers })],
    clocks: time ? [{ place: 'Redis', ...time, from: time.at, to: time.at }] : [],
  }
}

function open({ config, clock, random }: Examined): Promise<SessionStore> {
  return openStore(config.store, { clock, random, onError: () => {} })
}

const PROBE_MS = 60_000

/** `place`: where the store does not say it itself. */
async function probe(
  { config, clock, random }: Examined,
  opening: () => Promise<SessionStore>,
  place: string | undefined,
): Promise<Finding> {
  let store: SessionStore | undefined
  const name = `coatcheck-doctor-${random(16).toString('hex')}`
  const value = random(16)
  const stepsMs: number[] = []
  const timed = async <T>(step: Promise<T>): Promise<T> => {
    const since = clock.now()
    const result = await step
    stepsMs.push(clock.now() - since)
    return result
  }
  try {
    store = await opening()
    await timed(store.put(name, value, clock.now() + PROBE_MS))
    await timed(store.get(name as StoreKey))
    const back = await timed(store.take(name))
    return judgeStore({
      kind: 'open',
      place: place ?? store.about?.place ?? store.kind,
      stepsMs,
      isSame: back !== undefined && value.equals(back),
      timeoutMs: config.outages.timeoutMs,
      encryption: config.store.kind === 'redis' ? encryptionOf(config.store) : undefined,
    })
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be used'
    return judgeStore({ kind: 'refused', why })
  } finally {
    await store?.close()
  }
}

function encryptionOf({ tls }: RedisStoreConfig): string {
  if (tls === undefined) return 'not encrypted, which is for a private network'
  return tls === 'unverified' ? 'encrypted, certificate not checked' : 'encrypted'
}
