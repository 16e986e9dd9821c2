import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../../src/session/session.ts'
import { eventText, readEventText } from '../../../src/session/stores/redis-event-text.ts'
import { decodeRecord, encodeRecord } from '../../../src/session/stores/redis-record.ts'
import { createSkew } from '../../../src/session/stores/redis-skew.ts'
import { manualClock } from '../../support/clock.ts'
import { recordAt, storeKey } from '../../support/records.ts'

const KEY = storeKey('k'.repeat(43))
const moment = fc.integer({ min: 0, max: 4_000_000_000_000 })

const records = fc
  .record({
    revision: fc.integer({ min: 1, max: 2 ** 31 }),
    state: fc.constantFrom('active', 'pending', 'ended'),
    provider: fc.string(),
    sub: fc.string({ unit: 'binary' }),
    providerSid: fc.option(fc.string(), { nil: undefined }),
    device: fc.string(),
    createdAt: moment,
    seenAt: moment,
    idleAt: moment,
    endsAt: moment,
    sealed: fc.uint8Array({ maxLength: 3000 }),
  })
  .map(
    ({ state, providerSid, sealed, ...rest }): SessionRecord => ({
      ...recordAt(0),
      ...rest,
      state: state as SessionRecord['state'],
      ...(providerSid === undefined ? {} : { providerSid }),
      ...(state === 'ended' ? { reason: 'revoked', sealed: new Uint8Array(0) } : { sealed }),
    }),
  )

describe('a record as a value of Redis', () => {
  it('comes back whole, whatever is in it', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(decodeRecord(KEY, encodeRecord(KEY, record))).toStrictEqual(record)
      }),
    )
  })

  it('is nothing under another key, and nothing when it was cut off before its sealed bytes', () => {
    fc.assert(
      fc.property(records, fc.nat(), (record, at) => {
        const value = encodeRecord(KEY, record)
        const rest = record.state === 'ended' ? 7 : record.sealed.length
        const cut = at % (value.length - rest)

        expect(decodeRecord(storeKey('other'), value)).toBeUndefined()
        expect(decodeRecord(KEY, value.subarray(0, cut))).toBeUndefined()
      }),
    )
  })
})

describe('an event as one text', () => {
  it('comes back as it was, and what nobody of ours wrote does not', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (topic, message) => {
        expect(readEventText(eventText(topic, message))).toEqual({ topic, message })
      }),
    )
    for (const text of ['', 'hello', '9:short', ':x']) expect(readEventText(text)).toBeUndefined()
  })
})

describe('the difference between two clocks', () => {
  it('is nothing until it is more than the way there and back can be', () => {
    const clock = manualClock(1_000_000)
    const skew = createSkew(clock)
    const timeAt = (ms: number) => [Buffer.from(`${Math.floor(ms / 1000)}`), Buffer.from('0')]

    skew.measure(1_000_000, timeAt(1_000_000))
    expect(skew.ms).toBe(0)
    skew.measure(1_000_000, timeAt(1_060_000))
    expect(skew.ms).toBe(60_000)
    clock.advance(100)
    skew.measure(1_000_000, timeAt(1_060_000))
    expect(skew.ms).toBe(60_000)
    skew.measure(1_000_000, 'nonsense')
    expect(skew.ms).toBe(60_000)
  })
})
