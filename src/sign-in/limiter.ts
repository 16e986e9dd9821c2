// Slows down whoever guesses passwords, and lets an office behind one address sign in.
//
// - An account: failed attempts, wherever they came from, those under way counted as failed until they are not. A
//   success forgets them.
// - An address: failed attempts, whatever the account. A success forgets none of them: one good password does not pay
//   for guesses at others. Five times the limit may be under way at once; what fails beyond the limit is paid off
//   window by window, so a burst gains nothing.
// - An address, in total: every attempt, successes included, up to 20 times the limit; each one costs the provider a
//   password hash.
// A window begins with what it counts first. An attempt without a verdict (provider unreachable, answer unreadable)
// counts in the total alone, one that is not allowed nowhere. Memory is bounded: what was unused for longest goes
// first. Accounts are kept as hashes, because people type passwords into the wrong field.
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { cacheKey } from '../lib/cache-key.ts'
import type { Clock } from '../lib/clock.ts'

export interface AttemptLimiter {
  /** Whoever is allowed tells by `settle`, once, how it went. */
  begin(attempt: Attempt): Verdict
}

export interface Attempt {
  readonly provider: string
  readonly address: string
  /** As `accountsIn` gives them; none where the fields name nobody. */
  readonly accounts: readonly string[]
}

export type Verdict =
  | { readonly allowed: true; readonly settle: (outcome: AttemptOutcome) => void }
  | { readonly allowed: false; readonly retryAfterMs: number }

/** `undecided` is for a provider that gave no verdict, not for a browser that left before it came: that is `refused`. */
export type AttemptOutcome = 'signed_in' | 'refused' | 'undecided'

export interface LimiterOptions {
  /** Failed attempts per window. */
  readonly perAddress: number
  readonly perAccount: number
  readonly windowMs: number
  readonly clock: Clock
  /** Gives the addresses of one neighbour one name. */
  readonly addressKey: (address: string) => string
  /** How many counters are kept at most, of each of the three kinds. */
  readonly capacity?: number
}

interface Counter {
  readonly limit: number
  readonly atOnce: number
  since: number
  count: number
  pending: number
}

const TOTAL_FACTOR = 20
const ADDRESS_AT_ONCE = 5
/** How soon an attempt that others under way stand in front of may be made again. */
const PENDING_WAIT_MS = 1000

export function createAttemptLimiter(options: LimiterOptions): AttemptLimiter {
  const { perAddress, perAccount, windowMs, clock, addressKey, capacity = 50_000 } = options
  const failures = createCounters(perAddress, perAddress * ADDRESS_AT_ONCE)
  const totals = createCounters(perAddress * TOTAL_FACTOR, perAddress * TOTAL_FACTOR)
  const guesses = createCounters(perAccount, perAccount)

  return {
    begin({ provider, address, accounts }) {
      const neighbour = addressKey(address)
      const total = totals(neighbour)
      const named = accounts.map((account) =>
        guesses(hash('sha256', cacheKey(provider, account), 'base64url')),
      )
      const charged = [failures(neighbour), ...named]
      const retryAfterMs = Math.max(...[total, ...charged].map(waitOf))
      if (retryAfterMs > 0) return { allowed: false, retryAfterMs }

      add(total)
      for (const counter of charged) counter.pending += 1
      let settled = false
      const settle = (outcome: AttemptOutcome): void => {
        if (settled) return
        settled = true
        for (const counter of charged) {
          counter.pending -= 1
          if (outcome === 'refused') add(counter)
        }
        // Beside a second name a success says nothing about that one: it must not wipe its failures.
        const [only, ...others] = named
        if (outcome === 'signed_in' && only && others.length === 0) only.count = 0
      }
      return { allowed: true, settle }
    },
  }

  function createCounters(limit: number, atOnce: number): (key: string) => Counter {
    const counters = new LRUCache<string, Counter>({ max: capacity })
    return (key) => {
      const counter = counters.get(key) ?? { limit, atOnce, since: 0, count: 0, pending: 0 }
      counters.set(key, counter)
      return counter
    }
  }

  function add(counter: Counter): void {
    if (leftOf(counter) <= 0) counter.count = 0
    if (counter.count === 0) counter.since = clock.now()
    counter.count += 1
  }

  function waitOf(counter: Counter): number {
    const left = leftOf(counter)
    const count = left > 0 ? counter.count : 0
    if (count >= counter.limit) return left
    return count + counter.pending >= counter.atOnce ? PENDING_WAIT_MS : 0
  }

  /** How much of its window, or of the windows it has to pay off, is left, in ms. */
  function leftOf(counter: Counter): number {
    const now = clock.now()
    // A clock set back must not make a window longer than it is.
    counter.since = Math.min(counter.since, now)
    return counter.since + windowMs * Math.max(1, Math.ceil(counter.count / counter.limit)) - now
  }
}
