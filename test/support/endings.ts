// Ends sessions at one gateway and watches the others: how long each goes on serving what has ended.
import { setTimeout as pause } from 'node:timers/promises'
import { cookieOf } from './gateway.ts'
import type { Answer, SendOptions } from './http.ts'

/** One process that shares its store with others. */
export interface Gate {
  send(path: string, options: SendOptions & { cookie?: string }): Promise<Answer>
}

export interface EndingsReport {
  /** Ms from the acknowledged end to the first refusal, one for each ending at each other gate. */
  readonly latencies: readonly number[]
  /** Served although it was asked for more than a second, and one more that the machine may stand still, after the end was acknowledged. */
  readonly late: readonly string[]
  /** Answers to people whose sessions live that were not theirs. */
  readonly wrong: readonly string[]
  readonly answers: number
}

export interface EndingsOptions {
  readonly gates: readonly Gate[]
  readonly endings: number
  readonly atOnce: number
  /** People who keep asking at every gate meanwhile. */
  readonly load: number
}

// What is not heard in time is asked for, so this holds on any machine, but for one second that it may stand still.
const LATE_MS = process.env.COATCHECK_LONG === '1' ? 1000 : 2000
/** Whoever is still served after this will be served on. */
const HOPELESS_MS = LATE_MS + 1000

export async function watchEndings(options: EndingsOptions): Promise<EndingsReport> {
  const { gates, endings, atOnce, load } = options
  const latencies: number[] = []
  const late: string[] = []
  const wrong: string[] = []
  let answers = 0
  let over = false

  async function signIn(gate: Gate, username: string, cookie?: string): Promise<string> {
    const json = { username, password: 'secret' }
    const answer = await gate.send('/auth/login', {
      method: 'POST',
      json,
      ...(cookie === undefined ? {} : { cookie }),
    })
    if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status}`)
    return cookieOf(answer)
  }

  async function keepAsking(name: string): Promise<void> {
    const cookie = await signIn(gates[0] ?? nobody(), name)
    while (!over) {
      for (const gate of gates) {
        const { status, text } = await gate.send('/api/notes', { cookie })
        answers++
        if (status !== 200 || JSON.parse(text).owner !== name) wrong.push(`${name}: ${status}`)
      }
    }
  }

  async function watch(
    gate: Gate,
    cookie: string,
    what: string,
    ended: Promise<number>,
    begun: () => void,
  ) {
    let endedAt = Infinity
    void ended.then((at) => {
      endedAt = at
    })
    for (;;) {
      const askedAt = performance.now()
      const { status } = await gate.send('/api/notes', { cookie })
      answers++
      begun()
      if (status === 401) {
        latencies.push(Math.max(0, performance.now() - (await ended)))
        return
      }
      const afterMs = askedAt - endedAt
      if (status === 200 && afterMs > LATE_MS) late.push(`${what} ${Math.round(afterMs)} ms`)
      if (afterMs > HOPELESS_MS) return
      // No wait for anything: a page asks no faster.
      await pause(3)
    }
  }

  async function endOne(index: number): Promise<void> {
    const at = gates[index % gates.length] ?? nobody()
    const others = gates.filter((gate) => gate !== at)
    const name = `ending-${index}`
    const cookie = await signIn(at, name)
    // In memory everywhere.
    for (const gate of [...gates, ...gates]) await gate.send('/api/notes', { cookie })
    const ended = Promise.withResolvers<number>()
    const watchers = others.map((gate) => {
      const { promise: served, resolve: begun } = Promise.withResolvers<void>()
      return { served, done: watch(gate, cookie, name, ended.promise, begun) }
    })
    await Promise.all(watchers.map(({ served }) => served))
    if (index % 3 === 2) await signIn(at, name, cookie)
    else await at.send('/auth/logout', { method: 'POST', cookie })
    ended.resolve(performance.now())
    await Promise.all(watchers.map(({ done }) => done))
  }

  const asking = Array.from({ length: load }, (_, index) => keepAsking(`load-${index}`))
  const numbers = Array.from({ length: endings }, (_, index) => index)
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let index = numbers.shift(); index !== undefined; index = numbers.shift()) {
        await endOne(index)
      }
    }),
  )
  over = true
  await Promise.all(asking)
  return { latencies, late, wrong, answers }
}

/** Median and longest, in whole ms. */
export function spread(ms: readonly number[]): { p50: number; max: number } {
  const sorted = ms.toSorted((a, b) => a - b)
  return {
    p50: Math.round(sorted[sorted.length >> 1] ?? Number.NaN),
    max: Math.round(sorted.at(-1) ?? Number.NaN),
  }
}

function nobody(): never {
  throw new Error('there is no gate')
}
