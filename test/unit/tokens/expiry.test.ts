import { describe, expect, it, vi } from 'vitest'
import { expiryOf, refreshAheadMs, retryAfterSeconds } from '../../../src/tokens/expiry.ts'

const now = Date.UTC(2030, 0, 1)
const MINUTE = 60_000
const TEN_MINUTES = now + 10 * MINUTE
const seconds = (at: number) => at / 1000

describe('an expiry', () => {
  it.each([
    ['seconds from now', 600],
    ['seconds from now as text', '600'],
    ['UNIX seconds', seconds(TEN_MINUTES)],
    ['UNIX seconds as text', String(seconds(TEN_MINUTES))],
    ['UNIX milliseconds', TEN_MINUTES],
    ['an ISO date-time', '2030-01-01T00:10:00Z'],
    ['an ISO date-time with an offset', '2030-01-01T05:40:00+05:30'],
    ['an ISO date-time without an offset', '2030-01-01T00:10:00'],
    ['an SQL date-time', '2030-01-01 00:10:00.000'],
  ])('is taken from %s', (_, told) => {
    expect(expiryOf(told, undefined, now)).toBe(TEN_MINUTES)
  })

  it('without an offset is UTC, whatever the zone of the machine', () => {
    vi.stubEnv('TZ', 'Asia/Kolkata')
    try {
      expect(expiryOf('2030-01-01T00:10:00', undefined, now)).toBe(TEN_MINUTES)
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('is whole milliseconds where the answer has a fraction of seconds', () => {
    expect(expiryOf(seconds(TEN_MINUTES) + 0.1234, undefined, now)).toBe(TEN_MINUTES + 123)
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['zero', 0],
    ['a negative number', -600],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['words', 'soon'],
    ['an empty text', ''],
    ['a day without a time', '2030-02-01'],
    ['no such day', '2030-13-41T00:00:00Z'],
    ['a moment in the past', seconds(now) - 1],
    ['this very moment', seconds(now)],
    ['more than ten years ahead', seconds(now) + 11 * 365 * 24 * 3600],
    ['milliseconds from now, taken for seconds', 6e8],
    ['an object', { seconds: 600 }],
    ['true', true],
  ])("is the JWT's where the answer says %s", (_, told) => {
    expect(expiryOf(told, seconds(TEN_MINUTES), now)).toBe(TEN_MINUTES)
    expect(expiryOf(told, undefined, now)).toBeUndefined()
  })

  it("is the JWT's where the answer is wrong by a UTC offset", () => {
    for (const hours of [-12, -5, 1, 5.5, 14]) {
      const told = seconds(TEN_MINUTES) + hours * 3600
      expect(expiryOf(told, seconds(TEN_MINUTES), now)).toBe(TEN_MINUTES)
    }
  })

  it("is the answer's where the two are within a minute", () => {
    expect(expiryOf(600, seconds(TEN_MINUTES) + 60, now)).toBe(TEN_MINUTES)
    expect(expiryOf(600, seconds(TEN_MINUTES) + 60.001, now)).toBe(TEN_MINUTES + 60_001)
  })

  it.each([
    ['in the past', seconds(now) - 1],
    ['never', undefined],
    ['in milliseconds', TEN_MINUTES],
    ['text', String(seconds(TEN_MINUTES))],
  ])("is the answer's where the JWT's is %s", (_, exp) => {
    expect(expiryOf(600, exp, now)).toBe(TEN_MINUTES)
    expect(expiryOf(undefined, exp, now)).toBeUndefined()
  })
})

describe('a token is renewed ahead of its expiry', () => {
  it.each([
    [7 * 24 * 60 * MINUTE, 30_000],
    [10 * MINUTE, 30_000],
    [2 * MINUTE, 30_000],
    [MINUTE, 15_000],
    [10_000, 2500],
    [1000, 250],
    [3, 0],
    [0, 0],
    [-5000, 0],
    [Number.POSITIVE_INFINITY, 30_000],
  ])('with a life of %d ms, by %d ms', (life, ahead) => {
    expect(refreshAheadMs(life)).toBe(ahead)
  })
})

describe('Retry-After', () => {
  it.each([
    ['120', 120],
    ['0', 0],
    ['99999999', 86_400],
    ['Tue, 01 Jan 2030 00:02:00 GMT', 120],
    ['Mon, 31 Dec 2029 23:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('%j is %j seconds', (value, wait) => {
    expect(retryAfterSeconds(value, now)).toBe(wait)
  })
})
