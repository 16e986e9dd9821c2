import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { COLOURS } from '../../../src/config/schema-qa.ts'
import { badgeColour } from '../../../src/qa/badge-colours.ts'
import { benchStates } from '../../../src/qa/sessions-states.ts'
import { tiles } from '../../../src/qa/tiles.ts'
import type { CallEvent } from '../../../src/qa/timeline-events.ts'
import { createCallLog } from '../../../src/web/qa/call-log.ts'
import { eventsIn } from '../../../src/web/qa/event-stream.ts'
import { type SpecCall, specOf } from '../../../src/web/qa/spec.ts'
import { openWindows } from '../../../src/web/qa/windows.ts'
import { agoText, leftText, pillOf, putText, STATES } from '../../../src/web/qa/words.ts'

describe('the colours of personas', () => {
  const css = readFileSync(new URL('../../../src/web/styles/palette.css', import.meta.url), 'utf8')

  it.each([...COLOURS, 'gray'])('%s is the same in a badge as on the page', (colour) => {
    const block = css.slice(css.indexOf(`[data-colour="${colour}"]`))
    const [, light] = /--person: light-dark\((#[0-9a-f]{6}),/.exec(block) ?? []

    expect(css).toContain(`[data-colour="${colour}"]`)
    expect(badgeColour(colour)).toBe(light)
  })
})

describe('words', () => {
  it('there are for every state that the bench knows', () => {
    expect(STATES.map(([state]) => state)).toEqual(benchStates)
  })

  it.each([
    [null, 'absent'],
    [{ ref: 'r', state: 'pending' }, 'pending'],
    [{ ref: 'r', state: 'active' }, 'active'],
    [{ ref: 'r', state: 'idle' }, 'idle'],
    [{ ref: 'r', state: 'ended', reason: 'signed_out' }, 'signed out'],
    [{ ref: 'r', state: 'ended', reason: 'token_expired' }, 'ended'],
    [{ ref: 'r', state: 'absent' }, 'absent'],
  ] as const)('a session %j is %s', (session, word) => {
    expect(pillOf(session).word).toBe(word)
  })

  it.each([
    [{ ref: 'r', state: 'active', put: 'revoked-upstream' }, 'put: revoked upstream'],
    [{ ref: 'r', state: 'idle', put: 'idle' }, undefined],
    [{ ref: 'r', state: 'active' }, undefined],
  ] as const)('what was done to %j is said as %j', (session, words) => {
    expect(putText(session)).toBe(words)
  })

  it.each([
    [-1, '0:00'],
    [1, '0:01'],
    [59_000, '0:59'],
    [3_599_000, '59:59'],
    [3_600_000, '1 h 00 m'],
    [47 * 3_600_000, '47 h 00 m'],
    [167.5 * 3_600_000, '6 d 23 h'],
  ])('%d ms are left as %s', (ms, text) => {
    expect(leftText(ms)).toBe(text)
  })

  it('a call was a while ago', () => {
    expect([0, 5000, 120_000, 7_200_000].map(agoText)).toEqual([
      'just now',
      '5 s ago',
      '2 min ago',
      '2 h ago',
    ])
  })
})

describe('windows', () => {
  const screen = { left: 0, top: 20, width: 1201, height: 800 }

  it.each([1, 2, 3, 4, 5, 7])('%d of them stand side by side, and none on another', (many) => {
    const all = tiles(many, screen)

    expect(all).toHaveLength(many)
    for (const [index, one] of all.entries()) {
      expect(one.left).toBeGreaterThanOrEqual(screen.left)
      expect(one.left + one.width).toBeLessThanOrEqual(screen.left + screen.width)
      expect(one.top + one.height).toBeLessThanOrEqual(screen.top + screen.height)
      for (const other of all.slice(index + 1)) {
        const beside = one.left + one.width <= other.left || other.left + other.width <= one.left
        const above = one.top + one.height <= other.top || other.top + other.height <= one.top
        expect(beside || above).toBe(true)
      }
    }
  })

  it('open before anything is awaited: after that a browser would block them', async () => {
    const order: string[] = []

    const opening = openWindows(['alice', 'bob'], {
      area: screen,
      open: (url) => {
        order.push(url)
        return null
      },
      linkFor: async (name) => {
        order.push(name)
        return name === 'bob'
          ? { kind: 'refused', words: 'bob cannot sign in' }
          : { kind: 'ok', body: { url: `http://${name}.localhost` } }
      },
    })
    const atOnce = [...order]
    const { blocked, refused } = await opening

    expect(atOnce.slice(0, 2)).toEqual(['about:blank', 'about:blank'])
    expect(order).toEqual(['about:blank', 'about:blank', 'alice', 'bob'])
    expect(blocked).toEqual([{ name: 'alice', url: 'http://alice.localhost' }])
    expect(refused).toEqual(['bob cannot sign in'])
  })
})

const event = (id: string, changes: Partial<CallEvent> = {}): CallEvent => ({
  kind: 'call',
  id,
  at: 10_000,
  ms: 5,
  persona: 'alice',
  method: 'GET',
  path: '/api/user',
  status: 200,
  ...changes,
})

describe('the log of calls', () => {
  it('takes each once, and forgets what is old', () => {
    const log = createCallLog(0)
    for (const one of [event('a'), event('b', { at: 20_000 }), event('a')]) log.add(one)

    const before = log.calls.length
    log.forget(15_000)

    expect(before).toBe(2)
    expect(log.calls.map((seen) => seen.event.id)).toEqual(['b'])
  })

  it.each(['call first', 'leak first'])('knows whose an answer was, %s', (order) => {
    const log = createCallLog(0)
    const leak = {
      kind: 'leak',
      id: 'a',
      at: 1,
      route: '/api/*',
      stopped: true,
      asker: 'alice',
      owner: 'bob',
    } as const
    const both = [event('a', { status: 500, problem: 'leak_prevented' }), leak]

    for (const one of order === 'call first' ? both : both.toReversed()) log.add(one)

    expect(log.calls.map(({ run }) => run)).toMatchObject([
      { user: 'alice', owner: 'bob', outcome: 'foreign' },
    ])
  })

  it.each([
    [{}, 'own'],
    [{ status: 0 }, 'failed'],
    [{ cut: 'ECONNRESET' }, 'failed'],
    [{ status: 401, problem: 'session_idle' }, 'thrown_out'],
    [{ path: '/auth/session' }, 'plain'],
  ])('gives %j the shape of %s', (changes, outcome) => {
    const log = createCallLog(0)
    log.add(event('a', changes))

    expect(log.calls[0]?.run.outcome).toBe(outcome)
  })

  it('keeps the same object for a call, so that it stays picked', () => {
    const log = createCallLog(0)
    log.add(event('a'))
    const [before] = log.calls
    log.add(event('b'))

    expect(log.calls[0]?.run).toBe(before?.run)
  })
})

it('events are read however they are cut into pieces', async () => {
  const text = ': hello\n\nevent: call\ndata: {"a":1}\n\ndata: {"ü":\ndata: 2}\r\n\r\ndata: {"half'
  const bytes = new TextEncoder().encode(text)

  for (const size of [1, 3, 1000]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.slice(index * size, (index + 1) * size),
    )
    const seen: unknown[] = []
    for await (const one of eventsIn(ReadableStream.from(pieces) as ReadableStream)) seen.push(one)

    expect(seen).toEqual([{ a: 1 }, { ü: 2 }])
  }
})

describe('a test for Playwright', () => {
  const options = { origin: 'http://localhost:3000', hasToken: false, seenAt: 'today' }
  const call = (changes: Partial<SpecCall> = {}): SpecCall => ({
    persona: 'alice',
    method: 'GET',
    path: '/api/user',
    startedAt: 0,
    endedAt: 10,
    status: 200,
    ...changes,
  })

  it('is none where no persona called', () => {
    expect(specOf([], options)).toBeUndefined()
    expect(specOf([call({ status: 0 })], options)).toBeUndefined()
  })

  it('plays together what was under way together, and the rest in order', () => {
    const spec = specOf(
      [
        call({ path: '/third', startedAt: 20, endedAt: 25 }),
        call({ path: '/first', startedAt: 0, endedAt: 10 }),
        call({ persona: 'bob', path: '/second', startedAt: 5, endedAt: 15 }),
      ],
      options,
    )

    const [together = '', after = ''] = spec?.split('await Promise.all([')[1]?.split('])') ?? []
    expect(together).toMatch(/alice\.get\('\/first'\)[\s\S]*bob\.get\('\/second'\)/)
    expect(after).toContain("alice.get('/third')")
  })

  it('says once what a page asked again and again, until something was written', () => {
    const spec =
      specOf(
        [
          ...[0, 100, 200].map((startedAt) => call({ startedAt, endedAt: startedAt + 1 })),
          call({ method: 'DELETE', startedAt: 300, endedAt: 301, status: 204 }),
          call({ startedAt: 400, endedAt: 401 }),
        ],
        options,
      ) ?? ''

    expect(spec.match(/alice\.get\(/g)).toHaveLength(2)
    expect(spec).toContain('// And 2 more of GET /api/user, answered the same.')
  })

  it('fails where an answer is somebody else’s again', () => {
    const foreign = { owner: 'bob', stopped: true }
    const spec = specOf([call({ status: 500, foreign })], options)

    expect(spec).toContain(".not.toBe('leak_prevented')")
    expect(spec).toContain(".not.toContain('bob')")
    expect(spec).not.toContain('toBe(500)')
  })

  it('has no code in it that a browser sent', () => {
    const nasty = "/a'); process.exit(); ('\\\n\u2028*/`"
    const spec = specOf(
      [call({ path: nasty, method: "X'Y", body: { type: "t'", text: nasty } })],
      options,
    )

    const strings = spec?.match(/'(?:[^'\\\n\u2028]|\\.)*'/g) ?? []
    const code = strings.reduce((rest, string) => rest.replace(string, "''"), spec ?? '')
    expect(code).not.toContain('process.exit')
    expect(code).not.toContain('\u2028')
  })

  it('names its personas as a script can, and none as Playwright’s own', () => {
    const spec = specOf([call({ persona: 'page' }), call({ persona: 'north-2' })], options) ?? ''

    expect(spec).toContain('async ({ page_, north2 }) =>')
    expect(spec).toContain("signedIn(playwright, 'north-2', use)")
  })

  it('brings the token of the bench, from the environment', () => {
    expect(specOf([call()], { ...options, hasToken: true })).toContain(
      'extraHTTPHeaders: { authorization: `Bearer $',
    )
  })
})
