// The bytes of an answer as text, however they were packed on their way: up to a bound, and it says what stayed unread.
import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import { codingsIn, MOST_CODINGS, unpackingOf } from '../../lib/content-coding.ts'

/** `compressed`: in a way that is not known, or broken. `cut`: longer than the bound. `open`: it went on and on. `binary`: no text. */
export type Unread = 'compressed' | 'cut' | 'open' | 'binary'

export interface BodyBytes {
  readonly bytes: Buffer
  /** There was more. */
  readonly isCut: boolean
  /** More may have been to come. */
  readonly isOpen?: boolean
}

export interface BodyFacts {
  /** Content-Encoding (RFC 9110, 8.4); empty for none. */
  readonly encoding: string
  /** Content-Type; empty for none. */
  readonly type: string
  /** Bytes, packed and unpacked each. */
  readonly most: number
}

export interface BodyText {
  /** Whatever can be read, even where that is not all. */
  readonly body: string
  /** Absent where it is the whole. */
  readonly unread?: Unread
}

/** Never rejects. */
export async function bodyText(packed: BodyBytes, facts: BodyFacts): Promise<BodyText> {
  const { encoding, type, most } = facts
  if (packed.bytes.length === 0) return packed.isOpen ? { body: '', unread: 'open' } : { body: '' }
  const codings = codingsIn(encoding)
  const all = codings.length > 0 ? codings : codingSeen(packed.bytes)
  let there: BodyBytes | undefined = packed
  for (const coding of all.slice(-MOST_CODINGS).toReversed()) {
    there = there && (await unpacked(there, coding, most))
  }
  if (!there || all.length > MOST_CODINGS) {
    return { body: textOf(packed.bytes, type), unread: 'compressed' }
  }
  const body = textOf(there.bytes, type)
  if (packed.isOpen) return { body, unread: 'open' }
  if (there.isCut) return { body, unread: 'cut' }
  return NOT_TEXT.test(body) ? { body, unread: 'binary' } : { body }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_TEXT = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/

/** By its first bytes, where the answer does not say that it is compressed. */
function codingSeen(bytes: Buffer): string[] {
  const start = bytes.toString('hex', 0, 4)
  if (start.startsWith('1f8b08')) return ['gzip']
  return start === '28b52ffd' ? ['zstd'] : []
}

/** `undefined` where it is not what it says. What was cut is unpacked as far as it goes. */
async function unpacked(
  { bytes, isCut }: BodyBytes,
  coding: string,
  most: number,
): Promise<BodyBytes | undefined> {
  const unpacking = unpackingOf(coding, bytes)
  if (!unpacking) return undefined
  const chunks: Buffer[] = []
  let size = 0
  try {
    const source = Readable.from([bytes])
    source.pipe(unpacking)
    for await (const chunk of unpacking as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      // Leaving the loop ends the unpacking: a small body may stand for an endless one.
      if (size > most) break
    }
  } catch {
    return undefined
  }
  return { bytes: Buffer.concat(chunks).subarray(0, most), isCut: isCut || size > most }
}

/** As what it says it is, unless its bytes say better. */
function textOf(bytes: Buffer, type: string): string {
  return new TextDecoder(charsetOf(bytes, type)).decode(bytes)
}

/** A name that `TextDecoder` knows (WHATWG Encoding, 4.2). */
function charsetOf(bytes: Buffer, type: string): string {
  const mark = bytes.toString('hex', 0, 2)
  if (mark === 'fffe') return 'utf-16le'
  if (mark === 'feff') return 'utf-16be'
  const wide = bytes.includes(0) ? wideOf(bytes.subarray(0, 1024)) : undefined
  if (wide !== undefined) return wide
  // What was cut may end within a character.
  const tails = [0, 1, 2, 3].map((tail) => bytes.subarray(0, Math.max(0, bytes.length - tail)))
  if (tails.some((whole) => isUtf8(whole))) return 'utf-8'
  const [, said = ''] = /;\s*charset\s*=\s*"?([\w.:-]{1,40})/i.exec(type) ?? []
  try {
    const known = new TextDecoder(said).encoding
    return known === 'utf-8' ? FALLBACK : known
  } catch {
    return FALLBACK
  }
}

/** Every byte is a character in it. */
const FALLBACK = 'windows-1252'

/** UTF-16 without its mark: every other byte is mostly zero. */
function wideOf(bytes: Buffer): string | undefined {
  const zeros = [0, 0]
  for (const [at, byte] of bytes.entries()) {
    if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1
  }
  const [even = 0, odd = 0] = zeros
  const many = bytes.length / 4
  if (odd >= many && even * 8 < odd) return 'utf-16le'
  return even >= many && odd * 8 < even ? 'utf-16be' : undefined
}
