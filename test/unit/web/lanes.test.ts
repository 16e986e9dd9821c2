import { describe, expect, it } from 'vitest'
import type { RunCall } from '../../../src/qa/run.ts'
import { hit } from '../../../src/web/lanes/hit.ts'
import { readyLanes } from '../../../src/web/lanes/lanes-run.ts'
import { type Dot, layOut, measure, momentAt, scaleOf } from '../../../src/web/lanes/layout.ts'
import { shapeOf } from '../../../src/web/lanes/shapes.ts'
import { pan, reveal, ticks, zoom } from '../../../src/web/lanes/view.ts'
import { nextSought, walk } from '../../../src/web/lanes/walk.ts'
import { cleanRun, replayRun, sharedJarRun } from './report-runs.ts'

const people = [
  { name: 'alice', colour: 'violet' },
  { name: 'bob', colour: 'green' },
]

const WHOLE = { from: 0, to: 1000 }

describe('a view', () => {
  it('keeps the moment under the pointer where it is while it zooms', () => {
    expect(zoom({ from: 0, to: 1000 }, 0.5, 250, WHOLE)).toEqual({ from: 125, to: 625 })
  })

  it('never leaves the run, and never ends up empty', () => {
    expect(zoom({ from: 0, to: 500 }, 10, 100, WHOLE)).toEqual(WHOLE)
    expect(pan({ from: 100, to: 300 }, -500, WHOLE)).toEqual({ from: 0, to: 200 })
    expect(pan({ from: 100, to: 300 }, 5000, WHOLE)).toEqual({ from: 800, to: 1000 })
    const deepest = zoom({ from: 0, to: 3 }, 1e-9, 1, WHOLE)
    expect(deepest.to - deepest.from).toBeCloseTo(2)
  })

  it('moves only as far as it takes to show a moment', () => {
    expect(reveal({ from: 0, to: 100 }, 50, WHOLE)).toEqual({ from: 0, to: 100 })
    expect(reveal({ from: 0, to: 100 }, 200, WHOLE)).toEqual({ from: 110, to: 210 })
    expect(reveal({ from: 500, to: 600 }, 0, WHOLE)).toEqual({ from: 0, to: 100 })
  })

  it.each([
    [{ from: 0, to: 1000 }, ['0 ms', '200 ms', '400 ms', '600 ms', '800 ms', '1.0 s']],
    [{ from: 0, to: 5000 }, ['0 s', '1 s', '2 s', '3 s', '4 s', '5 s']],
    [
      { from: 10, to: 11.2 },
      ['10.0 ms', '10.2 ms', '10.4 ms', '10.6 ms', '10.8 ms', '11.0 ms', '11.2 ms'],
    ],
  ])('has ticks at round moments: %o', (view, labels) => {
    expect(ticks(view, 600, 90).map(({ label }) => label)).toEqual(labels)
  })

  it('has no ticks where there is no time or no room', () => {
    expect(ticks({ from: 5, to: 5 }, 600, 90)).toEqual([])
    expect(ticks({ from: 0, to: 1000 }, 0, 90).length).toBeLessThan(10)
  })
})

