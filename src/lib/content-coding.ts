// Reads a small body that was compressed on its way, as a copy: the bytes that came stay as they are. Pure.
import {
  brotliDecompressSync,
  constants,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib'

export const IDENTITY = 'identity'
/** Nobody sends more with good intent. */
const MOST_CODINGS = 3

type Decode = (body: Buffer, most: number) => Buffer

/** As far as it goes, where its end is missing: browsers show that as well. */
const finishFlush = constants.Z_SYNC_FLUSH

const gunzip: Decode = (body, maxOutputLength) => gunzipSync(body, { maxOutputLength, finishFlush })

/** By their name in Content-Encoding (RFC 9110, 8.4.1). */
const decoders: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', inflate],
  ['br', (body, maxOutputLength) => brotliDecompressSync(body, { maxOutputLength })],
  ['zstd', (body, maxOutputLength) => zstdDecompressSync(body, { maxOutputLength })],
])

/** Some send it without the frame that it should have (RFC 9110, 8.4.1.2). */
function inflate(body: Buffer, maxOutputLength: number): Buffer {
  const isFramed = body.length > 1 && body.readUInt16BE(0) % 31 === 0 && ((body[0] ?? 0) & 15) === 8
  return (isFramed ? inflateSync : inflateRawSync)(body, { maxOutputLength, finishFlush })
}

/** `coding`: in lower case. */
export function isKnownCoding(coding: string): boolean {
  return decoders.has(coding)
}

/**
 * `coding`: in lower case; several, in the order in which they were put on, between commas. `compressed`: it is not what
 * it says; `too_long`: it would read as more than `most` bytes.
 */
export function decoded(
  body: Buffer,
  coding: string,
  most: number,
): Buffer | 'compressed' | 'too_long' {
  if (coding === IDENTITY) return body
  const codings = coding.split(/ *, */)
  if (codings.length > MOST_CODINGS) return 'compressed'
  try {
    let there = body
    for (const one of codings.toReversed()) {
      const decode = decoders.get(one)
      if (decode === undefined) return 'compressed'
      there = decode(there, most)
    }
    return there
  } catch (error) {
    return error instanceof RangeError ? 'too_long' : 'compressed'
  }
}
