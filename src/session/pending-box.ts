// What one browser's session key opens, and whoever holds the public half can only put in: X25519 sealed boxes
// (libsodium crypto_box_seal), the key pair derived from the session key.
import { hkdfSync } from 'node:crypto'
import sodium from 'sodium-native'
import type { SessionKey } from './session.ts'

export interface PendingBox {
  /** 32 bytes: leads back to no key. */
  publicKeyOf(key: SessionKey): Buffer
  seal(plain: Uint8Array, publicKey: Uint8Array): Uint8Array
  /** `undefined` when it was not sealed for this key. */
  open(sealed: Uint8Array, key: SessionKey): Buffer | undefined
}

const SEAL = sodium.crypto_box_SEALBYTES

export function createPendingBox(): PendingBox {
  return {
    publicKeyOf: (key) => pairOf(key).publicKey,
    seal(plain, publicKey) {
      const sealed = Buffer.allocUnsafe(plain.length + SEAL)
      sodium.crypto_box_seal(sealed, bufferOf(plain), bufferOf(publicKey))
      return sealed
    },
    open(sealed, key) {
      if (sealed.length < SEAL) return undefined
      const { publicKey, secretKey } = pairOf(key)
      const plain = Buffer.allocUnsafe(sealed.length - SEAL)
      return sodium.crypto_box_seal_open(plain, bufferOf(sealed), publicKey, secretKey)
        ? plain
        : undefined
    },
  }
}

function pairOf(key: SessionKey) {
  const publicKey = Buffer.allocUnsafe(sodium.crypto_box_PUBLICKEYBYTES)
  const secretKey = Buffer.allocUnsafe(sodium.crypto_box_SECRETKEYBYTES)
  const bytes = Buffer.from(key, 'base64url')
  const seed = hkdfSync('sha256', bytes, '', 'coatcheck pending box', sodium.crypto_box_SEEDBYTES)
  sodium.crypto_box_seed_keypair(publicKey, secretKey, Buffer.from(seed))
  return { publicKey, secretKey }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
