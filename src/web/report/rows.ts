// Which rows of a long table are in the page: those in sight, and a few around them. Pure.

export interface Rows {
  readonly from: number
  /** Not among them. */
  readonly to: number
}

const AROUND = 8

export function rowsInSight(top: number, height: number, rowHeight: number, count: number): Rows {
  const first = Math.floor(top / rowHeight) - AROUND
  const last = Math.ceil((top + height) / rowHeight) + AROUND
  const from = Math.max(0, Math.min(first, count))
  return { from, to: Math.max(from, Math.min(last, count)) }
}

/** Where to scroll for this row to be in sight, below a head that stays. */
export function scrollFor(row: number, top: number, height: number, rowHeight: number): number {
  if (row * rowHeight < top) return row * rowHeight
  return Math.max(top, (row + 1) * rowHeight - height)
}
