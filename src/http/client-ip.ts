// The address a request came from: the connection's own, unless configured proxies stand in front (RFC 7239, 5.2 and 8.1).
import { isIP } from 'node:net'

/**
 * `hops`: reverse proxies that each appended the address they saw to X-Forwarded-For. The entry that the outermost of
 * them wrote counts; what the client wrote itself stands further left and does not. `unknown` when there is none.
 */
export function clientIp(
  remote: string | undefined,
  forwardedFor: string | undefined,
  hops: number,
): string {
  const own = plainIp(remote ?? '')
  if (hops === 0 || forwardedFor === undefined) return own
  const entries = forwardedFor.split(',')
  const entry = entries[Math.max(0, entries.length - hops)]?.trim() ?? ''
  return isIP(entry) ? plainIp(entry) : own
}

/** An IPv4 address mapped into IPv6 is still the same address. */
function plainIp(address: string): string {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address
  return plain === '' ? 'unknown' : plain
}
