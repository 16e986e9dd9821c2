import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src/lib/random.ts'
import { createRef, createTicket, parseTicket } from '../../../src/session/ticket.ts'

describe('a ticket', () => {
  it('carries 64 random bytes and tells stores only the hash of its first half', () => {
    const bytes = Buffer.from(Array.from({ length: 64 }, (_, i) => i))

    const ticket = createTicket((size) => bytes.subarray(0, size))

    expect(ticket.text).toBe(bytes.toString('base64url'))
    expect(ticket.storeKey).toBe(
      createHash('sha256').update(bytes.subarray(0, 32)).digest('base64url'),
    )
    expect(ticket.key).toBe(bytes.subarray(32).toString('base64url'))
  })

  it('is read back from its text', () => {
    const ticket = createTicket(systemRandom)

    expect(parseTicket(ticket.text)).toEqual(ticket)
  })

  it('is nothing else: another length, alphabet, or spelling of the same bytes is refused', () => {
    const { text } = createTicket(() => Buffer.alloc(64))
    // 64 bytes leave four spare bits in the last character: B decodes to the same bytes as A.
    const sameBytes = `${text.slice(0, -1)}B`

    expect(Buffer.from(sameBytes, 'base64url').equals(Buffer.alloc(64))).toBe(true)
    for (const wrong of ['', text.slice(1), `${text}A`, `${text.slice(1)}+`, sameBytes]) {
      expect(parseTicket(wrong)).toBeUndefined()
    }
  })
})

it('makes refs of ten unambiguous characters, all of them used', () => {
  const refs = Array.from({ length: 500 }, () => createRef(systemRandom))

  expect(refs.every((ref) => /^[2-9a-hjkmnp-z]{10}$/.test(ref))).toBe(true)
  expect(new Set(refs).size).toBe(500)
  expect(new Set(refs.join('')).size).toBe(31)
})
