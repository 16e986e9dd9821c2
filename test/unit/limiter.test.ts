import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { addressKey } from '../../src/sign-in/address-key.ts'
import {
  type Attempt,
  type AttemptOutcome,
  createAttemptLimiter,
  type LimiterOptions,
} from '../../src/sign-in/limiter.ts'
import { manualClock } from '../support/clock.ts'

const MINUTE = 60_000

function setUp(options: Partial<LimiterOptions> = {}) {
  const clock = manualClock()
  const limits = { perAddress: 4, perAccount: 2, windowMs: MINUTE, clock, addressKey, ...options }
  const limiter = createAttemptLimiter(limits)
  const from = (address: string, ...accounts: string[]): Attempt => ({
    provider: 'main',
    address,
    accounts,
  })
  /** One whole attempt; true when it was allowed. */
  const attempt = (outcome: AttemptOutcome, address: string, ...accounts: string[]): boolean => {
    const verdict = limiter.begin(from(address, ...accounts))
    if (verdict.allowed) verdict.settle(outcome)
    return verdict.allowed
  }
  const wait = (address: string, ...accounts: string[]): number => {
    const verdict = limiter.begin(from(address, ...accounts))
    if (!verdict.allowed) return verdict.retryAfterMs
    verdict.settle('undecided')
    return 0
  }
  return { clock, limiter, from, attempt, wait }
}

describe('an account', () => {
  it('is closed after its failures, from every address, until the window is over', () => {
    const { attempt, clock, wait } = setUp()
    attempt('refused', '192.0.2.1', 'ada')
    clock.advance(10_000)
    attempt('refused', '192.0.2.2', 'ada')

    expect(wait('192.0.2.3', 'ada')).toBe(MINUTE - 10_000)
    expect(wait('192.0.2.3', 'bob')).toBe(0)
    clock.advance(MINUTE - 10_001)
    expect(wait('192.0.2.3', 'ada')).toBe(1)
    clock.advance(1)
    expect(wait('192.0.2.3', 'ada')).toBe(0)
  })

  it('is not closed longer by attempts that were not allowed', () => {
    const { attempt, clock, wait } = setUp()
    attempt('refused', '192.0.2.1', 'ada')
    attempt('refused', '192.0.2.1', 'ada')
    for (let i = 0; i < 100; i++) expect(attempt('refused', '192.0.2.9', 'ada')).toBe(false)

    clock.advance(MINUTE)

    expect(wait('192.0.2.9', 'ada')).toBe(0)
  })

  it('is forgiven its failures by a success', () => {
    const { attempt } = setUp()
    for (let round = 0; round < 2; round++) {
      expect(attempt('refused', '192.0.2.1', 'ada')).toBe(true)
      expect(attempt('signed_in', '192.0.2.1', 'ada')).toBe(true)
    }
  })

  it('keeps its failures when a success named another account beside it', () => {
    const { attempt } = setUp({ perAddress: 100 })
    attempt('refused', '192.0.2.1', 'ada')
    attempt('signed_in', '192.0.2.1', 'mallory', 'ada')
    attempt('signed_in', '192.0.2.1', 'ada', 'mallory')
    attempt('refused', '192.0.2.1', 'ada')

    expect(attempt('refused', '192.0.2.1', 'ada')).toBe(false)
  })

  it('is closed under every name at once, so a decoy beside the real name hides nothing', () => {
    const { attempt } = setUp({ perAddress: 100 })
    expect(attempt('refused', '192.0.2.1', 'decoy1', 'ada')).toBe(true)
    expect(attempt('refused', '192.0.2.1', 'decoy2', 'ada')).toBe(true)

    expect(attempt('refused', '192.0.2.1', 'decoy3', 'ada')).toBe(false)
  })

  it('of one provider is not the account of the same name at another', () => {
    const { limiter, attempt } = setUp()
    attempt('refused', '192.0.2.1', 'ada')
    attempt('refused', '192.0.2.1', 'ada')

    const other = { provider: 'other', address: '192.0.2.1', accounts: ['ada'] }
    expect(limiter.begin(other).allowed).toBe(true)
  })

  it('counts guesses under way, however many come at once, and says to come back soon', () => {
    const { limiter, from } = setUp()
    const verdicts = Array.from({ length: 50 }, (_, i) =>
      limiter.begin(from(`192.0.2.${i}`, 'ada')),
    )

    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(2)
    expect(verdicts[2]).toEqual({ allowed: false, retryAfterMs: 1000 })
  })

  it('counts a guess that was under way when the window ended in the next one', () => {
    const { attempt, clock, limiter, from, wait } = setUp()
    attempt('refused', '192.0.2.1', 'ada')
    clock.advance(MINUTE - 1)
    const late = limiter.begin(from('192.0.2.1', 'ada'))
    clock.advance(30_001)

    if (late.allowed) late.settle('refused')
    attempt('refused', '192.0.2.2', 'ada')

    expect(wait('192.0.2.3', 'ada')).toBe(MINUTE)
  })
})

