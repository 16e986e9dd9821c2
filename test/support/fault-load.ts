// People who sign in at one of several gateways, ask at all of them, and sign out again, while gateways and stores fail.
import { setTimeout as pause } from 'node:timers/promises'
import type { Dice } from './dice.ts'
import type { FaultGate } from './fault-gates.ts'
import { type Held, type Ledger, openLedger } from './fault-ledger.ts'
import { cookieOf } from './gateway.ts'
import { ownerName } from './owner-oracle.ts'
import { eventually } from './redis-process.ts'

export interface FaultLoad {
  readonly ledger: Ledger
  /** Requests that a gateway cut off, or that found none. */
  readonly cut: number
  readonly signOuts: number
  /** Answers of this gateway so far by their word: `own`, or the problem's code. */
  answers(gate: FaultGate, word: string): number
  /** Resolves when this gateway has given `count` more answers of this word. */
  more(gate: FaultGate, count: number, word?: string): Promise<void>
  /** Resolves when `count` more sign-outs have been acknowledged. */
  moreSignOuts(count: number): Promise<void>
  /** Resolves when nobody is on the way any more. */
  end(): Promise<void>
}

interface LoadOptions {
  readonly gates: readonly FaultGate[]
  readonly dice: Dice
  readonly people?: number
}

export function startLoad({ gates, dice, people = 40 }: LoadOptions): FaultLoad {
  const ledger = openLedger()
  const words = new Map(gates.map((gate) => [gate, new Map<string, number>()]))
  let cut = 0
  let signOuts = 0
  let over = false

  /** `undefined` where the gateway went away. */
  async function unlessCut<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error
      cut++
      return undefined
    }
  }

  async function ask(held: Held, gate: FaultGate): Promise<void> {
    const word = await unlessCut(() => ledger.ask(held, gate))
    const counts = words.get(gate)
    if (word !== undefined) counts?.set(word, (counts.get(word) ?? 0) + 1)
  }

  async function signIn(name: string): Promise<Held | undefined> {
    const json = { username: name, password: 'any' }
    const gate = dice.pick(gates)
    const answer = await unlessCut(() => gate.send('/auth/login', { method: 'POST', json }))
    if (answer?.status === 200) return ledger.open(name, cookieOf(answer))
    if (answer && answer.status !== 503) throw new Error(`sign-in answered ${answer.text}`)
    return undefined
  }

  async function signOut(held: Held): Promise<void> {
    const gate = dice.pick(gates)
    held.outAskedAt = performance.now()
    const { cookie } = held
    const answer = await unlessCut(() => gate.send('/auth/logout', { method: 'POST', cookie }))
    if (answer?.status === 204) {
      held.outAt = performance.now()
      held.outBy = gate
      signOuts++
    } else if (answer && answer.status !== 503) {
      throw new Error(`sign-out answered ${answer.text}`)
    }
  }

  /** One after the other, but for two tabs that ask at once. */
  async function live(index: number): Promise<void> {
    const name = ownerName(index)
    // Half of them stay as long as they are let, and so live by renewals.
    const stays = index % 2 === 0
    while (!over) {
      const held = await signIn(name)
      const visits = stays ? Infinity : 2 + dice.roll(8)
      for (let n = 0; held && !held.lost && n < visits && !over; n++) {
        await Promise.all([dice.pick(gates), dice.pick(gates)].map((gate) => ask(held, gate)))
        await pause(120 + dice.roll(240))
      }
      if (held && !held.lost && !over) {
        await signOut(held)
        await ask(held, dice.pick(gates))
      } else await pause(50)
    }
  }

  const answers = (gate: FaultGate, word: string) => words.get(gate)?.get(word) ?? 0
  // Awaited in the end: what somebody throws fails the test.
  const living = Promise.all(Array.from({ length: people }, (_, index) => live(index)))
  living.catch(() => undefined)

  /** Rejects at once where somebody throws. */
  const until = (what: string, enough: () => boolean) =>
    Promise.race([living.then(() => undefined), eventually(what, enough, 30_000)])

  return {
    ledger,
    get cut() {
      return cut
    },
    get signOuts() {
      return signOuts
    },
    answers,
    async more(gate, count, word = 'own') {
      const enough = answers(gate, word) + count
      const came = () => answers(gate, word) >= enough
      await until(`${count} more ${word}`, came)
    },
    async moreSignOuts(count) {
      const enough = signOuts + count
      await until(`${count} more sign-outs`, () => signOuts >= enough)
    },
    async end() {
      over = true
      await living
    },
  }
}
