// What the SQLite store costs with a hundred thousand sessions: disk, write and read times, and how long it ever holds
// up the event loop. `npx node test/bench/store.ts [--json] [--sessions=100000] [--dir=/tmp]`
import { createHash } from 'node:crypto'
import { existsSync, openSync, readSync } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import type { SessionRecord, StoreKey } from '../../src/session/session.ts'
import { openSqliteStore } from '../../src/session/stores/sqlite.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    sessions: { type: 'string', default: '100000' },
    dir: { type: 'string', default: tmpdir() },
  },
})
const SESSIONS = Number(values.sessions)
const SEALED_BYTES = 1200
const HOUR = 3_600_000

const dir = await mkdtemp(join(values.dir, 'coatcheck-bench-'))
const path = join(dir, 'sessions.db')
let ahead = 0
const clock: Clock = {
  now: () => Date.now() + ahead,
  // The sweep need not be waited for.
  after: (ms, work) => systemClock.after(Math.min(ms, 1000), work),
}
const store = await openSqliteStore({ path, clock, random: systemRandom, onError: console.error })

function keyOf(n: number): StoreKey {
  return createHash('sha256').update(`${n}`).digest('base64url') as StoreKey
}

function recordOf(n: number, endsInMs = 12 * HOUR): SessionRecord {
  const now = clock.now()
  return {
    version: 1,
    revision: 1,
    state: 'active',
    provider: 'mentorship',
    sub: `${100_000 + (n % 50_000)}`,
    providerSid: keyOf(n).slice(0, 22),
    ref: keyOf(n).slice(0, 12),
    device: 'Firefox 150 on Linux',
    createdAt: now,
    seenAt: now,
    idleAt: now + HOUR / 2,
    endsAt: now + endsInMs + (n % 1000),
    sealed: systemRandom(SEALED_BYTES),
  }
}