describe('the lanes of a run', () => {
  it('stand a lane for each user in their order, and below them whoever else called', () => {
    const calls = [call({ user: 'zoe' }), call({ user: 'bob' })]

    const run = readyLanes({ users: people, phases: [], calls })

    expect(run.users.map(({ name }) => name)).toEqual(['alice', 'bob', 'zoe'])
    expect(run.calls.map(({ lane }) => lane)).toEqual([2, 1])
  })

  it('lead an arrow from the last call of the owner to the one that received the answer', () => {
    const calls = [
      call({ n: 0, user: 'bob', startMs: 0, endMs: 100 }),
      call({ n: 1, user: 'bob', startMs: 150, endMs: 300 }),
      call({ n: 2, user: 'alice', startMs: 350, endMs: 500, outcome: 'foreign', owner: 'bob' }),
    ]
    const run = readyLanes({ users: people, phases: [], calls })
    const box = measure(2, 800)

    const { arrows } = layOut(run, run.whole, box)

    const xOf = scaleOf(run.whole, box)
    expect(arrows).toHaveLength(1)
    expect(arrows[0]).toMatchObject({ call: calls[2], count: 1 })
    expect(arrows[0]?.from.x).toBeCloseTo(xOf(300))
    expect(arrows[0]?.to.x).toBeCloseTo(xOf(500))
    expect(arrows[0]?.from.y).toBeGreaterThan(arrows[0]?.to.y ?? 0)
  })

  it('lead no arrow from an owner without a lane, nor from a call of another phase', () => {
    const strange = call({ user: 'alice', outcome: 'foreign', owner: 'nobody' })
    const later = call({ n: 1, user: 'alice', phase: 'later', outcome: 'foreign', owner: 'bob' })
    const earlier = call({ n: 2, user: 'bob', phase: 'earlier' })

    const run = readyLanes({ users: people, phases: [], calls: [strange, earlier, later] })

    const froms = run.calls.map(({ call: { n }, from }) => [n, from])
    expect(froms).toContainEqual([0, undefined])
    expect(froms).toContainEqual([1, { lane: 1 }])
  })

  it('show calls at the same moment beside each other, and what looks the same on a spot once', () => {
    const together = Array.from({ length: 3 }, (_, n) => call({ n, startMs: 10, endMs: 50 }))
    const many = Array.from({ length: 500 }, (_, n) => call({ n, startMs: 10, endMs: 50 }))

    const few = dotsOf(together)
    const crowd = dotsOf(many)

    expect(new Set(few.map(({ y }) => y)).size).toBe(3)
    expect(crowd.length).toBeLessThan(10)
    expect(crowd.reduce((sum, { count }) => sum + count, 0)).toBe(500)
  })

  it('never hides a foreign answer behind good ones', () => {
    const many = Array.from({ length: 500 }, (_, n) => call({ n, startMs: 10, endMs: 50 }))
    const foreign = call({ n: 500, endMs: 50, outcome: 'foreign', owner: 'bob' })

    const dots = dotsOf([...many, foreign])

    expect(dots.filter(({ shape }) => shape === 'diamond')).toHaveLength(1)
  })

  it('move no dot up or down while the view pans', () => {
    const run = readyLanes(sharedJarRun())
    const box = measure(4, 900)
    const here = layOut(run, { from: 1000, to: 2000 }, box)
    const there = layOut(run, { from: 1200, to: 2200 }, box)

    const heights = new Map(here.dots.map((dot) => [dot.call.n, dot.y]))
    const shared = there.dots.filter(({ call: { n } }) => heights.has(n))

    expect(shared.length).toBeGreaterThan(20)
    for (const {
      call: { n },
      y,
    } of shared)
      expect(y).toBe(heights.get(n))
  })

  it('hold only what is in view', () => {
    const run = readyLanes(cleanRun(30_000))
    const box = measure(50, 1000)

    const frame = layOut(run, { from: 5000, to: 5200 }, box)

    expect(frame.dots.length).toBeGreaterThan(50)
    expect(frame.dots.length).toBeLessThan(600)
    expect(frame.phases.map(({ title }) => title)).toEqual(['One after another'])
    expect(layOut(run, run.whole, box).dots.length).toBeLessThan(22_000)
  })

  it('fit a telephone and a hundred people', () => {
    for (const width of [320, 390, 1400]) {
      const box = measure(100, width)
      expect(box.right - box.left).toBeGreaterThan(width * 0.72)
      expect(box.height).toBeLessThan(1700)
    }
  })

  it('know the moment at a place, and the place of a moment', () => {
    const box = measure(2, 640)
    const view = { from: 40, to: 90 }

    expect(momentAt(scaleOf(view, box)(77), view, box)).toBeCloseTo(77)
  })
})

describe('a shape', () => {
  it.each([
    [{ outcome: 'foreign', status: 200 }, 'diamond'],
    [{ outcome: 'thrown_out', status: 401 }, 'square'],
    [{ outcome: 'failed', status: 200 }, 'cross'],
    [{ outcome: 'plain', status: 0 }, 'cross'],
    [{ outcome: 'plain', status: 503 }, 'triangle'],
    [{ outcome: 'own', status: 200 }, 'disc'],
    [{ outcome: 'plain', status: 204 }, 'ring'],
  ] as const)('tells %o by itself', (one, shape) => {
    expect(shapeOf(one)).toBe(shape)
  })
})

