// What of a run's answers nobody could search whole, and whether the rest is enough to judge by. Pure.
import type { Unread } from './read-body.ts'
import { asked, type Observation } from './step.ts'

/** More than these at one path, and a leak could have gone unseen there. */
const A_HANDFUL = 5
/** So many are told of. */
const TOLD = 8

/** As it stands after `could not be searched whole: `. */
export const whyUnread: Readonly<Record<Unread, string>> = {
  cut: 'larger than 1 MiB',
  compressed: 'compressed in a way that cannot be read',
  open: 'still without an end when the time for it was up',
  binary: 'not text',
}

/** As it stands after a semicolon. */
export const unreadMends: Readonly<Record<Unread, string>> = {
  cut: 'name a path that answers less, or let it answer less for this test',
  compressed: 'let it answer with gzip, deflate, br, zstd or nothing of the kind',
  open: 'name paths whose answers end, and no streams of events',
  binary: 'name paths that answer text',
}

/** A sentence for each path and reason; the most frequent first. */
export function unsearchedIn(seen: readonly Observation[]): string[] {
  const all = counted(seen, asked).toSorted((a, b) => b.count - a.count)
  const told = all.slice(0, TOLD).map((one) => `${sentence(one)}.`)
  const more = all.slice(TOLD).reduce((sum, { count }) => sum + count, 0)
  return more === 0 ? told : [...told, `${more} more could not be searched whole.`]
}

/** Where too much of a path that the target file names went unseen: why, and what to do; a full stop at its end. */
export function whyUnsearched(seen: readonly Observation[]): string | undefined {
  const reads = seen.filter(({ step }) => step.do === 'ask')
  const byPath = counted(reads, ({ step }) => `GET ${'path' in step ? step.path : ''}`)
  const first = byPath.find(({ count }) => count > A_HANDFUL)
  return first && `${sentence(first)}; ${unreadMends[first.unread]}.`
}

interface Count {
  readonly what: string
  readonly unread: Unread
  readonly count: number
}

function counted(seen: readonly Observation[], nameOf: (one: Observation) => string): Count[] {
  const counts = new Map<string, Count>()
  for (const one of seen) {
    const { unread } = one
    if (unread === undefined) continue
    const what = nameOf(one)
    const key = `${unread} ${what}`
    counts.set(key, { what, unread, count: (counts.get(key)?.count ?? 0) + 1 })
  }
  return [...counts.values()]
}

/** Without its full stop. */
function sentence({ what, unread, count }: Count): string {
  const answers = count === 1 ? '1 answer' : `${count} answers`
  return `${answers} of ${what} could not be searched whole: ${whyUnread[unread]}`
}
