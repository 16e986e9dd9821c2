import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIdleWatch, type Watched } from '../../../src/proxy/idle-watch.ts'
import { manualClock } from '../../support/clock.ts'

function watched(limitMs: number) {
  const one = {
    limitMs,
    moved: true,
    stillMs: 0,
    place: -1,
    aborted: 0,
    abort: () => void one.aborted++,
  }
  return one satisfies Watched & { aborted: number }
}

describe('the idle watch', () => {
  it('cuts off what has stood still for its limit, once, and nothing else', () => {
    const clock = manualClock()
    const watch = createIdleWatch(clock)
    const [short, long, never, moving] = [
      watched(1000),
      watched(5000),
      watched(Infinity),
      watched(1000),
    ]
    for (const one of [short, long, never, moving]) watch.add(one)

    for (let second = 0; second < 4; second++) {
      clock.advance(500)
      moving.moved = true
      clock.advance(500)
    }

    expect([short.aborted, long.aborted, never.aborted, moving.aborted]).toEqual([1, 0, 0, 0])
    clock.advance(3_600_000)
    expect([short.aborted, long.aborted, never.aborted, moving.aborted]).toEqual([1, 1, 0, 1])
    expect(watch.size).toBe(1)
  })

  it('is never late by more than a fifth of a second, and never early', () => {
    const clock = manualClock()
    const watch = createIdleWatch(clock)
    clock.advance(50)
    const one = watched(1000)
    watch.add(one)

    clock.advance(1000)
    const early = one.aborted
    clock.advance(200)

    expect([early, one.aborted]).toEqual([0, 1])
  })

  it('keeps its list straight, whoever comes and goes in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(19)), { maxLength: 100 }), (steps) => {
        const clock = manualClock()
        const watch = createIdleWatch(clock)
        const all = Array.from({ length: 20 }, () => watched(1000))
        const inside = new Set<Watched>()
        for (const [adds, which] of steps) {
          const one = all[which]
          if (!one) continue
          if (adds && !inside.has(one)) {
            watch.add(one)
            inside.add(one)
          } else if (!adds) {
            watch.remove(one)
            inside.delete(one)
          }
        }
        expect(watch.size).toBe(inside.size)
        clock.advance(3000)
        expect(all.filter(({ aborted }) => aborted === 1)).toEqual(
          all.filter((one) => inside.has(one)),
        )
        expect(watch.size).toBe(0)
      }),
    )
  })

  it('looks no more once it is closed', () => {
    const clock = manualClock()
    const watch = createIdleWatch(clock)
    const one = watched(1000)
    watch.add(one)

    watch.close()
    clock.advance(60_000)

    expect(one.aborted).toBe(0)
  })
})
