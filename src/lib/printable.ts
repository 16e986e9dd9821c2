// Text of strangers as it may be shown in a terminal: one line, in reading order, and nothing that steers. Pure.

/**
 * Control characters (C0, C1), line separators, bidi controls (UAX #9), invisible tags and halves of characters.
 * Joiners stay: scripts and emoji need them.
 */
const UNPRINTABLE =
  /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu

/** What cannot be shown stands there as `\u001b`, a line break as `\n`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (one) => {
    if (one === '\n') return '\\n'
    if (one === '\r') return '\\r'
    if (one === '\t') return '\\t'
    const hex = (one.codePointAt(0) ?? 0).toString(16)
    return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`
  })
}
