// What was acknowledged to whom, and whether it held: nothing foreign, nobody thrown out, nobody back from the dead.
import type { FaultGate } from './fault-gates.ts'
import type { Answer } from './http.ts'
import { ASKER, judgeAnswer } from './owner-oracle.ts'
import { eventually } from './redis-process.ts'

/** A session whose sign-in was acknowledged. Moments by performance.now(). */
export interface Held {
  readonly name: string
  readonly cookie: string
  /** When its sign-in was acknowledged. */
  readonly since: number
  /** When its sign-out was first asked for. */
  outAskedAt?: number
  /** When its sign-out was acknowledged. */
  outAt?: number
  /** Where that was. */
  outBy?: FaultGate
  /** It has been refused although nobody signed it out. */
  lost?: boolean
}

/** A refusal that should not have been, or a service that should not have been. */
export interface Finding {
  readonly held: Held
  readonly at: number
  /** The problem's code, its reason behind it; or `own`. */
  readonly got: string
}

export interface Ledger {
  readonly sessions: readonly Held[]
  readonly foreign: readonly string[]
  /** Refused though acknowledged and never signed out; the first time only. */
  readonly lost: readonly Finding[]
  /** Served though a sign-out had been acknowledged: there, or a second ago elsewhere. */
  readonly revived: readonly Finding[]
  /** Refused after a sign-out, and with another word than that it has ended. */
  readonly forgotten: readonly Finding[]
  /** Any other answer that nobody should get. */
  readonly strange: readonly string[]
  /** Own answers. */
  readonly own: number
  /** Refusals after an acknowledged sign-out. */
  readonly refused: number
  /** `store_unreachable` and the like, and the upstream's own 401, each with its count. */
  readonly away: ReadonlyMap<string, number>
  open(name: string, cookie: string): Held
  /** Asks once and judges; resolves to the problem's code, `own` or `upstream`. Rejects where no answer came. */
  ask(held: Held, gate: FaultGate): Promise<string>
}

/** Elsewhere an end may go unheard for a second (promise 6), and for one more that the machine may stand still. */
const HEARD_MS = process.env.COATCHECK_LONG === '1' ? 1000 : 2000
const AWAY = new Set(['store_unreachable', 'provider_unreachable'])
const NOBODY = new Set(['session_required', 'session_ended', 'session_idle'])

export function openLedger(): Ledger {
  const sessions: Held[] = []
  const foreign: string[] = []
  const lost: Finding[] = []
  const revived: Finding[] = []
  const forgotten: Finding[] = []
  const strange: string[] = []
  const away = new Map<string, number>()
  let own = 0
  let refused = 0

  const count = (what: string) => void away.set(what, (away.get(what) ?? 0) + 1)

  function judge(held: Held, gate: FaultGate, askedAt: number, answer: Answer): string {
    const at = performance.now()
    const verdict = judgeAnswer(held.name, answer)
    if (verdict.kind === 'foreign') {
      foreign.push(`${held.name} got what is of ${verdict.owners.join()}`)
      return 'foreign'
    }
    if (verdict.kind === 'upstream') {
      if (verdict.status === 401) count('upstream')
      else strange.push(`${held.name} got ${verdict.status} from the upstream`)
      return 'upstream'
    }
    if (verdict.kind === 'own') {
      own++
      const heardBy = (held.outAt ?? Infinity) + (held.outBy === gate ? 0 : HEARD_MS)
      if (askedAt > heardBy) revived.push({ held, at, got: 'own' })
      return 'own'
    }
    const { code } = verdict
    if (AWAY.has(code)) {
      count(code)
      return code
    }
    const { reason } = answer.json()
    const got = reason === undefined ? code : `${code} ${reason}`
    if (!NOBODY.has(code)) strange.push(`${held.name} got ${verdict.status} ${got}`)
    else if (held.outAskedAt === undefined) {
      if (!held.lost) lost.push({ held, at, got })
      held.lost = true
    } else if (held.outAt !== undefined && held.outAt < askedAt) {
      if (code === 'session_ended') refused++
      else forgotten.push({ held, at, got })
    }
    return code
  }

  return {
    sessions,
    foreign,
    lost,
    revived,
    forgotten,
    strange,
    away,
    get own() {
      return own
    },
    get refused() {
      return refused
    },
    open(name, cookie) {
      const held = { name, cookie, since: performance.now() }
      sessions.push(held)
      return held
    },
    async ask(held, gate) {
      const askedAt = performance.now()
      const headers = { [ASKER]: held.name }
      const answer = await gate.send('/api/notes', { cookie: held.cookie, headers })
      return judge(held, gate, askedAt, answer)
    },
  }
}

const AT_ONCE = 20
/** A lease that a killed process left behind lapses five seconds after its provider's patience. */
const LAPSED_MS = 30_000
const NONE: ReadonlySet<string> = new Set()

export interface SettleOptions {
  /** To these people's sessions the upstream's own refusal is an answer. */
  readonly mayBeRefused?: ReadonlySet<string>
  /** How long each may take. */
  readonly ms?: number
}

/** Asks for every session at every gate once more, until each has an answer that counts, and the same everywhere. */
export async function settle(
  ledger: Ledger,
  gates: readonly FaultGate[],
  { mayBeRefused = NONE, ms = LAPSED_MS }: SettleOptions = {},
): Promise<void> {
  const queue = [...ledger.sessions]
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let held = queue.shift(); held; held = queue.shift()) {
        const passing = new Set(mayBeRefused.has(held.name) ? AWAY : [...AWAY, 'upstream'])
        await settleOne(ledger, held, gates, passing, ms)
      }
    }),
  )
}

async function settleOne(
  ledger: Ledger,
  held: Held,
  gates: readonly FaultGate[],
  passing: ReadonlySet<string>,
  ms: number,
): Promise<void> {
  let words: string[] = []
  const isSettled = async () => {
    words = await Promise.all(gates.map((gate) => ledger.ask(held, gate)))
    const [word = ''] = words
    return new Set(words).size === 1 && !passing.has(word)
  }
  await eventually('an answer that counts', isSettled, ms).catch(() => {
    throw new Error(`${held.name} goes on being told ${words.join(' and ')}`)
  })
}

/** Empty lists, where all is well. */
export function faultsOf({ foreign, lost, revived, forgotten, strange }: Ledger) {
  return {
    foreign,
    lost: lost.map(told),
    revived: revived.map(told),
    forgotten: forgotten.map(told),
    strange,
  }
}

export const FAULTLESS = { foreign: [], lost: [], revived: [], forgotten: [], strange: [] }

function told({ held, at, got }: Finding): string {
  const since = Math.round(at - (held.outAt ?? held.since))
  return `${held.name}: ${got}, ${since} ms after its sign-${held.outAt === undefined ? 'in' : 'out'}`
}
