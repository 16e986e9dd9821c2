// Reads a small body that was compressed on its way, as a copy: the bytes that came stay as they are. Pure.
import type { Transform } from 'node:stream'
import {
  brotliDecompressSync,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib'

const IDENTITY = 'identity'
/** Nobody sends more with good intent. */
export const MOST_CODINGS = 3

interface Coding {
  /** Throws a `RangeError` where it would be more than `most` bytes. */
  whole(body: Buffer, most: number): Buffer
  /** For `body`, which is not written to it. */
  stream(body: Buffer): Transform
}

// As far as it goes, where its end is missing: browsers show that as well.
const zlib = { finishFlush: constants.Z_SYNC_FLUSH }
const brotli = { finishFlush: constants.BROTLI_OPERATION_FLUSH }
const zstd = { finishFlush: constants.ZSTD_e_flush }

const gzip: Coding = {
  whole: (body, maxOutputLength) => gunzipSync(body, { ...zlib, maxOutputLength }),
  stream: () => createGunzip(zlib),
}

/** By their name in Content-Encoding (RFC 9110, 8.4.1). */
const codings: ReadonlyMap<string, Coding> = new Map<string, Coding>([
  ['gzip', gzip],
  ['x-gzip', gzip],
  [
    'deflate',
    {
      whole: (body, maxOutputLength) =>
        (isFramed(body) ? inflateSync : inflateRawSync)(body, { ...zlib, maxOutputLength }),
      stream: (body) => (isFramed(body) ? createInflate(zlib) : createInflateRaw(zlib)),
    },
  ],
  [
    'br',
    {
      whole: (body, maxOutputLength) => brotliDecompressSync(body, { ...brotli, maxOutputLength }),
      stream: () => createBrotliDecompress(brotli),
    },
  ],
  [
    'zstd',
    {
      whole: (body, maxOutputLength) => zstdDecompressSync(body, { ...zstd, maxOutputLength }),
      stream: () => createZstdDecompress(zstd),
    },
  ],
])

/** Some send deflate without the frame that it should have (RFC 9110, 8.4.1.2). */
function isFramed(body: Buffer): boolean {
  return body.length > 1 && body.readUInt16BE(0) % 31 === 0 && ((body[0] ?? 0) & 15) === 8
}

/** `coding`: in lower case. */
export function isKnownCoding(coding: string): boolean {
  return codings.has(coding)
}

/** Of a Content-Encoding header: in lower case, in the order in which they were put on, without those that change nothing. */
export function codingsIn(header: string): string[] {
  const named = header.split(',').map((one) => one.trim().toLowerCase())
  return named.filter((one) => one !== '' && one !== IDENTITY)
}

/** Unpacks `body`, which is to be written to it; undefined where the coding is not known. */
export function unpackingOf(coding: string, body: Buffer): Transform | undefined {
  return codings.get(coding)?.stream(body)
}

/**
 * `header`: its Content-Encoding. `compressed`: it is not what it says; `too_long`: it would read as more than `most`
 * bytes.
 */
export function decoded(
  body: Buffer,
  header: string,
  most: number,
): Buffer | 'compressed' | 'too_long' {
  const named = codingsIn(header)
  if (named.length > MOST_CODINGS) return 'compressed'
  try {
    let there = body
    for (const one of named.toReversed()) {
      const coding = codings.get(one)
      if (coding === undefined) return 'compressed'
      there = coding.whole(there, most)
    }
    return there
  } catch (error) {
    return error instanceof RangeError ? 'too_long' : 'compressed'
  }
}
