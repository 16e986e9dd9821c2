import { describe, expect, it } from 'vitest'
import { isJournal, rowsOf, type SeenCall, tally } from '../../../src/web/demo/journal.ts'

describe('the rows of a journal', () => {
  it('puts calls that look the same together where they follow each other', () => {
    const calls = [
      seen({ at: 5, ms: 1 }),
      seen({ at: 4, ms: 7 }),
      seen({ at: 3, path: '/refresh' }),
      seen({ at: 2 }),
    ]

    const rows = rowsOf(calls)

    expect(rows.map(({ at, path, times, ms }) => [at, path, times, ms])).toEqual([
      [5, '/user', 2, 7],
      [3, '/refresh', 1, 2],
      [2, '/user', 1, 2],
    ])
  })

  it.each([
    { owner: 'bob' },
    { token: 'zzzz' },
    { status: 401 },
    { cookie: true },
    { method: 'PUT' },
  ])('keeps apart what differs in %o', (difference) => {
    expect(rowsOf([seen({}), seen(difference)])).toHaveLength(2)
  })
})

describe('a tally', () => {
  it("counts one person's good answers and refreshes from a moment on", () => {
    const calls = [
      seen({ at: 30 }),
      seen({ at: 25, status: 401 }),
      seen({ at: 22, owner: 'bob' }),
      seen({ at: 21, path: '/notes' }),
      seen({ at: 20, path: '/refresh' }),
      seen({ at: 20, path: '/refresh', owner: 'bob' }),
      seen({ at: 19 }),
    ]

    expect(tally(calls, { owner: 'alice', path: '/user', since: 20 })).toEqual({
      answers: 1,
      refreshes: 1,
    })
  })

  it('counts a refresh that failed as one', () => {
    const calls = [seen({ path: '/refresh', status: 500 }), seen({ path: '/refresh' })]

    expect(tally(calls, { owner: 'alice', path: '/user', since: 0 }).refreshes).toBe(2)
  })
})

it.each([[undefined], [{}], ['[]'], [[null]], [[{ at: 1 }]]])('takes %j for no journal', (body) => {
  expect(isJournal(body)).toBe(false)
})

function seen(differing: Partial<SeenCall>): SeenCall {
  const usual = { at: 1, method: 'GET', path: '/user', owner: 'alice', token: 'a1b2' }
  return { ...usual, cookie: false, status: 200, ms: 2, ...differing }
}