describe('an address', () => {
  it('is closed after its failures, whatever the accounts', () => {
    const { attempt, wait } = setUp()
    for (const account of ['a', 'b', 'c', 'd']) attempt('refused', '192.0.2.1', account)

    expect(wait('192.0.2.1', 'e')).toBe(MINUTE)
    expect(wait('192.0.2.1')).toBe(MINUTE)
    expect(wait('192.0.2.2', 'e')).toBe(0)
  })

  it('lets an office of eighty sign in', () => {
    const { attempt } = setUp()
    const allowed = Array.from({ length: 80 }, (_, i) => attempt('signed_in', '192.0.2.1', `p${i}`))

    expect(allowed).not.toContain(false)
    // The total is 20 times the limit for failures.
    expect(attempt('signed_in', '192.0.2.1', 'p80')).toBe(false)
  })

  it('is not forgiven its failures by a success of its own', () => {
    const { attempt } = setUp()
    for (const account of ['a', 'b', 'c', 'd']) {
      attempt('refused', '192.0.2.1', account)
      attempt('signed_in', '192.0.2.1', 'mallory')
    }

    expect(attempt('refused', '192.0.2.1', 'e')).toBe(false)
  })

  it('pays a burst off window by window', () => {
    const { limiter, from, clock, wait } = setUp()
    const verdicts = Array.from({ length: 30 }, (_, i) => limiter.begin(from('192.0.2.1', `p${i}`)))
    const allowed = verdicts.filter((verdict) => verdict.allowed)
    for (const verdict of allowed) verdict.settle('refused')

    expect(allowed).toHaveLength(20)
    expect(wait('192.0.2.1')).toBe(5 * MINUTE)
    clock.advance(5 * MINUTE)
    expect(wait('192.0.2.1')).toBe(0)
  })

  it('gets attempts back on which the provider gave no verdict', () => {
    const { attempt } = setUp()
    for (let i = 0; i < 60; i++) expect(attempt('undecided', '192.0.2.1', 'ada')).toBe(true)
  })

  it('settles an attempt once', () => {
    const { limiter, from, attempt } = setUp()
    const verdict = limiter.begin(from('192.0.2.1', 'ada'))
    if (!verdict.allowed) throw new Error('not allowed')
    verdict.settle('refused')
    verdict.settle('signed_in')
    verdict.settle('undecided')
    attempt('refused', '192.0.2.1', 'ada')

    expect(attempt('refused', '192.0.2.1', 'ada')).toBe(false)
  })

  it('is not closed longer than its window by a clock set back', () => {
    let now = Date.UTC(2030, 0, 1)
    const { attempt, wait } = setUp({ clock: { now: () => now, after: () => () => {} } })
    attempt('refused', '192.0.2.1', 'ada')
    attempt('refused', '192.0.2.1', 'ada')

    now -= 60 * MINUTE

    expect(wait('192.0.2.1', 'ada')).toBe(MINUTE)
  })
})

describe('the memory', () => {
  it('is bounded: what was unused for longest goes first', () => {
    const { attempt } = setUp({ capacity: 10, perAddress: 1000 })
    attempt('refused', '192.0.2.1', 'ada')
    attempt('refused', '192.0.2.1', 'ada')
    for (let i = 0; i < 9; i++) attempt('refused', '192.0.2.1', `p${i}`)

    expect(attempt('refused', '192.0.2.1', 'ada')).toBe(false)
    for (let i = 0; i < 10; i++) attempt('refused', '192.0.2.1', `q${i}`)
    expect(attempt('refused', '192.0.2.1', 'ada')).toBe(true)
  })

  it('shows nobody what was typed', () => {
    const { limiter, attempt } = setUp()
    attempt('refused', '192.0.2.1', 'hunter2-in-the-wrong-field')

    expect(inspect(limiter, { depth: 10, showHidden: true })).not.toContain('hunter2')
  })
})
