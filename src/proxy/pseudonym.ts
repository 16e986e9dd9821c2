// What a gateway calls itself in Via (RFC 9110, 7.6.3): the same for all processes that share the cookie keys. Pure.
import { hkdfSync } from 'node:crypto'

/** `keys`: the cookie keys, newest first; its own key for this one purpose comes from the newest (RFC 5869). */
export function pseudonymOf([newest = Buffer.alloc(32)]: readonly Buffer[]): string {
  const key = Buffer.from(hkdfSync('sha256', newest, '', 'coatcheck via', 4))
  return `coatcheck-${key.toString('hex')}`
}
