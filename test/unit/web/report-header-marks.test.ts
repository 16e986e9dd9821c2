import { describe, expect, it } from 'vitest'
import { createMarkers } from '../../../src/qa/leaks/markers.ts'
import { createRedactor } from '../../../src/qa/leaks/redact.ts'
import { bound } from '../../../src/qa/report/page/bound.ts'
import { pack, unpack } from '../../../src/qa/report/page/packed.ts'
import type { Mark, RunCall } from '../../../src/qa/run.ts'
import { headerMarks } from '../../../src/web/report/marks.ts'
import { sharedJarRun } from './report-runs.ts'

const AMPLE = { messages: 1e9, calls: 1e9, path: 1e9 }
const HEADERS = ['x-user', 'bob', 'x-tag', 'bob', 'set-cookie', 'of bob', 'set-cookie', 'of bob']

function callWith(marks: readonly Mark[]): RunCall {
  const [first] = sharedJarRun().calls
  if (!first) throw new Error('the run is empty')
  return { ...first, marks, response: { headers: HEADERS, body: '', cut: false } }
}

describe('a mark in a header', () => {
  it('lights the one that it means', () => {
    const call = callWith([
      { owner: 'bob', in: 'header', header: 3, at: 0, length: 3 },
      { owner: 'bob', in: 'set-cookie', header: 5, at: 3, length: 3 },
    ])

    const lit = [1, 3, 5, 7].map((at) => headerMarks(call, HEADERS, at).length)

    expect(lit).toEqual([0, 1, 1, 0])
  })

  it("lights every one with its owner's name where it does not tell", () => {
    const call = callWith([{ owner: 'bob', in: 'header', at: 0, length: 3 }])

    const lit = [1, 3, 5, 7].map((at) => headerMarks(call, HEADERS, at).length)

    expect(lit).toEqual([1, 1, 0, 0])
  })

  it('means the same one in a report', () => {
    const call = callWith([
      { owner: 'bob', in: 'header', header: 3, at: 0, length: 3 },
      { owner: 'bob', in: 'body', at: 0, length: 3 },
    ])

    const { calls } = unpack(pack(bound({ ...sharedJarRun(), calls: [call] }, AMPLE)))

    expect(calls[0]?.marks).toEqual(call.marks)
  })

  it('is told by the leak finder', () => {
    const markers = createMarkers()
    markers.add({ owner: 'bob', text: 'bob', kind: 'name' })

    const { marks } = createRedactor(markers).keep({ headers: HEADERS, body: '' }, () => true)

    expect(marks.map(({ header }) => header)).toEqual([1, 3, 5, 7])
  })
})
