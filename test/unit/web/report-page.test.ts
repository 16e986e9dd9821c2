import { describe, expect, it } from 'vitest'
import type { Kind } from '../../../src/qa/report/page/words.ts'
import { bodyPieces, pieces, sameMarkers } from '../../../src/web/report/marks.ts'
import { matcher } from '../../../src/web/report/matcher.ts'
import { rowsInSight, scrollFor } from '../../../src/web/report/rows.ts'
import { marksOf, profileBody, replayRun, sharedJarRun } from './report-runs.ts'

describe('a lit text', () => {
  it('is cut where markers begin and end, and loses nothing', () => {
    expect(pieces('hello bob, hello', [{ at: 6, length: 3, owner: 'bob' }])).toEqual([
      { text: 'hello ' },
      { text: 'bob', owner: 'bob' },
      { text: ', hello' },
    ])
  })

  it.each([
    [[{ at: -5, length: 1e9, owner: 'x' }]],
    [[{ at: 4, length: 90, owner: 'x' }]],
    [[{ at: 90, length: 4, owner: 'x' }]],
    [[{ at: Number.NaN, length: 4, owner: 'x' }]],
    [[{ at: 2, length: -4, owner: 'x' }]],
    [
      [
        { at: 0, length: 6, owner: 'x' },
        { at: 3, length: 6, owner: 'y' },
      ],
    ],
  ])('bears markers that lie: %o', (marks) => {
    const text = pieces('hello bob', marks).map((piece) => piece.text)

    expect(text.join('')).toBe('hello bob')
  })

  it('sets JSON out in lines, its markers still on their words', () => {
    const body = profileBody('bob', { bio: 'a "quoted, {word}"', empty: {}, none: [] })

    const found = bodyPieces(body, marksOf(body, 'bob'))

    const text = found.map((piece) => piece.text).join('')
    expect(JSON.parse(text)).toEqual(JSON.parse(body))
    expect(text.split('\n').length).toBeGreaterThan(10)
    expect(found.filter(({ owner }) => owner).map((piece) => piece.text)).toEqual([
      'bob',
      'bob@example.org',
    ])
  })

  it('sets out JSON that was cut in the middle of a string', () => {
    const body = '{"a":[1,{"name":"bob smi'

    const found = bodyPieces(body, [{ at: 17, length: 3, owner: 'bob' }])

    expect(
      found
        .map((piece) => piece.text)
        .join('')
        .replace(/\s/g, ''),
    ).toBe('{"a":[1,{"name":"bobsmi')
    expect(found.find(({ owner }) => owner)?.text).toBe('bob')
  })

  it('leaves alone what is no JSON in one line', () => {
    expect(bodyPieces('<b>{a, b}</b>', [])).toEqual([{ text: '<b>{a, b}</b>' }])
    expect(bodyPieces('{\n  "a": 1\n}', [])).toEqual([{ text: '{\n  "a": 1\n}' }])
  })

  it('finds in one text what was lit in another', () => {
    const from = 'I am bob'

    const found = sameMarkers('bob and bob', from, [{ at: 5, length: 3, owner: 'bob' }])

    expect(found.map(({ at }) => at)).toEqual([0, 8])
  })
})

describe('a filter', () => {
  const { calls } = sharedJarRun()
  const any = { user: '', phase: '', path: '', kinds: new Set<never>() }

  it('lets everything through while nothing is asked', () => {
    expect(calls.filter(matcher(any))).toHaveLength(400)
  })

  it('takes all that is asked together', () => {
    const found = calls.filter(
      matcher({ user: 'bob', phase: 'steady', path: 'NOTES', kinds: new Set(['own']) }),
    )

    expect(found.length).toBeGreaterThan(0)
    for (const { user, phase, path, outcome } of found) {
      expect([user, phase, outcome]).toEqual(['bob', 'steady', 'own'])
      expect(path).toContain('notes')
    }
  })

  it('keeps apart what a replay found to be different, or mended, and the rest', () => {
    const { calls } = replayRun()
    const found = (kind: Kind) =>
      calls.filter(matcher({ ...any, kinds: new Set([kind]) })).map(({ n }) => n)

    expect(found('different')).toEqual([5, 6, 7])
    expect(found('mended')).toEqual([8, 9])
    expect(found('own')).toEqual([0, 1, 2, 3, 4])
    expect(found('plain')).toEqual([])
  })

  it("shows a user's data in the hands of others, too", () => {
    const found = calls.filter(matcher({ ...any, user: 'bob', kinds: new Set(['foreign']) }))

    expect(found.some(({ owner }) => owner === 'bob')).toBe(true)
    expect(found.every(({ owner, user }) => owner === 'bob' || user === 'bob')).toBe(true)
  })
})

describe('the rows in sight', () => {
  it.each([
    [0, { from: 0, to: 28 }],
    [34_000, { from: 992, to: 1028 }],
    [339_320, { from: 9972, to: 10_000 }],
  ])('are a window around what is scrolled to, %d px down', (top, rows) => {
    expect(rowsInSight(top, 680, 34, 10_000)).toEqual(rows)
  })

  it('are none of none, and all of few', () => {
    expect(rowsInSight(0, 680, 34, 0)).toEqual({ from: 0, to: 0 })
    expect(rowsInSight(9999, 680, 34, 3)).toEqual({ from: 3, to: 3 })
    expect(rowsInSight(0, 680, 34, 3)).toEqual({ from: 0, to: 3 })
  })

  it('are scrolled to only when they are out of sight', () => {
    expect(scrollFor(5, 0, 680, 34)).toBe(0)
    expect(scrollFor(2, 340, 680, 34)).toBe(68)
    expect(scrollFor(40, 0, 680, 34)).toBe(714)
  })
})
