import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
} from '../../../src/config/durations.ts'

describe('durations and sizes', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['2m', 120_000],
    ['12h', 43_200_000],
    ['7d', 604_800_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each([
    ['10B', 10],
    ['64KiB', 65_536],
    ['1MiB', 1_048_576],
    ['10MB', 10_000_000],
    ['1GiB', 1_073_741_824],
  ])('reads %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })

  it.each(['30', '', 's', '1.5h', '-1s', '1 s', '1S', '1w', '9999999999999d', '1constructor'])(
    'does not guess what %j means',
    (text) => {
      expect(parseDuration(text)).toBeUndefined()
      expect(parseSize(text)).toBeUndefined()
    },
  )

  it('writes what it reads back as the same amount', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 12 - 1 }), (amount) => {
        expect(parseDuration(formatDuration(amount))).toBe(amount)
        expect(parseSize(formatSize(amount))).toBe(amount)
      }),
      { seed: 1 },
    )
  })

  it('writes the shortest form', () => {
    expect(formatDuration(43_200_000)).toBe('12h')
    expect(formatDuration(90_000)).toBe('90s')
    expect(formatSize(65_536)).toBe('64KiB')
  })
})
