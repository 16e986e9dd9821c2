// Leases and codes in this process's memory.
import { createShelf } from './memory-shelf.ts'

export function createMemoryLocks() {
  const leases = createShelf<string, { owner: string; lapsesAt: number }>((held) => held.lapsesAt)
  const codes = createShelf<string, { value: Uint8Array; endsAt: number }>((put) => put.endsAt)
  return {
    lease(key: string, owner: string, ms: number, now: number): boolean {
      if (leases.get(key, now)) return false
      leases.set(key, { owner, lapsesAt: now + ms })
      return true
    },

    renew(key: string, owner: string, ms: number, now: number): boolean {
      if (leases.get(key, now)?.owner !== owner) return false
      leases.set(key, { owner, lapsesAt: now + ms })
      return true
    },

    release(key: string, owner: string, now: number): void {
      if (leases.get(key, now)?.owner === owner) leases.delete(key)
    },

    put(code: string, value: Uint8Array, endsAt: number, now: number): boolean {
      if (codes.get(code, now)) return false
      codes.set(code, { value: new Uint8Array(value), endsAt })
      return true
    },

    take(code: string, now: number): Uint8Array | undefined {
      const found = codes.get(code, now)
      codes.delete(code)
      return found?.value
    },

    shelves: [leases, codes],
  }
}
