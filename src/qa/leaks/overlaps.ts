// Of hits that overlap the longest stays. Pure.
import type { Hit } from './markers.ts'

/** By place. */
export function withoutOverlaps(hits: Hit[]): Hit[] {
  if (hits.length < 2) return hits
  const kept: Hit[] = []
  const last = hits.reduce((end, { at, length }) => Math.max(end, at + length), 0)
  const taken = new Uint8Array(last)
  for (const hit of hits.toSorted((a, b) => b.length - a.length || a.at - b.at)) {
    const end = hit.at + hit.length
    // Whatever is taken is at least as long, so it cannot lie between the two ends.
    if (taken[hit.at] === 1 || taken[end - 1] === 1) continue
    taken.fill(1, hit.at, end)
    kept.push(hit)
  }
  return kept.toSorted((a, b) => a.at - b.at)
}
