// The stretch of time that lanes show, and how it is moved and zoomed. Pure.

/** ms since the run began. */
export interface View {
  readonly from: number
  readonly to: number
}

const SHORTEST_MS = 2

/** Brings `at` nearer for factors below 1, and never leaves `whole`. */
export function zoom(view: View, factor: number, at: number, whole: View): View {
  const length = spanOf(view) * factor
  const longest = spanOf(whole)
  const next = Math.min(Math.max(length, Math.min(SHORTEST_MS, longest)), longest)
  const share = (at - view.from) / Math.max(spanOf(view), Number.EPSILON)
  return within({ from: at - share * next, to: at + (1 - share) * next }, whole)
}

export function pan(view: View, ms: number, whole: View): View {
  return within({ from: view.from + ms, to: view.to + ms }, whole)
}

/** The same length, moved just as far as it takes to show `at` with some room around it. */
export function reveal(view: View, at: number, whole: View): View {
  const room = spanOf(view) * 0.1
  if (at < view.from + room) return pan(view, at - room - view.from, whole)
  if (at > view.to - room) return pan(view, at + room - view.to, whole)
  return view
}

/** What holds both. */
export function around(one: View, other: View): View {
  return { from: Math.min(one.from, other.from), to: Math.max(one.to, other.to) }
}

export function spanOf({ from, to }: View): number {
  return to - from
}

export interface Tick {
  readonly at: number
  readonly label: string
}

const STEPS: readonly number[] = [1, 2, 5]

/** Round moments, at least `leastPx` apart, as `timeOf` writes them; else as time since the run began. */
export function ticks(
  view: View,
  width: number,
  leastPx: number,
  timeOf?: (at: number) => string,
): readonly Tick[] {
  const least = (spanOf(view) * leastPx) / Math.max(width, 1)
  if (!(least > 0)) return []
  const power = 10 ** Math.floor(Math.log10(least))
  const step = power * (STEPS.find((one) => one * power >= least) ?? 10)
  const first = Math.ceil(view.from / step - 1e-9)
  const count = Math.floor(view.to / step + 1e-9) - first + 1
  return Array.from({ length: Math.max(0, count) }, (_, n) => {
    const at = (first + n) * step
    return { at, label: timeOf?.(at) ?? labelOf(at, step) }
  })
}

function labelOf(at: number, step: number): string {
  if (step < 1000 && Math.abs(at) < 1000) return `${round(at, step)} ms`
  return `${round(at / 1000, step / 1000)} s`
}

function round(value: number, step: number): string {
  return value.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)))
}

function within({ from, to }: View, whole: View): View {
  if (from < whole.from) return { from: whole.from, to: Math.min(whole.to, whole.from + to - from) }
  if (to > whole.to) return { from: Math.max(whole.from, whole.to - (to - from)), to: whole.to }
  return { from, to }
}
