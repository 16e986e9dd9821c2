// What a message costs over a WebSocket through Coatcheck and through a bare proxy, in turns, and what an idle one holds.
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { HOST, PUBLIC_ORIGIN } from './browser.ts'
import { buildInto } from './built.ts'
import { type Child, startChild } from './child.ts'
import type { Setting, Usage } from './contestant.ts'
import { median } from './figures.ts'
import { GATEWAY_CORE, WORLD_CORE } from './machine.ts'

export interface WebSocketFigure {
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of the gateway, for one message up and one down. */
  readonly cpuMicros: number
  /** Resident memory for each WebSocket that says nothing. */
  readonly idleBytes: number
}

export interface WebSocketFigures {
  readonly bare: WebSocketFigure
  readonly coatcheck: WebSocketFigure
}

const MESSAGE = randomBytes(96).toString('base64')
const IDLE = 1000
const WARM_UP = 500

interface Entered {
  readonly child: Child
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly rounds: Array<Omit<WebSocketFigure, 'idleBytes'>>
}

export async function measureWebSockets(options: {
  readonly rounds: number
  readonly ms: number
}): Promise<WebSocketFigures> {
  const top = mkdtempSync(join(tmpdir(), 'coatcheck-websocket-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(top, { recursive: true, force: true }))
  const upstream = stack.use(startChild({ file: 'upstream.ts', core: WORLD_CORE }))
  const upstreamUrl = await upstream.call<string>('open')
  const built = buildInto(join(top, 'built'))
  const enter = async (name: string, file: string, settings: Setting['settings']) => {
    const child = stack.use(startChild({ file: `contestants/${file}`, core: GATEWAY_CORE }))
    const dir = join(top, name)
    mkdirSync(dir)
    const setting: Setting = { upstream: upstreamUrl, dir, built, settings }
    return { child, url: await child.call<string>('open', setting), rounds: [] }
  }
  const bare: Entered = { ...(await enter('bare', 'bare.ts', { websocket: true })), headers: {} }
  const ours = await enter('coatcheck', 'coatcheck.ts', { access: false })
  const coatcheck: Entered = { ...ours, headers: await cookieFor(ours.url) }

  for (let round = 0; round < options.rounds; round++) {
    for (const one of [bare, coatcheck]) one.rounds.push(await echoes(one, options.ms))
  }
  return { bare: await figureOf(bare), coatcheck: await figureOf(coatcheck) }
}

async function figureOf(entered: Entered): Promise<WebSocketFigure> {
  const of = (measure: keyof Omit<WebSocketFigure, 'idleBytes'>) =>
    median(entered.rounds.map((round) => round[measure]))
  return {
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    cpuMicros: of('cpuMicros'),
    idleBytes: await idleBytes(entered),
  }
}

async function cookieFor(url: string): Promise<Record<string, string>> {
  const { request } = await import('undici')
  const { headers } = await request(`${url}/auth/login`, {
    method: 'POST',
    headers: { host: HOST, origin: PUBLIC_ORIGIN, 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ada', password: 'secret' }),
  })
  const [cookie = ''] = [headers['set-cookie'] ?? []].flat()
  return { cookie: cookie.split(';', 1)[0] ?? '' }
}

async function open({ url, headers }: Entered): Promise<WebSocket> {
  const ws = new WebSocket(`${url}/api/echo`, {
    perMessageDeflate: false,
    headers: { host: HOST, origin: PUBLIC_ORIGIN, ...headers },
  })
  await new Promise((resolve, reject) => ws.on('open', resolve).on('error', reject))
  return ws
}

/** One message at a time: sent when the one before has come back. */
async function echoes(entered: Entered, ms: number) {
  const ws = await open(entered)
  const times: number[] = []
  let sentAt = 0
  let [count, from, until] = [0, 0, Infinity]
  let before: Usage | undefined
  const done = Promise.withResolvers<void>()
  const send = () => {
    sentAt = performance.now()
    ws.send(MESSAGE)
  }
  ws.on('message', async () => {
    const now = performance.now()
    count++
    if (before) times.push(now - sentAt)
    if (count === WARM_UP) {
      before = await entered.child.call<Usage>('usage')
      from = performance.now()
      until = from + ms
    }
    if (now > until) done.resolve()
    else send()
  })
  send()
  await done.promise
  const after = await entered.child.call<Usage>('usage')
  ws.terminate()
  times.sort((a, b) => a - b)
  return {
    p50Ms: times[Math.floor(times.length / 2)] ?? 0,
    p99Ms: times[Math.floor(times.length * 0.99)] ?? 0,
    cpuMicros: (after.cpuMicros - (before?.cpuMicros ?? 0)) / times.length,
  }
}

/** Half of them warm the heap up. */
async function idleBytes(entered: Entered): Promise<number> {
  const sockets: WebSocket[] = []
  const more = async (count: number) => {
    for (let i = 0; i < count; i += 50) {
      sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => open(entered)))))
    }
    await pause(1000)
    return (await entered.child.call<Usage>('usage')).rssBytes
  }
  const before = await more(IDLE / 2)
  const after = await more(IDLE)
  for (const ws of sockets) ws.terminate()
  return (after - before) / IDLE
}
