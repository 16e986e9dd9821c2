// Durations and sizes as people write them: a whole number and its unit.

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const BYTES = {
  B: 1,
  KB: 1_000,
  KiB: 1_024,
  MB: 1_000_000,
  MiB: 1_048_576,
  GB: 1_000_000_000,
  GiB: 1_073_741_824,
} as const

export const DURATION = '^[0-9]{1,12}(ms|s|m|h|d)$'
export const SIZE = '^[0-9]{1,12}(B|KB|KiB|MB|MiB|GB|GiB)$'

/** `12h` → milliseconds; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  return parse(text, MS)
}

/** `64KiB` → bytes; `undefined` for anything else. */
export function parseSize(text: string): number | undefined {
  return parse(text, BYTES)
}

/** The shortest way to write it: 43,200,000 → `12h`. */
export function formatDuration(ms: number): string {
  return format(ms, MS)
}

export function formatSize(bytes: number): string {
  return format(bytes, BYTES)
}

function parse(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit] = /^(\d{1,12})([A-Za-z]{1,3})$/.exec(text) ?? []
  const factor = unit !== undefined && Object.hasOwn(units, unit) ? units[unit] : undefined
  if (digits === undefined || factor === undefined) return undefined
  const amount = Number(digits) * factor
  return Number.isSafeInteger(amount) ? amount : undefined
}

function format(amount: number, units: Readonly<Record<string, number>>): string {
  const written = Object.entries(units)
    .filter(([, factor]) => amount % factor === 0)
    .map(([unit, factor]) => `${amount / factor}${unit}`)
  return written.toSorted((a, b) => a.length - b.length)[0] ?? `${amount}`
}