describe('what is pointed at', () => {
  const foreign = call({
    n: 1,
    user: 'alice',
    startMs: 400,
    endMs: 600,
    outcome: 'foreign',
    owner: 'bob',
  })
  const own = call({ n: 0, user: 'bob', startMs: 0, endMs: 200 })
  const run = readyLanes({ users: people, phases: [], calls: [own, foreign] })
  const frame = layOut(run, run.whole, measure(2, 800))
  const [arrow] = frame.arrows
  const [first] = frame.dots

  it('is the dot within reach', () => {
    const { x = 0, y = 0 } = first ?? {}

    expect(hit(frame, { x: x + 4, y: y - 4 }, 9)?.call).toBe(own)
    expect(hit(frame, { x: x + 30, y: y + 20 }, 9)).toBeUndefined()
  })

  it('is an arrow anywhere along its way', () => {
    const middle = {
      x: ((arrow?.from.x ?? 0) + (arrow?.to.x ?? 0)) / 2,
      y: ((arrow?.from.y ?? 0) + (arrow?.to.y ?? 0)) / 2,
    }

    expect(hit(frame, middle, 12)?.call).toBe(foreign)
  })

  it('is nothing among the names', () => {
    expect(hit(frame, { x: 5, y: first?.y ?? 0 }, 9)).toBeUndefined()
  })
})

describe('arrow keys', () => {
  const calls = [
    call({ n: 0, user: 'alice', endMs: 10 }),
    call({ n: 1, user: 'bob', endMs: 20 }),
    call({ n: 2, user: 'alice', endMs: 30, outcome: 'foreign', owner: 'bob' }),
    call({ n: 3, user: 'dora', endMs: 40, outcome: 'foreign', owner: 'bob' }),
  ]
  const users = [...people, { name: 'carl', colour: 'orange' }]
  const ready = readyLanes({ users, phases: [], calls }).calls
  const from = (n: number) => ready.find(({ call: one }) => one.n === n)

  it.each([
    [undefined, 'next', 0],
    [0, 'next', 2],
    [2, 'next', 2],
    [2, 'previous', 0],
    [2, 'down', 1],
    [1, 'up', 0],
    [1, 'down', 3],
    [3, 'up', 1],
    [0, 'up', 0],
    [0, 'last', 3],
    [3, 'first', 0],
  ] as const)('lead from %o by %s to %o', (start, step, end) => {
    const at = start === undefined ? undefined : from(start)

    expect(walk(ready, at, step)?.call.n).toBe(end)
  })

  it('lead around through the foreign answers', () => {
    expect(nextSought(ready, undefined)?.call.n).toBe(2)
    expect(nextSought(ready, from(2))?.call.n).toBe(3)
    expect(nextSought(ready, from(3))?.call.n).toBe(2)
    expect(nextSought(ready, from(1))?.call.n).toBe(2)
    expect(nextSought(ready, from(2), -1)?.call.n).toBe(3)
    expect(nextSought([], undefined)).toBeUndefined()
  })

  it('lead to what is different where nothing is foreign, and else to what was wrong', () => {
    const { calls, ...run } = replayRun()
    const first = (kept: typeof calls) =>
      nextSought(readyLanes({ ...run, calls: kept }).calls, undefined)?.call.n
    const own = calls.filter(({ outcome }) => outcome !== 'foreign')

    expect(first(calls)).toBe(10)
    expect(first(own)).toBe(5)
    expect(first(own.filter(({ differences }) => !differences))).toBe(8)
  })
})

function dotsOf(calls: readonly RunCall[]): readonly Dot[] {
  const run = readyLanes({ users: people, phases: [], calls })
  return layOut(run, run.whole, measure(2, 800)).dots
}

function call(differing: Partial<RunCall>): RunCall {
  return {
    n: 0,
    phase: 'steady',
    user: 'alice',
    method: 'GET',
    path: '/user',
    startMs: 0,
    endMs: 10,
    status: 200,
    outcome: 'own',
    ...differing,
  }
}
