// A file as people save it → its text: UTF-8 alone, since whatever else is told by guessing.
import { isUtf8 } from 'node:buffer'

/** Begins as a sentence about a file goes on. */
export const NOT_UTF8 =
  'is not UTF-8 (UTF-16, as the > of PowerShell writes it, or an older set of characters); save it as UTF-8'

/** Without a byte order mark; `undefined` where it is no UTF-8. */
export function textIn(bytes: Buffer): string | undefined {
  // UTF-16 of plain letters is valid UTF-8 with a zero in every other place.
  if (!isUtf8(bytes) || bytes.includes(0)) return undefined
  return new TextDecoder().decode(bytes)
}
