// Tells the doctor, and nobody else, through how many proxies its request came.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'

/** Of the doctor's question: proof that whoever asks has a cookie key. */
export const DOCTOR_HEADER = 'coatcheck-doctor'
/** Of the answer: how many entries X-Forwarded-For had. */
export const HOPS_HEADER = 'coatcheck-hops'

const PROOF_MS = 300_000

export interface DoctorProof {
  /** Good for five minutes. */
  make(): string
  isGood(proof: string): boolean
}

export function createDoctorProof(keys: readonly Uint8Array[], clock: Clock): DoctorProof {
  const own = keys.map((key) => Buffer.from(hkdfSync('sha256', key, '', 'coatcheck doctor', 32)))
  const sign = (key: Uint8Array, at: string) =>
    createHmac('sha256', key).update(at).digest('base64url')
  return {
    make() {
      const at = `${clock.now()}`
      return `${at}.${sign(own[0] ?? Buffer.alloc(32), at)}`
    },
    isGood(proof) {
      const [at = '', mark = ''] = proof.split('.')
      if (!(Math.abs(clock.now() - Number(at)) <= PROOF_MS)) return false
      const given = Buffer.from(mark)
      return own.some((key) => {
        const expected = Buffer.from(sign(key, at))
        return expected.length === given.length && timingSafeEqual(expected, given)
      })
    },
  }
}

export function hopsIn(forwardedFor: string | undefined): number {
  return forwardedFor === undefined ? 0 : forwardedFor.split(',').length
}
