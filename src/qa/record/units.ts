// A text as numbers, to be looked through at several times the speed of the text itself. Pure.

/** The UTF-16 units of `text`, and whatever stood behind them; good until the next call. */
export type UnitsOf = (text: string) => Readonly<Uint16Array>

/** Longer texts get memory of their own. */
const KEPT = 32 * 1024
/** Below it a loop is as fast. */
const SHORT = 32

export function createUnits(): UnitsOf {
  const bigEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0
  const kept = spaceFor(KEPT)
  let last = ''
  let units = kept.units
  return (text) => {
    // The same text is looked through for several things.
    if (text === last) return units
    const { length } = text
    const space = length > KEPT ? spaceFor(length) : kept
    units = space.units
    last = text
    if (length < SHORT) {
      for (let at = 0; at < length; at++) units[at] = text.charCodeAt(at)
    } else {
      space.bytes.write(text, 'utf16le')
      if (bigEndian) space.bytes.swap16()
    }
    return units
  }
}

function spaceFor(length: number) {
  const units = new Uint16Array(length)
  return { units, bytes: Buffer.from(units.buffer) }
}

/** 1 for each of these characters. */
export function tableOf(characters: string): Readonly<Uint8Array> {
  const table = new Uint8Array(65_536)
  for (const character of characters) table[character.charCodeAt(0)] = 1
  return table
}

/** In 16 bits. */
export function hashOf(number: number): number {
  return Math.imul(number, 0x9e3779b1) >>> 16
}
