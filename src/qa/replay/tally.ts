// What a replay has come to so far: counts of everything, calls as far as they can be shown. Bounded.

import type { RunCall } from '../run.ts'
import { SOMEBODY } from '../run.ts'
import { createDoubts } from './doubts.ts'
import type { Judgement } from './judge.ts'
import type { OwnerRule } from './owner.ts'
import { placeOf, withoutQuery } from './owner.ts'
import type { People } from './people.ts'

export interface Counts {
  calls: number
  answers: number
  leaks: number
  /** Of the leaks, those the gateway held back. */
  stopped: number
  thrownOut: number
  verified: number
  /** They named nobody who is known, where nothing shows that the rule is right. */
  unjudged: number
  different: number
  mended: number
  /** Their bodies were not recorded whole. */
  skipped: number
  /** Sent with a secret that nobody could put back. */
  unfilled: number
  unanswered: number
  /** Given up before their answers, as their browsers had when it was recorded. */
  left: number
}

export interface Difference {
  /** Place in the replay, from 0. */
  readonly n: number
  readonly user: string
  readonly method: string
  readonly path: string
  readonly what: readonly string[]
}

export interface Added extends Omit<Judgement, 'before'> {
  /** The browser of the recording left, and so did the replay's. */
  readonly wasLeft: boolean
}

export interface Tally {
  readonly counts: Counts
  /** By when they ended, as long as there is room. */
  readonly differences: readonly Difference[]
  /** `rule`: by which it was judged. */
  add(call: RunCall, judgement: Added, rule: OwnerRule | undefined): void
  /** Once, when all has been added: what named nobody is judged. */
  settle(people: Pick<People, 'whose'>): void
  /** By when they began. What went wrong, or does no more, has room of its own. */
  calls(): RunCall[]
}

/** A call whose answer named nobody who was known then. */
interface Doubted {
  readonly call: RunCall
  readonly place: string
  readonly value: string
  readonly is: string
}

const MOST_WRONG = 5_000
const MOST_DOUBTED = 2_000
const MOST_OTHERS = 10_000
const MOST_MESSAGES = 500

export function createTally(): Tally {
  const counts: Counts = {
    calls: 0,
    answers: 0,
    leaks: 0,
    stopped: 0,
    thrownOut: 0,
    verified: 0,
    unjudged: 0,
    different: 0,
    mended: 0,
    skipped: 0,
    unfilled: 0,
    unanswered: 0,
    left: 0,
  }
  const wrong: RunCall[] = []
  const others: RunCall[] = []
  const doubted: Doubted[] = []
  const differences: Difference[] = []
  const doubts = createDoubts()
  let messages = 0

  function bounded(call: RunCall, bad: boolean): RunCall {
    const keeps = messages < (bad ? MOST_MESSAGES : MOST_MESSAGES / 2)
    if (keeps) messages++
    if (keeps) return call
    const { request: _, response: __, recorded, ...bare } = call
    if (recorded === undefined) return bare
    const { response: ___, marks: ____, ...told } = recorded
    return { ...bare, recorded: told }
  }

  /** True where the call waits for its judgement. */
  function doubt(call: RunCall, { ownership }: Added, rule: OwnerRule): boolean {
    const place = `${placeOf(rule)} ${rule.is} ${call.method} ${withoutQuery(call.path)}`
    if (ownership?.kind === 'own') doubts.prove(place)
    if (ownership?.kind !== 'unknown') return false
    if (ownership.instead !== undefined) {
      counts.unjudged++
      return false
    }
    doubts.meet(place)
    if (doubted.length >= MOST_DOUBTED) return false
    const { value } = ownership
    doubted.push({ call: bounded(call, true), place, value, is: rule.is })
    return true
  }

  return {
    counts,
    differences,
    calls: () => [...wrong, ...others].sort((a, b) => a.n - b.n),
    add(call, judgement, rule) {
      const { outcome, differences: what, stopped, mended, wasLeft } = judgement
      counts.calls++
      if (call.status > 0) counts.answers++
      else if (wasLeft) counts.left++
      else counts.unanswered++
      if (outcome === 'foreign') counts.leaks++
      if (stopped) counts.stopped++
      if (outcome === 'thrown_out') counts.thrownOut++
      if (outcome === 'own') counts.verified++
      if (mended) counts.mended++
      if (what.length > 0) {
        counts.different++
        const { n, user, method, path } = call
        if (differences.length < MOST_WRONG) differences.push({ n, user, method, path, what })
      }
      if (rule && doubt(call, judgement, rule)) return
      const bad = what.length > 0 || mended || outcome === 'foreign' || outcome === 'thrown_out'
      const into = bad ? wrong : others
      if (into.length >= (bad ? MOST_WRONG : MOST_OTHERS)) return
      into.push(bounded(judgement.outcome === 'failed' ? nobodys(call) : call, bad))
    },
    settle(people) {
      for (const { call, place, value, is } of doubted.splice(0)) {
        const persona = people.whose(value, is, call.user)
        if (persona !== undefined) {
          doubts.takeBack(place)
          counts.leaks++
        }
        const owner = persona ?? (doubts.isProved(place) ? SOMEBODY : undefined)
        wrong.push(owner === undefined ? nobodys(call) : ownedBy(owner, call))
      }
      const { foreign, unjudged } = doubts.counts()
      counts.leaks += foreign
      counts.unjudged += unjudged
    },
  }
}

function ownedBy(owner: string, { marks = [], ...call }: RunCall): RunCall {
  const own = marks.map((mark) => ({ ...mark, owner }))
  return { ...call, outcome: 'foreign', owner, ...(own.length > 0 && { marks: own }) }
}

function nobodys({ marks: _, owner: __, ...call }: RunCall): RunCall {
  return { ...call, outcome: 'failed' }
}
