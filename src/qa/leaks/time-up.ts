// What of a run there was no time for, in sentences. Pure.
import { list } from './words.ts'

/** How far a phase came. */
export interface Course {
  readonly title: string
  /** Batches: those done, those it needs to have been tried at all, and all of them. */
  readonly done: number
  readonly least: number
  readonly of: number
}

export interface Spent {
  readonly totalMs: number
  /** What an answer took on average; absent where there was none. */
  readonly answerMs?: number
}

/** Where a phase had no time to show anything: which, and what to set; a full stop at its end. */
export function whyTimeUp(courses: readonly Course[], spent: Spent): string | undefined {
  const missing = courses.filter(({ done, least }) => done < least)
  if (missing.length === 0) return undefined
  const titles = list(missing.map(({ title }) => `"${title}"`))
  const slow = spent.answerMs === undefined ? '' : ` (an answer took ${seconds(spent.answerMs)})`
  return `the time was up (timeouts.total, ${seconds(spent.totalMs)}) before ${titles} could be tried${slow}; raise timeouts.total, or set limit or fewer reads.`
}

/** Phases that were not tried, or cut short, a sentence each. */
export function cutShortIn(courses: readonly Course[]): string[] {
  return courses.flatMap(({ title, done, least, of }) => {
    if (done >= of) return []
    if (done < least) return [`"${title}" was not tried: timeouts.total was up.`]
    const percent = Math.max(1, Math.floor((100 * done) / of))
    return [`"${title}" was cut short after ${percent} %: timeouts.total was up.`]
  })
}

/** Whether so little of a phase was asked that nobody should take it for the whole. */
export function isHasty(courses: readonly Course[]): boolean {
  return courses.some(({ done, of }) => done < of * LITTLE)
}

const LITTLE = 0.25

function seconds(ms: number): string {
  return ms >= 10_000 ? `${Math.round(ms / 1000)} s` : `${Number((ms / 1000).toFixed(1))} s`
}
