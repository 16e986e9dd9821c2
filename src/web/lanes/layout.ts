// Where everything in the lanes stands, in CSS pixels. Pure: the same run, view and width give the same frame.
import type { RunCall } from '../../qa/run.ts'
import type { LaneCall, LanesRun } from './lanes-run.ts'
import { type Shape, shapeOf } from './shapes.ts'
import { spanOf, type Tick, ticks, type View } from './view.ts'

export interface Box {
  readonly width: number
  readonly height: number
  /** Names stand left of it. */
  readonly left: number
  readonly right: number
  /** Phases stand above it. */
  readonly top: number
  readonly laneHeight: number
  /** Half the width of a dot. */
  readonly dot: number
}

export interface Dot {
  readonly call: RunCall
  readonly lane: number
  readonly shape: Shape
  readonly x: number
  readonly y: number
  /** Where the call began. */
  readonly startX: number
  /** Calls that look the same, and fall on the same spot. */
  count: number
}

export interface Arrow {
  readonly call: RunCall
  readonly from: Point
  readonly to: Point
  count: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Frame {
  readonly box: Box
  readonly view: View
  readonly lanes: ReadonlyArray<{
    readonly name: string
    readonly colour: string
    readonly y: number
  }>
  readonly phases: ReadonlyArray<{
    readonly title: string
    readonly x: number
    readonly width: number
  }>
  readonly ticks: ReadonlyArray<Tick & { readonly x: number }>
  /** From left to right. */
  readonly dots: readonly Dot[]
  readonly arrows: readonly Arrow[]
}

/** How far apart two dots of a lane stand. */
const APART = 10.5
const SAME_SPOT = 2.5
const TOP = 26
const BARE_TOP = 8
const BOTTOM = 24

/** `phases`: whether any stand above. */
export function measure(lanes: number, width: number, phases = true): Box {
  const top = phases ? TOP : BARE_TOP

  const laneHeight = Math.round(Math.min(64, Math.max(16, 440 / Math.max(lanes, 1))))
  const left = Math.round(Math.min(104, Math.max(72, width * 0.1)))
  return {
    width,
    height: top + laneHeight * lanes + BOTTOM,
    left,
    right: width - 10,
    top,
    laneHeight,
    dot: laneHeight < 24 ? 2.8 : 4,
  }
}

export function layOut(
  run: LanesRun,
  view: View,
  box: Box,
  timeOf?: (at: number) => string,
): Frame {
  const xOf = scaleOf(view, box)
  const dots = placeDots(run.calls, xOf, box)
  return {
    box,
    view,
    lanes: run.users.map(({ name, colour }, lane) => ({ name, colour, y: middleOf(lane, box) })),
    phases: run.phases.flatMap(({ title, startMs, endMs }) => {
      const [from, to] = [Math.max(xOf(startMs), box.left), Math.min(xOf(endMs), box.right)]
      return to > from ? [{ title, x: from, width: to - from }] : []
    }),
    ticks: ticks(view, box.right - box.left, 78, timeOf).map((tick) => ({
      ...tick,
      x: xOf(tick.at),
    })),
    dots: dots.filter(({ x, startX }) => x >= box.left - box.dot && startX <= box.right + box.dot),
    arrows: placeArrows(run.calls, dots, xOf, box),
  }
}

export function scaleOf(view: View, box: Box): (ms: number) => number {
  const perMs = (box.right - box.left) / Math.max(spanOf(view), Number.EPSILON)
  return (ms) => box.left + (ms - view.from) * perMs
}

/** The moment at `x`. */
export function momentAt(x: number, view: View, box: Box): number {
  return view.from + ((x - box.left) / Math.max(box.right - box.left, 1)) * spanOf(view)
}

function middleOf(lane: number, box: Box): number {
  return box.top + (lane + 0.5) * box.laneHeight
}

/** A lane's calls stand on its middle, and beside it where they would hide each other. All of them, so that panning moves none. */
function placeDots(calls: readonly LaneCall[], xOf: (ms: number) => number, box: Box): Dot[] {
  const rows = Math.max(1, Math.floor((box.laneHeight - 6) / APART))
  const last = new Map<number, Array<Dot | undefined>>()
  const dots: Dot[] = []
  for (const { call, lane } of calls) {
    const x = xOf(call.endMs)
    const startX = xOf(call.startMs)
    const inLane = last.get(lane) ?? Array.from<Dot | undefined>({ length: rows })
    last.set(lane, inLane)
    const row = rowFor(inLane, startX, x)
    const before = inLane[row]
    const shape = shapeOf(call)
    if (before && before.shape === shape && x - before.x < SAME_SPOT) {
      before.count++
      continue
    }
    const y = middleOf(lane, box) + offsetOf(row) * APART
    const dot = { call, lane, shape, x, y, startX, count: 1 }
    inLane[row] = dot
    dots.push(dot)
  }
  return dots
}

/** The first that is free for the whole call, else for its dot, else the one that is used least lately. */
function rowFor(last: ReadonlyArray<Dot | undefined>, startX: number, x: number): number {
  for (const from of [Math.min(startX, x - APART + 4), x - APART]) {
    const free = last.findIndex((dot) => dot === undefined || dot.x <= from)
    if (free >= 0) return free
  }
  const ages = last.map((dot) => dot?.x ?? 0)
  return ages.indexOf(Math.min(...ages))
}

/** 0, -1, 1, -2, 2 … */
function offsetOf(row: number): number {
  return row % 2 === 0 ? row / 2 : -(row + 1) / 2
}

function placeArrows(
  calls: readonly LaneCall[],
  dots: readonly Dot[],
  xOf: (ms: number) => number,
  box: Box,
): Arrow[] {
  const foreign = calls.filter(({ from }) => from !== undefined)
  const needed = new Set(foreign.flatMap(({ call, from }) => [call, from?.call]))
  const dotOf = new Map(dots.filter(({ call }) => needed.has(call)).map((dot) => [dot.call, dot]))
  const seen = new Map<string, Arrow>()
  for (const { call, lane, from } of foreign) {
    if (from === undefined) continue
    const source = from.call && dotOf.get(from.call)
    const start = {
      x: xOf(from.call?.endMs ?? call.endMs),
      y: source?.y ?? middleOf(from.lane, box),
    }
    const x = xOf(call.endMs)
    if (Math.max(start.x, x) < box.left || Math.min(start.x, x) > box.right) continue
    const spot = [lane, from.lane, Math.round(start.x / 3), Math.round(x / 3)].join()
    const same = seen.get(spot)
    if (same) {
      same.count++
      continue
    }
    const to = { x, y: dotOf.get(call)?.y ?? middleOf(lane, box) }
    seen.set(spot, { call, from: start, to, count: 1 })
  }
  return [...seen.values()]
}
