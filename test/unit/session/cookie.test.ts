import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src/lib/random.ts'
import { createCookieCodec } from '../../../src/session/cookie.ts'
import { cookieShape } from '../../../src/session/cookie-shape.ts'
import { createCookieReader } from '../../../src/session/reader.ts'
import { createTicket } from '../../../src/session/ticket.ts'

const codecFor = (...keys: Buffer[]) => createCookieCodec(Fastify(), keys)
const oldKey = Buffer.alloc(32, 1)
const newKey = Buffer.alloc(32, 2)

describe('the cookie', () => {
  it('carries a ticket there and back in a constant number of plain characters', async () => {
    const codec = await codecFor(newKey)
    const shape = cookieShape('https://app.example.org', 'strict')

    const lengths = new Set<number>()
    for (let i = 0; i < 200; i++) {
      const ticket = createTicket(systemRandom)
      const value = codec.seal(ticket)
      expect(value).toMatch(/^[A-Za-z0-9._-]+$/)
      expect(codec.open(value)).toEqual({ ticket, underOldKey: false })
      lengths.add(`${shape.name}=${value}`.length)
    }

    expect(lengths.size).toBe(1)
    expect([...lengths][0]).toBeLessThanOrEqual(225)
  })

  it('opens under every key of the ring and says when that key is no longer the newest', async () => {
    const ticket = createTicket(systemRandom)
    const before = await codecFor(oldKey)
    const rotated = await codecFor(newKey, oldKey)
    const after = await codecFor(newKey)

    expect(rotated.open(before.seal(ticket))).toEqual({ ticket, underOldKey: true })
    expect(rotated.open(rotated.seal(ticket))).toEqual({ ticket, underOldKey: false })
    expect(after.open(before.seal(ticket))).toBeUndefined()
  })

  it('opens nothing that differs from what was issued in any one character', async () => {
    const codec = await codecFor(newKey)
    const value = codec.seal(createTicket(systemRandom))
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/=;" %'

    let tried = 0
    for (let at = 0; at < value.length; at++) {
      for (const character of alphabet) {
        if (character === value[at]) continue
        tried++
        expect(codec.open(value.slice(0, at) + character + value.slice(at + 1))).toBeUndefined()
      }
    }
    for (const forged of ['', value.slice(1), value.slice(0, -1), value + value, `${value}A`]) {
      expect(codec.open(forged)).toBeUndefined()
    }
    expect(tried).toBeGreaterThan(14_000)
  })

  it('has the strictest attributes its origin allows, and is taken back with the same ones', () => {
    const https = cookieShape('https://app.example.org', 'strict')
    const loopback = cookieShape('http://localhost:3000', 'strict')

    expect(https.set('v', 90_500)).toBe(
      '__Host-coatcheck=v; Max-Age=90; Path=/; HttpOnly; Secure; SameSite=Strict',
    )
    expect(https.clear()).toBe(
      '__Host-coatcheck=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; HttpOnly; Secure; SameSite=Strict',
    )
    expect(loopback.set('v', 1000)).toBe(
      'coatcheck-3000=v; Max-Age=1; Path=/; HttpOnly; SameSite=Strict',
    )
  })
})

describe('the reader', () => {
  it('opens a cookie once, however often it comes', async () => {
    const codec = await codecFor(newKey)
    let opened = 0
    const counting = {
      ...codec,
      open: (value: string) => {
        opened++
        return codec.open(value)
      },
    }
    const reader = createCookieReader({
      name: 'c',
      codec: counting,
      capacity: 10,
      onUnreadable: () => undefined,
    })
    const ticket = createTicket(systemRandom)
    const header = `theme=dark; c=${codec.seal(ticket)}`

    const first = reader.read(header)
    const second = reader.read(header)

    expect(first).toEqual({ kind: 'ticket', opened: { ticket, underOldKey: false } })
    expect(second).toBe(first)
    expect(opened).toBe(1)
  })

  it('never picks between two cookies of the name, and counts what no key opens', async () => {
    const codec = await codecFor(newKey)
    let unreadable = 0
    const reader = createCookieReader({
      name: 'c',
      codec,
      capacity: 10,
      onUnreadable: () => unreadable++,
    })
    const good = codec.seal(createTicket(systemRandom))

    expect(reader.read(undefined).kind).toBe('none')
    expect(reader.read('cc=1; xc=2').kind).toBe('none')
    expect(reader.read(`c=${good}; c=${good}`).kind).toBe('twice')
    expect(reader.read(`c=planted; c=${good}`).kind).toBe('twice')
    expect(reader.read('c=planted').kind).toBe('unreadable')
    expect(unreadable).toBe(1)
  })

  it.each(['\u00a0', '\u0085', '\u2003', '\v', '\f'])(
    'does not take %j in front of the name for white space (CVE-2026-39410)',
    async (space) => {
      const codec = await codecFor(newKey)
      const good = codec.seal(createTicket(systemRandom))
      const reader = createCookieReader({
        name: 'c',
        codec,
        capacity: 10,
        onUnreadable: () => undefined,
      })

      expect(reader.read(`${space}c=planted; c=${good}`).kind).toBe('ticket')
      expect(reader.read(`${space}c=${good}`).kind).toBe('none')
    },
  )
})
