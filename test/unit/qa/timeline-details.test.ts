// Details of calls are there for a minute: for whoever watches, and for a page that is loaded anew.
import { expect, it } from 'vitest'
import { createObservers } from '../../../src/proxy/observe.ts'
import { createCallDetails } from '../../../src/qa/timeline-details.ts'
import { manualClock } from '../../support/clock.ts'

const SECOND = 1000
const NONE = { bytes: Buffer.alloc(0), size: 0 }

function setUp() {
  const clock = manualClock()
  const observers = createObservers()
  const details = createCallDetails({
    observers,
    clock,
    bodyBytes: 100,
    lineOf: ({ requestId }) => `line of ${requestId}`,
    failed: (error) => {
      throw error
    },
  })
  const pass = (requestId: string) =>
    observers.call({
      requestId,
      route: '/api',
      method: 'GET',
      url: '/api/user',
      origin: 'http://localhost:3000',
      startedAt: clock.now(),
      endedAt: clock.now(),
      began: observers.next(),
      ended: observers.next(),
      session: undefined,
      requestHeaders: [],
      requestBody: NONE,
      status: 200,
      responseHeaders: [],
      responseBody: NONE,
      cut: undefined,
    })
  return { clock, observers, details, pass }
}

it('what the last one to look saw is there for a whole minute, whoever left before', () => {
  const { clock, details, pass } = setUp()
  const leaveFirst = details.watch()
  leaveFirst()
  clock.advance(50 * SECOND)
  const leaveSecond = details.watch()
  pass('a')
  leaveSecond()

  clock.advance(11 * SECOND)

  expect(details.of('a')).toBe('line of a')
  expect([...details.all().keys()]).toEqual(['a'])
})

it('nothing is there after a minute, though somebody watches and nothing else has passed', () => {
  const { clock, details, pass } = setUp()
  details.watch()
  pass('a')

  clock.advance(59 * SECOND)
  const before = details.of('a')
  clock.advance(SECOND)

  expect(before).toBe('line of a')
  expect(details.of('a')).toBeUndefined()
})

it('nothing is gathered a minute after the last one left', () => {
  const { clock, observers, details } = setUp()
  const leaving = [details.watch(), details.watch()]

  for (const leave of leaving) leave()
  clock.advance(59 * SECOND)
  const before = observers.watching
  clock.advance(SECOND)

  expect([before, observers.watching]).toEqual([true, false])
})
