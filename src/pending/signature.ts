// Coatcheck-Signature: t=UNIX,v1=HEX(hmac-sha256("t.body")): who completed a sign-in, and when. Pure.
import { createHmac, timingSafeEqual } from 'node:crypto'

export type SignatureVerdict = 'good' | 'forged' | 'stale'

/** How far the two clocks may be apart. */
const WINDOW_MS = 5 * 60_000
const HEADER = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/

export function judgeSignature(
  header: string | undefined,
  body: Uint8Array,
  secret: string,
  now: number,
): SignatureVerdict {
  const [, time = '', told = ''] = HEADER.exec(header ?? '') ?? []
  const right = createHmac('sha256', secret).update(`${time}.`).update(body).digest()
  // Compared in any case, so that a header of another form takes as long.
  const same = timingSafeEqual(right, Buffer.from(told.padEnd(64, '0'), 'hex'))
  if (!same || time === '') return 'forged'
  return Math.abs(now - Number(time) * 1000) <= WINDOW_MS ? 'good' : 'stale'
}

/** What a sender writes. `at`: epoch ms. */
export function writeSignature(body: Uint8Array, secret: string, at: number): string {
  const time = Math.floor(at / 1000)
  const v1 = createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex')
  return `t=${time},v1=${v1}`
}
