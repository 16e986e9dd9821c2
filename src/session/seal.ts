// Sealed content opens only with its session's own key, in its own place, revision and lifetime:
// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha), a random 24-byte nonce in front of the ciphertext.
import sodium from 'sodium-native'
import type { Random } from '../lib/random.ts'
import type { SessionKey, StoreKey } from './session.ts'

/** What the seal is bound to besides the key. */
export interface SealPlace {
  readonly storeKey: StoreKey
  readonly revision: number
  readonly endsAt: number
}

export interface Sealer {
  seal(plain: Uint8Array, key: SessionKey, place: SealPlace): Uint8Array
  /** `undefined` when the bytes were not sealed with this key for this place. */
  unseal(sealed: Uint8Array, key: SessionKey, place: SealPlace): Buffer | undefined
}

const NONCE = sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
const TAG = sodium.crypto_aead_xchacha20poly1305_ietf_ABYTES

export function createSealer(random: Random): Sealer {
  return {
    seal(plain, key, place) {
      const nonce = random(NONCE)
      const cipher = Buffer.allocUnsafe(plain.length + TAG)
      sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
        cipher,
        Buffer.from(plain.buffer, plain.byteOffset, plain.length),
        associatedData(place),
        null,
        nonce,
        Buffer.from(key, 'base64url'),
      )
      return Buffer.concat([nonce, cipher])
    },
    unseal(sealed, key, place) {
      if (sealed.length < NONCE + TAG) return undefined
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length)
      const plain = Buffer.allocUnsafe(sealed.length - NONCE - TAG)
      try {
        sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
          plain,
          null,
          bytes.subarray(NONCE),
          associatedData(place),
          bytes.subarray(0, NONCE),
          Buffer.from(key, 'base64url'),
        )
        return plain
      } catch {
        // sodium-native throws for every forged, moved or foreign seal; there is nothing more to tell apart.
        return undefined
      }
    },
  }
}

function associatedData(place: SealPlace): Buffer {
  return Buffer.from(`coatcheck session 1 ${place.storeKey} ${place.revision} ${place.endsAt}`)
}
