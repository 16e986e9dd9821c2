// From a request's Cookie header to the ticket it carries. Opened cookies are remembered, so that one is decrypted once.
import { LRUCache } from 'lru-cache'
import { findCookie } from '../lib/cookie-header.ts'
import type { CookieCodec, OpenedCookie } from './cookie.ts'

export type ReadCookie =
  | { kind: 'ticket'; opened: OpenedCookie }
  | { kind: 'none' }
  /** Forged, cut, or sealed with a key we do not have (a machine behind in a key rotation): never cleared for that. */
  | { kind: 'unreadable' }
  /** Two cookies of our name: one of them is not ours, and nobody can tell which. */
  | { kind: 'twice' }

export interface CookieReader {
  read(cookieHeader: string | undefined): ReadCookie
}

export interface CookieReaderOptions {
  readonly name: string
  readonly codec: CookieCodec
  /** Opened cookies remembered; 0 remembers none. */
  readonly capacity: number
  readonly onUnreadable: () => void
}

const NONE: ReadCookie = { kind: 'none' }
const TWICE: ReadCookie = { kind: 'twice' }
const UNREADABLE: ReadCookie = { kind: 'unreadable' }

export function createCookieReader(options: CookieReaderOptions): CookieReader {
  const { name, codec, capacity, onUnreadable } = options
  const opened = capacity > 0 ? new LRUCache<string, ReadCookie>({ max: capacity }) : undefined
  return {
    read(cookieHeader) {
      const { value, count } = findCookie(cookieHeader, name)
      if (value === undefined) return NONE
      if (count > 1) return TWICE
      const known = opened?.get(value)
      if (known) return known
      const cookie = codec.open(value)
      if (!cookie) {
        onUnreadable()
        return UNREADABLE
      }
      const read: ReadCookie = { kind: 'ticket', opened: cookie }
      // A copy: a slice of the header would keep the whole header in memory for as long.
      opened?.set(Buffer.from(value, 'latin1').toString('latin1'), read)
      return read
    },
  }
}
