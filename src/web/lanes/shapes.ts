// The shape that a call has in the lanes: what became of it can be told without its colour. Pure.
import type { RunCall } from '../../qa/run.ts'

export const SHAPES = ['ring', 'disc', 'triangle', 'cross', 'square', 'diamond'] as const

export type Shape = (typeof SHAPES)[number]

export function shapeOf({ outcome, status }: Pick<RunCall, 'outcome' | 'status'>): Shape {
  if (outcome === 'foreign') return 'diamond'
  if (outcome === 'thrown_out') return 'square'
  if (outcome === 'failed' || status === 0) return 'cross'
  if (status >= 400) return 'triangle'
  return outcome === 'own' ? 'disc' : 'ring'
}

/** Outlines around 0, 0; `r` is half the width of a disc. */
export function traceShape(path: ShapePath, shape: Shape, x: number, y: number, r: number): void {
  if (shape === 'ring' || shape === 'disc') {
    path.moveTo(x + r, y)
    path.arc(x, y, r, 0, 2 * Math.PI)
    return
  }
  const corners = CORNERS[shape]
  for (const [n, [dx, dy]] of corners.entries()) {
    const isStart = n === 0 || (shape === 'cross' && n % 2 === 0)
    if (isStart) path.moveTo(x + dx * r, y + dy * r)
    else path.lineTo(x + dx * r, y + dy * r)
  }
  if (shape !== 'cross') path.closePath()
}

/** What of a canvas, or of a Path2D, it takes. */
export interface ShapePath {
  moveTo(x: number, y: number): void
  lineTo(x: number, y: number): void
  arc(x: number, y: number, r: number, from: number, to: number): void
  closePath(): void
}

type Corners = ReadonlyArray<readonly [x: number, y: number]>

const CORNERS = {
  triangle: [
    [0, -1.15],
    [1.1, 0.85],
    [-1.1, 0.85],
  ],
  cross: [
    [-0.9, -0.9],
    [0.9, 0.9],
    [0.9, -0.9],
    [-0.9, 0.9],
  ],
  square: [
    [-0.95, -0.95],
    [0.95, -0.95],
    [0.95, 0.95],
    [-0.95, 0.95],
  ],
  diamond: [
    [0, -1.45],
    [1.45, 0],
    [0, 1.45],
    [-1.45, 0],
  ],
} as const satisfies Record<Exclude<Shape, 'ring' | 'disc'>, Corners>
