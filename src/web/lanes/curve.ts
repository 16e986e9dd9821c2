// The way an arrow takes from its owner's lane to the one that received what was not its own. Pure.
import type { Arrow, Point } from './layout.ts'

export interface Curve {
  readonly from: Point
  readonly by: readonly [Point, Point]
  /** Short of the dot, for the head to stand there. */
  readonly to: Point
}

const SHORT_OF_DOT = 8

export function curveOf({ from, to }: Pick<Arrow, 'from' | 'to'>): Curve {
  const down = to.y > from.y ? 1 : -1
  const end = { x: to.x, y: to.y - down * SHORT_OF_DOT }
  const bend = (end.y - from.y) * 0.55
  return {
    from,
    by: [
      { x: from.x, y: from.y + bend },
      { x: end.x, y: end.y - bend },
    ],
    to: end,
  }
}

/** `t` from 0 to 1. */
export function pointOn({ from, by: [one, other], to }: Curve, t: number): Point {
  const u = 1 - t
  const at = (a: number, b: number, c: number, d: number): number =>
    u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d
  return { x: at(from.x, one.x, other.x, to.x), y: at(from.y, one.y, other.y, to.y) }
}
