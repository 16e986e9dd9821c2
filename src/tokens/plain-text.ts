// Turns somebody else's text into a line that is safe to show and to log. Pure.

/** One trimmed line of at most `max` characters without control characters; `undefined` when none is left. */
export function plainText(value: unknown, max: number): string | undefined {
  if (typeof value !== 'string') return undefined
  // Control characters, line breaks, and the marks that turn the direction of what follows (not the joiners of scripts).
  const line = value
    .slice(0, max * 4)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim()
  return [...line.toWellFormed()].slice(0, max).join('').trimEnd() || undefined
}
