// Remembers how bodies were written, since a page that polls gets the same answer again and again; bounded in bytes. Pure.

export interface WrittenBodies<T> {
  /** What was written of this very body; undefined where that is not known, or was written before `learned` grew. */
  find(key: string, body: Body, learned: number): Written<T> | undefined
  /** What was not found; not every body is kept. `json`: what of it stands in the recording. */
  keep(key: string, body: Body, learned: number, written: Written<T>): void
  /** Of all that is kept. */
  readonly bytes: number
}

/** As it came; what it says of itself decides too how it is written. */
export interface Body {
  readonly bytes: Buffer
  readonly size: number
  readonly type: string
  readonly coding: string | undefined
}

export interface Written<T> {
  readonly about: T
  /** JSON in UTF-8; undefined where nothing was written. */
  readonly json: string | Buffer | undefined
}

interface Slot<T> {
  body: Body | undefined
  learned: number
  written: Written<T> | undefined
  /** In a row. */
  misses: number
  bytes: number
}

/** Keys; the oldest is forgotten when there are more, or more bytes. */
const MOST = 4096
const LARGEST = 64 * 1024
/** What is never the same twice is copied, and compared with what comes next, once in so many times. */
const SELDOM = 64

export function createWrittenBodies<T>(mostBytes: number): WrittenBodies<T> {
  const slots = new Map<string, Slot<T>>()
  let bytes = 0

  function forgetOldest(): void {
    const oldest = slots.entries().next()
    if (oldest.done) return
    const [key, slot] = oldest.value
    slots.delete(key)
    bytes -= slot.bytes
  }

  return {
    get bytes() {
      return bytes
    },
    find(key, body, learned) {
      const slot = slots.get(key)
      if (!slot?.body || (slot.misses > SELDOM && slot.misses % SELDOM !== 1)) return undefined
      if (!isSame(slot.body, body)) return undefined
      slot.misses = 0
      return slot.learned === learned ? slot.written : undefined
    },
    keep(key, body, learned, written) {
      const slot = slots.get(key)
      if (!slot) {
        // Most addresses with a number in them are asked once.
        slots.set(key, { body: undefined, learned, written: undefined, misses: 0, bytes: 0 })
        if (slots.size > MOST) forgetOldest()
        return
      }
      const nth = slot.misses++
      if ((nth & (nth - 1)) !== 0 && nth % SELDOM !== 0) return
      const { json } = written
      const length = json === undefined ? 0 : Buffer.byteLength(json)
      const all = body.bytes.length + length
      if (all > LARGEST) return
      // Neither a part of what the socket read into, nor of memory that others share.
      const space = Buffer.allocUnsafeSlow(all)
      const own = space.subarray(0, body.bytes.copy(space))
      const copy = space.subarray(own.length)
      if (typeof json === 'string') copy.write(json)
      else json?.copy(copy)
      bytes += all - slot.bytes
      slot.body = { ...body, bytes: own }
      slot.written = { about: written.about, json: json === undefined ? undefined : copy }
      slot.learned = learned
      slot.bytes = all
      while (bytes > mostBytes) forgetOldest()
    },
  }
}

function isSame(one: Body, other: Body): boolean {
  return (
    one.size === other.size &&
    one.type === other.type &&
    one.coding === other.coding &&
    one.bytes.equals(other.bytes)
  )
}
