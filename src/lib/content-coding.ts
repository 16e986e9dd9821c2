// Reads a small body that was compressed on its way, as a copy: the bytes that came stay as they are. Pure.
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'

export const IDENTITY = 'identity'

type Decode = (body: Buffer, options: { readonly maxOutputLength: number }) => Buffer

/** By their name in Content-Encoding (RFC 9110, 8.4.1). */
const decoders: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
  ['zstd', zstdDecompressSync],
])

/** `coding`: in lower case. */
export function canDecode(coding: string): boolean {
  return coding === IDENTITY || decoders.has(coding)
}

/** `compressed`: it is not what it says; `too_long`: it would read as more than `most` bytes. */
export function decoded(
  body: Buffer,
  coding: string,
  most: number,
): Buffer | 'compressed' | 'too_long' {
  if (coding === IDENTITY) return body
  try {
    return decoders.get(coding)?.(body, { maxOutputLength: most }) ?? 'compressed'
  } catch (error) {
    return error instanceof RangeError ? 'too_long' : 'compressed'
  }
}
