// Seals small things under keys derived from the cookie keys (HKDF, RFC 5869), one set for each purpose: the newest
// seals, all open (XSalsa20-Poly1305, a random 24-byte nonce in front).
import { hkdfSync } from 'node:crypto'
import sodium from 'sodium-native'
import type { Random } from '../lib/random.ts'

export interface Keyring {
  seal(plain: Uint8Array): Buffer
  /** `undefined` for what none of the keys sealed for this purpose. */
  open(sealed: Uint8Array): Buffer | undefined
}

const NONCE = sodium.crypto_secretbox_NONCEBYTES
const MAC = sodium.crypto_secretbox_MACBYTES

export function createKeyring(
  cookieKeys: readonly Buffer[],
  purpose: string,
  random: Random,
): Keyring {
  const keys = cookieKeys.map((key) =>
    Buffer.from(hkdfSync('sha256', key, '', `coatcheck ${purpose}`, 32)),
  )
  const [newest = Buffer.alloc(32)] = keys
  return {
    seal(plain) {
      const nonce = random(NONCE)
      const cipher = Buffer.allocUnsafe(plain.length + MAC)
      sodium.crypto_secretbox_easy(cipher, Buffer.from(plain), nonce, newest)
      return Buffer.concat([nonce, cipher])
    },
    open(sealed) {
      if (sealed.length < NONCE + MAC) return undefined
      const bytes = Buffer.from(sealed)
      const nonce = bytes.subarray(0, NONCE)
      const cipher = bytes.subarray(NONCE)
      const plain = Buffer.allocUnsafe(cipher.length - MAC)
      const opens = keys.some((key) => sodium.crypto_secretbox_open_easy(plain, cipher, nonce, key))
      return opens ? plain : undefined
    },
  }
}
