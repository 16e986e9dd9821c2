// Where a page of a list ended, as text that a caller hands back unread.

export interface Cursor {
  readonly createdAt: number
  /** Decides between records created at one moment. */
  readonly order: number
}

/** Before every record. */
export const START: Cursor = { createdAt: -Infinity, order: -Infinity }
/** After every record: what an `after` that no store wrote means. */
const END: Cursor = { createdAt: Infinity, order: Infinity }

export function writeCursor({ createdAt, order }: Cursor): string {
  return `${createdAt}_${order}`
}

export function readCursor(after: string | undefined): Cursor {
  if (after === undefined) return START
  const [createdAt, order] = after.split('_').map(Number)
  if (createdAt === undefined || order === undefined) return END
  return Number.isNaN(createdAt + order) ? END : { createdAt, order }
}

/** Records a page: 100 unless the caller says less or more, and never so many that reading them blocks. */
export function pageSize(limit = 100): number {
  return Math.max(1, Math.min(500, Math.floor(limit) || 1))
}
