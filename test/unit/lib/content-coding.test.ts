// A body that was compressed on its way reads the same, whether it is unpacked at once or as a stream.
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { codingsIn, decoded, unpackingOf } from '../../../src/lib/content-coding.ts'
import { bodyText } from '../../../src/qa/leaks/read-body.ts'

const TEXT = Array.from({ length: 60_000 }, (_, nth) => `${nth} `).join('')
const MOST = 1_000_000
const packed = (pack: (body: Buffer) => Buffer) => pack(Buffer.from(TEXT))
const read = async (bytes: Buffer, encoding: string) =>
  await bodyText({ bytes, isCut: false }, { encoding, type: 'text/plain', most: MOST })

describe.each([
  ['gzip', packed(gzipSync)],
  ['x-gzip', packed(gzipSync)],
  ['deflate', packed(deflateSync)],
  ['deflate', packed(deflateRawSync)],
  ['br', packed(brotliCompressSync)],
  ['zstd', packed(zstdCompressSync)],
])('a body in %s', (coding, bytes) => {
  it.each([coding, coding.toUpperCase(), `identity, ${coding}`, `${coding} , identity`])(
    'reads the same in both ways, as %j',
    async (header) => {
      expect(decoded(bytes, header, MOST).toString()).toBe(TEXT)
      expect(await read(bytes, header)).toEqual({ body: TEXT })
    },
  )

  it('is too long rather than more than it may be', () => {
    expect(decoded(bytes, coding, 1000)).toBe('too_long')
  })

  it('is read as far as it goes where its end is missing, in both ways', async () => {
    const cut = bytes.subarray(0, bytes.length - 8)

    const whole = decoded(cut, coding, MOST).toString()
    const { body } = await read(cut, coding)

    expect(TEXT.startsWith(whole)).toBe(true)
    expect(TEXT.startsWith(body)).toBe(true)
    expect(Math.min(whole.length, body.length)).toBeGreaterThan(0)
  })
})

describe('Content-Encoding', () => {
  it('names what was put on, in its order and in small letters', () => {
    expect(codingsIn('GZIP , identity,, br')).toEqual(['gzip', 'br'])
    expect(codingsIn('identity')).toEqual([])
  })

  it('of more than three, or of one that is not known, is not read', () => {
    const four = [1, 2, 3, 4].reduce((body) => gzipSync(body), Buffer.from('a'))

    expect(decoded(four, 'gzip, gzip, gzip, gzip', MOST)).toBe('compressed')
    expect(decoded(Buffer.from('a'), 'compress', MOST)).toBe('compressed')
    expect(unpackingOf('compress', Buffer.from('a'))).toBeUndefined()
  })
})