/** Runs `work(0 … count - 1)`, `lanes` at a time; resolves to how long each took, in ms, shortest first. */
async function timed(count: number, lanes: number, work: (n: number) => Promise<unknown>) {
  const times: number[] = []
  let next = 0
  async function lane() {
    while (next < count) {
      const n = next++
      const began = performance.now()
      await work(n)
      times.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return times.sort((a, b) => a - b)
}

const at = (times: readonly number[], part: number) =>
  times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0
const spread = (times: readonly number[]) => ({
  median: round(at(times, 0.5)),
  p99: round(at(times, 0.99)),
  max: round(at(times, 1)),
})
const round = (value: number) => Math.round(value * 1000) / 1000

/** How long this thread has waited for a core, in ms, since it began; other programs' doing. 0 where nobody counts it. */
function openWaitedForCore(): () => number {
  if (!existsSync('/proc/self/schedstat')) return () => 0
  const file = openSync('/proc/self/schedstat', 'r')
  const text = Buffer.alloc(100)
  return () =>
    Number(text.toString('latin1', 0, readSync(file, text, 0, 100, 0)).split(' ')[1]) / 1e6
}

const waitedForCore = openWaitedForCore()

/**
 * Runs `work`, looks every millisecond how long the event loop was not free since the last look, and says the longest:
 * as the clock says; without what it waited for a core; and without collecting garbage, most of it the bench's own.
 */
async function watched(work: () => Promise<unknown>) {
  const collections: { startTime: number; duration: number }[] = []
  const observer = new PerformanceObserver((list) => {
    collections.push(...list.getEntries())
  })
  observer.observe({ entryTypes: ['gc'] })

  const look = () => ({
    at: performance.now(),
    busy: performance.eventLoopUtilization().active,
    waited: waitedForCore(),
  })
  const looks = [look()]
  const timer = setInterval(() => looks.push(look()), 1)
  await work()
  clearInterval(timer)
  await setTimeout(5)
  observer.disconnect()

  const steps = looks.slice(1).map((to, index) => {
    const from = looks[index] ?? to
    const onClock = to.busy - from.busy
    const own = onClock - (to.waited - from.waited)
    const within = collections.filter(({ startTime: at }) => at >= from.at && at < to.at)
    const collecting = within.reduce((sum, { duration }) => sum + duration, 0)
    return { onClock, own, withoutCollecting: Math.max(0, own - collecting) }
  })
  const of = (name: keyof (typeof steps)[number]) =>
    spread(steps.map((step) => step[name]).sort((a, b) => a - b))
  return {
    seconds: round(((looks.at(-1)?.at ?? 0) - (looks[0]?.at ?? 0)) / 1000),
    blockedMs: {
      onTheClock: of('onClock'),
      withACore: of('own'),
      withoutCollecting: of('withoutCollecting'),
    },
  }
}

const sizeOf = async (file: string) => (await stat(file).catch(() => ({ size: 0 }))).size

/** A file of a database closed by everybody is whole; a copy of an open one is that plus its log. */
async function bytesOnDisk() {
  const database = await sizeOf(path)
  const log = await sizeOf(`${path}-wal`)
  return { database, log }
}

const idle = await watched(() => setTimeout(2000))
const load = await watched(() => timed(SESSIONS, 64, (n) => store.add(keyOf(n), recordOf(n))))
const disk = await bytesOnDisk()

const addTimes = await timed(1000, 1, (n) => store.add(keyOf(SESSIONS + n), recordOf(n)))
const replaceTimes = await timed(1000, 1, (n) =>
  store.replace(keyOf(n), { ...recordOf(n), revision: 2 }),
)
const busyTimes = await timed(5000, 16, (n) => store.add(keyOf(2 * SESSIONS + n), recordOf(n)))

const reads = 50_000
const readBegan = performance.now()
for (let n = 0; n < reads; n += 1) await store.get(keyOf((n * 7919) % SESSIONS))
const readUs = ((performance.now() - readBegan) * 1000) / reads

let underway: number[] = []
const expiry = await watched(async () => {
  ahead = 13 * HOUR
  let swept = false
  const done = sweepIsDone().then(() => {
    swept = true
  })
  for (let n = 0; !swept; n += 1) {
    const [time = 0] = await timed(1, 1, () => store.add(keyOf(3 * SESSIONS + n), recordOf(n)))
    await store.get(keyOf(n % SESSIONS))
    underway.push(time)
  }
  await done
})
underway = underway.sort((a, b) => a - b)

async function sweepIsDone() {
  const { default: Database } = await import('better-sqlite3')
  const db = new Database(path, { readonly: true })
  const left = db.prepare('SELECT 1 FROM sessions WHERE ends_at <= ?').pluck()
  while (left.get(clock.now()) !== undefined) await setTimeout(20)
  db.close()
}

await timed(20_000, 64, (n) => store.add(keyOf(4 * SESSIONS + n), recordOf(n)))
const ending = await watched(() => store.deleteBy({ all: true }, 'revoked', clock.now()))
const touching = await watched(async () => {
  await timed(20_000, 64, (n) => store.add(keyOf(5 * SESSIONS + n), recordOf(n)))
  for (let n = 0; n < 20_000; n += 1) {
    const later = clock.now() + HOUR
    await store.touch(keyOf(5 * SESSIONS + n), { seenAt: later, idleAt: later })
    if (n % 50 === 0) await setImmediate()
  }
  await setTimeout(1100)
  await store.ping()
})
const rss = process.memoryUsage.rss()
await store.close()
const reopening = performance.now()
const reopened = await openSqliteStore({
  path,
  clock,
  random: systemRandom,
  onError: console.error,
})
const openMs = performance.now() - reopening
await reopened.close()
await rm(dir, { recursive: true })

const figures = {
  sessions: SESSIONS,
  idle,
  load,
  loadedPerSecond: Math.round(SESSIONS / load.seconds),
  diskBytesPerSessionBeyondSealed: Math.round((disk.database + disk.log) / SESSIONS - SEALED_BYTES),
  logBytes: disk.log,
  addMs: spread(addTimes),
  replaceMs: spread(replaceTimes),
  addMsWith16AtOnce: spread(busyTimes),
  readUs: round(readUs),
  openMs: round(openMs),
  expiry,
  addMsDuringExpiry: spread(underway),
  ending20000: ending,
  touching20000: touching,
  rssMb: Math.round(rss / 1024 / 1024),
}
const goals = {
  'under 2 KiB on disk beyond the sealed bytes': figures.diskBytesPerSessionBeyondSealed < 2048,
  'durable write under 2 ms at the median':
    Math.max(figures.addMs.median, figures.replaceMs.median) < 2,
  'event loop blocked 5 ms at most': [load, expiry, ending, touching].every(
    ({ blockedMs }) => blockedMs.withoutCollecting.max <= 5,
  ),
}
if (values.json) console.log(JSON.stringify({ figures, goals }))
else console.dir({ figures, goals }, { depth: null })
