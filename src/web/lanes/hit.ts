// What of the lanes is at a point: the nearest dot within reach, else the nearest arrow. Pure.
import type { RunCall } from '../../qa/run.ts'
import { curveOf, pointOn } from './curve.ts'
import type { Frame, Point } from './layout.ts'

export interface Hit {
  readonly call: RunCall
  /** Calls that look the same, and fall on the same spot. */
  readonly count: number
  readonly at: Point
}

const STEPS = 24

/** `reach`, px: a finger's is longer than a mouse's. */
export function hit(frame: Frame, point: Point, reach: number): Hit | undefined {
  if (point.x < frame.box.left - reach) return undefined
  return nearestDot(frame, point, reach) ?? nearestArrow(frame, point, reach * 0.75)
}

function nearestDot({ dots }: Frame, { x, y }: Point, reach: number): Hit | undefined {
  let best: Hit | undefined
  let least = reach
  for (const dot of dots) {
    if (Math.abs(dot.x - x) > reach) continue
    // Of two as near, what went wrong is meant.
    const away = Math.hypot(dot.x - x, dot.y - y) - (dot.shape === 'diamond' ? 3 : 0)
    if (away >= least) continue
    least = away
    best = { call: dot.call, count: dot.count, at: dot }
  }
  return best
}

function nearestArrow({ arrows }: Frame, point: Point, reach: number): Hit | undefined {
  let best: Hit | undefined
  let least = reach
  for (const arrow of arrows) {
    const curve = curveOf(arrow)
    let before: Point = curve.from
    for (let n = 1; n <= STEPS; n++) {
      const after = pointOn(curve, n / STEPS)
      const away = distance(point, before, after)
      if (away < least) {
        least = away
        best = { call: arrow.call, count: arrow.count, at: after }
      }
      before = after
    }
  }
  return best
}

/** From a point to a stretch of line. */
function distance({ x, y }: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const length = dx * dx + dy * dy
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - a.x) * dx + (y - a.y) * dy) / length))
  return Math.hypot(x - a.x - t * dx, y - a.y - t * dy)
}
