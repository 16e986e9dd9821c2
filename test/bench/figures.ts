// Medians and ratios. A ratio is taken within each round, then the median of the rounds. Pure.
import type { Figure, Series } from './rounds.ts'

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const high = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? Number.NaN)) / 2
}

export type Measure = keyof Figure

/** Undefined where a round has no such figure. */
export function medianOf(series: Series, measure: Measure): number | undefined {
  const numbers = series.figures.map((figure) => figure[measure])
  return numbers.every((number) => number !== undefined) ? median(numbers) : undefined
}

/** The round least disturbed by others. */
export function leastOf(series: Series, measure: Measure): number | undefined {
  const numbers = series.figures.map((figure) => figure[measure] ?? Number.NaN)
  const least = Math.min(...numbers)
  return Number.isNaN(least) ? undefined : least
}

/** `over ÷ under`, round by round. */
export function ratioOf(over: Series, under: Series, measure: Measure): number | undefined {
  const ratios = over.figures.map((figure, round) => {
    const one = figure[measure]
    const other = under.figures[round]?.[measure]
    return one === undefined || other === undefined ? undefined : one / other
  })
  return ratios.every((ratio) => ratio !== undefined) ? median(ratios) : undefined
}
