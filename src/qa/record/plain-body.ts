// A body as text: without its coding, in whatever character set it is. Pure.
import { codingsIn, decoded } from '../../lib/content-coding.ts'

/** Undefined where it cannot be had as text. */
export function plainOf(
  bytes: Buffer,
  coding: string | undefined,
  kept: { type: string; cut: boolean; bodyBytes: number },
): string | undefined {
  if (bytes.length === 0) return ''
  const { type, cut, bodyBytes } = kept
  if (coding === undefined || codingsIn(coding).length === 0) {
    return textOf(bytes.subarray(0, bodyBytes), type)
  }
  if (cut) return undefined
  const plain = decoded(bytes, coding, bodyBytes)
  return typeof plain === 'string' ? undefined : textOf(plain, type)
}

/** Undefined where it is in a character set in which nothing could be found. */
function textOf(bytes: Buffer, type: string): string | undefined {
  const said = type.includes('charset') ? /charset\s*=\s*"?([\w-]+)/i.exec(type)?.[1] : undefined
  const marked = (bytes[0] ?? 0) >= 0xfe || bytes[0] === 0xef || bytes[0] === 0 || bytes[1] === 0
  if (!marked && (said === undefined || /^utf-?8$/i.test(said))) return bytes.toString()
  const text = decodedAs(charsetOf(bytes) ?? said ?? 'utf-8', bytes)
  return text?.includes('\0') ? undefined : text
}

/** By its mark, or by where an ASCII character has its other half. */
function charsetOf([first, second, third]: Buffer): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  if (first === 0) return 'utf-16be'
  return second === 0 ? 'utf-16le' : undefined
}

function decodedAs(charset: string, bytes: Buffer): string | undefined {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return undefined
  }
}
