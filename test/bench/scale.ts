// What many sessions and large answers cost in memory, and how long a start takes with them.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../support/free-port.ts'
import type { Person } from './browser.ts'
import { buildInto } from './built.ts'
import { type Child, startChild } from './child.ts'
import { median } from './figures.ts'
import type { Filling } from './fill.ts'
import type { Crowding, Dripping, Start } from './load.ts'
import { WORLD_CORE } from './machine.ts'
import type { Issued } from './owners.ts'
import type { Stretch } from './run.ts'
import { type ServeOptions, type Serving, startServe } from './serve.ts'
import { archive, workloads } from './workloads.ts'

export interface Scale {
  readonly sessions: number
  /** Of a sealed session on disk, its tokens' own bytes taken off. */
  readonly diskBytesBeyondTokens: number
  readonly startMs: number
  /** Right after the start. */
  readonly emptyRssBytes: number
  /** When every session has been used twice. */
  readonly rssBytes: number
  readonly peakRssBytes: number
  /** Per request, over all sessions in turn: most have to be read from the store. */
  readonly p50Micros: number
  readonly rps: number
  /** How far the highest RSS went above the one before, with slow readers of large answers. */
  readonly archiveGrowthBytes: number
}

const SESSIONS = 100_000
const AT_ONCE = 2000
const STARTS = 5
const CONNECTIONS = 50
const SLOW_READERS = 16

export async function measureScale(): Promise<Scale> {
  const dir = mkdtempSync(join(tmpdir(), 'coatcheck-scale-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(dir, { recursive: true, force: true }))
  const upstream = stack.use(startChild({ file: 'upstream.ts', core: WORLD_CORE }))
  const load = stack.use(startChild({ file: 'load.ts', core: WORLD_CORE }))
  const options: ServeOptions = {
    dir,
    built: buildInto(join(dir, 'built')),
    store: join(dir, 'sessions.db'),
    key: randomBytes(32).toString('base64url'),
    upstream: await upstream.call<string>('open'),
    port: await freePort(),
  }
  const { people, tokenBytes } = await fill(upstream, options)
  const diskBytes = statSync(options.store).size
  const starts: number[] = []
  for (let i = 0; i < STARTS; i++) {
    await using serving = await startServe(options)
    starts.push(serving.startMs)
  }

  const serving = stack.use(await startServe(options))
  const empty = serving.memory()
  await load.call('crowd', { contestant: 'serve', port: options.port, people } satisfies Crowding)
  const stretch = await useAll(load)
  const { rssBytes, peakBytes } = serving.memory()
  return {
    sessions: SESSIONS,
    diskBytesBeyondTokens: (diskBytes - tokenBytes) / SESSIONS,
    startMs: median(starts),
    emptyRssBytes: empty.rssBytes,
    rssBytes,
    peakRssBytes: peakBytes,
    p50Micros: stretch.p50Micros,
    rps: (stretch.answers * 1e6) / stretch.wallMicros,
    archiveGrowthBytes: await archiveGrowth(load, serving),
  }
}

async function fill(upstream: Child, { store, key }: ServeOptions) {
  await using filler = startChild({ file: 'fill.ts', core: WORLD_CORE })
  await filler.call('open', { path: store, key, provider: 'main' } satisfies Filling)
  const people: Person[] = []
  let tokenBytes = 0
  while (people.length < SESSIONS) {
    const count = Math.min(AT_ONCE, SESSIONS - people.length)
    const names = Array.from({ length: count }, (_, i) => `user-${people.length + i}`)
    const issued = await upstream.call<Issued[]>('issue', names)
    const cookies = await filler.call<string[]>('add', issued)
    issued.forEach(({ name, access, refresh }, i) => {
      tokenBytes += access.length + refresh.length
      people.push({ name, proof: ['Cookie', `__Host-coatcheck=${cookies[i]}`] })
    })
  }
  await filler.call('close')
  return { people, tokenBytes }
}

/** Everybody in turn: once to warm up, once to be measured. */
async function useAll(load: Child): Promise<Stretch> {
  const [workload] = workloads
  if (!workload) throw new Error('there is no workload')
  const start: Start = {
    contestant: 'serve',
    workload,
    connections: CONNECTIONS,
    warmUp: SESSIONS,
  }
  await load.call('start', start)
  const stretch = await load.call<Stretch>('count', SESSIONS)
  await load.call('stop')
  return stretch
}

async function archiveGrowth(load: Child, serving: Serving): Promise<number> {
  serving.forgetPeak()
  const { rssBytes } = serving.memory()
  const dripping: Dripping = { contestant: 'serve', workload: archive, connections: SLOW_READERS }
  await load.call('drip', dripping)
  return serving.memory().peakBytes - rssBytes
}
