// The shape that a call has in the lanes: what became of it can be told without its colour. Pure.
import { kindOf } from '../../qa/report/page/words.ts'
import type { RunCall } from '../../qa/run.ts'

export const SHAPES = [
  'ring',
  'disc',
  'tick',
  'triangle',
  'cross',
  'unequal',
  'square',
  'diamond',
] as const

export type Shape = (typeof SHAPES)[number]

export function shapeOf(
  call: Pick<RunCall, 'outcome' | 'status' | 'differences' | 'mended'>,
): Shape {
  const kind = kindOf(call)
  if (kind === 'foreign') return 'diamond'
  if (kind === 'thrown_out') return 'square'
  if (kind === 'different') return 'unequal'
  if (kind === 'mended') return 'tick'
  if (kind === 'failed' || call.status === 0) return 'cross'
  if (call.status >= 400) return 'triangle'
  return kind === 'own' ? 'disc' : 'ring'
}

/** Drawn by strokes that end, and hold nothing. */
export function isOpen(shape: Shape): boolean {
  return shape === 'cross' || shape === 'unequal' || shape === 'tick'
}

/** Outlines around 0, 0; `r` is half the width of a disc. */
export function traceShape(path: ShapePath, shape: Shape, x: number, y: number, r: number): void {
  if (shape === 'ring' || shape === 'disc') {
    path.moveTo(x + r, y)
    path.arc(x, y, r, 0, 2 * Math.PI)
    return
  }
  const corners = CORNERS[shape]
  // Strokes of their own.
  const isPaired = shape === 'cross' || shape === 'unequal'
  for (const [n, [dx, dy]] of corners.entries()) {
    const isStart = n === 0 || (isPaired && n % 2 === 0)
    if (isStart) path.moveTo(x + dx * r, y + dy * r)
    else path.lineTo(x + dx * r, y + dy * r)
  }
  if (!isOpen(shape)) path.closePath()
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
  unequal: [
    [-1.2, -0.5],
    [1.2, -0.5],
    [-1.2, 0.5],
    [1.2, 0.5],
    [0.6, -1.3],
    [-0.6, 1.3],
  ],
  tick: [
    [-1.2, 0.1],
    [-0.35, 1],
    [1.25, -1],
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
