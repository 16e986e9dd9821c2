// What is looked through is the text, unit for unit.
import { describe, expect, it } from 'vitest'
import { createUnits } from '../../../src/qa/record/units.ts'

describe('the units of a text', () => {
  it('are those of each text in turn, of any length and any letters', () => {
    const unitsOf = createUnits()
    const letters = 'aé€\u{1f600}\ud800\0'
    const lengths = [0, 1, 31, 32, 33, 7, 40_000, 12, 32 * 1024, 32 * 1024 + 1, 2]
    const texts = lengths.map((length) => letters.repeat(length / 7 + 1).slice(0, length))

    const read = texts.map((text) => String.fromCharCode(...unitsOf(text).subarray(0, text.length)))

    expect(read.map((text, nth) => text === texts[nth])).toEqual(lengths.map(() => true))
  })
})
