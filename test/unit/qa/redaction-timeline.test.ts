// What is told of a call while somebody watches shows no more of its path than a recording does.
import { describe, expect, it } from 'vitest'
import type { CallSeen } from '../../../src/proxy/observe.ts'
import { createTextRedactor } from '../../../src/qa/record/redact-text.ts'
import { createSecretBook } from '../../../src/qa/record/secret-book.ts'
import { createTimeline } from '../../../src/qa/timeline.ts'
import { createTimelineObserver } from '../../../src/qa/timeline-observe.ts'

const NOTHING = { bytes: Buffer.alloc(0), size: 0 }

function pathToldOf(url: string): string | undefined {
  const book = createSecretBook()
  book.add('Sommer2026!', '{{bob.password}}')
  const timeline = createTimeline({ now: () => 5, after: () => () => {} })
  const observer = createTimelineObserver({
    timeline,
    reader: { read: () => ({ kind: 'none' }) } as never,
    texts: createTextRedactor(book, []),
    madeFor: () => undefined,
    madeAs: () => undefined,
    called: () => {},
  })
  const seen: CallSeen = {
    requestId: 'x',
    route: '/api/*',
    method: 'GET',
    url,
    origin: 'http://localhost:3000',
    startedAt: 3,
    endedAt: 5,
    began: 0,
    ended: 1,
    session: undefined,
    requestHeaders: [],
    requestBody: NOTHING,
    status: 200,
    responseHeaders: [],
    responseBody: NOTHING,
    cut: undefined,
  }
  observer.call?.(seen)
  const [event] = timeline.recent()
  return event?.kind === 'call' ? event.path : undefined
}

describe('the path of a call', () => {
  it.each([
    ['/api/x;token=upstreamsecret4', '/api/x;token={{nobody.token}}'],
    ['/api/token=secret5/password=secret6', '/api/token={{nobody.token}}'],
    ['/api/of/Sommer2026%21/x', '/api/of/{{bob.password}}/x'],
    ['/a%3Ftoken%3Dsecret7', '%2Fa%3Ftoken%3D{{nobody.token}}'],
    [`/api/${'aB3x'.repeat(9)}`, '/api/{{hidden}}'],
    [`/api/${'a.b%'.repeat(10)}`, '/api/…'],
    ['/api/user?token=secret8', '/api/user'],
    ['/api/notes/7', '/api/notes/7'],
  ])('%s is told as %s', (url, told) => {
    expect(pathToldOf(url)).toBe(told)
  })

  it('is told in part where it is long', () => {
    expect(pathToldOf(`/api${'/a'.repeat(300)}`)).toHaveLength(200)
  })
})
